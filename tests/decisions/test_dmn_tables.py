"""Decision tables: hit policies U, F and C, nulls, defaults, reasons, and what is refused (defect:D19)."""

from __future__ import annotations

import pytest

from nrm.decisions.dmn import TableRefused, read_decisions
from nrm.vocabulary.errors import DocumentRefused
from tests.decisions.tables import table_xml

RISK = table_xml(
    ["threats", "children", "level"],
    ["risk_level", "review_days"],
    [
        (['"yes"', "-", "-"], ['"high"', "7"]),
        (['not("yes")', "true", ">= 3"], ['"medium"', "10 + 20"]),
        (["-", "-", "-"], ['"low"', "if children then 30 else 90"]),
    ],
    labels=["Threats since exit", "Has children", "Level"],
)


def test_first_rule_that_matches_decides_with_its_reason_in_words() -> None:
    came = read_decisions(RISK).evaluate({"threats": "no", "children": True, "level": 3})
    assert came.outputs == {"risk_level": "medium", "review_days": 30}
    assert came.all == (came.outputs,)
    assert came.matched == ("r2",)
    assert came.reasons == (
        "Rule 2: Threats since exit is not yes and Has children is yes and Level is 3 or more",
    )
    assert came.read == {"threats", "children", "level"}
    assert (came.problem, came.might, came.unknown) == (None, (), frozenset())


def test_last_rule_of_f_is_every_other_case() -> None:
    came = read_decisions(RISK).evaluate({"threats": "no", "children": False, "level": 1})
    assert came.outputs == {"risk_level": "low", "review_days": 90}
    assert came.reasons == ("Rule 3: in every other case",)


def test_a_null_input_matches_only_any_and_the_reasons_say_what_might_have_been() -> None:
    came = read_decisions(RISK).evaluate({"children": False, "level": 1})
    assert came.outputs == {"risk_level": "low", "review_days": 90}
    assert came.might == ("r1",)
    assert came.unknown == {"threats"}
    assert came.reasons == (
        "Rule 3: in every other case",
        "Rule 1 might apply too: Threats since exit is not known",
    )


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({}, "No rule can be chosen: Threats since exit, Has children are not known."),
        ({"children": True}, "No rule can be chosen: Threats since exit is not known."),
        ({"threats": "no", "children": True}, "No rule applies."),
        ({"threats": 1, "children": True}, "No rule applies."),
    ],
)
def test_problem_says_which_fact_is_not_known(facts: dict[str, object], problem: str) -> None:
    table = read_decisions(
        table_xml(
            ["threats", "children"],
            ["out"],
            [(['"yes"', "true"], ["1"])],
            labels=["Threats since exit", "Has children"],
        )
    )
    came = table.evaluate(facts)
    assert (came.outputs, came.problem) == (None, problem)


UNIQUE = [(['"a"'], ["1"]), (['"b"'], ["2"]), (['"b","c"'], ["3"])]


@pytest.mark.parametrize(
    ("level", "outputs", "problem"),
    [
        ("a", {"out": 1}, None),
        ("c", {"out": 3}, None),
        ("b", None, "Only one rule may apply, but rule 2 and rule 3 do."),
        ("d", None, "No rule applies."),
        (None, None, "No rule can be chosen: level is not known."),
    ],
)
def test_unique_table(level: str | None, outputs: object, problem: str | None) -> None:
    came = read_decisions(table_xml(rules=UNIQUE, policy="UNIQUE")).evaluate({"level": level})
    assert (came.outputs, came.problem) == (outputs, problem)


@pytest.mark.parametrize(("level", "outputs"), [("d", {"out": 9}), ("a", {"out": 1}), (None, None)])
def test_default_is_for_no_match_and_not_for_not_known(level: str | None, outputs: object) -> None:
    came = read_decisions(table_xml(rules=UNIQUE, policy="UNIQUE", default="9")).evaluate({"level": level})
    assert came.outputs == outputs


@pytest.mark.parametrize(("level", "out"), [("b", [2, 3]), ("a", [1]), ("x", []), (None, [])])
def test_collect_gives_a_list_per_output(level: str | None, out: list[int]) -> None:
    came = read_decisions(table_xml(rules=UNIQUE, policy="COLLECT")).evaluate({"level": level})
    assert came.outputs == {"out": out}
    assert came.all == tuple({"out": value} for value in out)
    assert came.problem is None


RULES = [(['"a"'], ['"low"']), (['"a","b"'], ['"high"']), (['"a"'], ['"middle"'])]
COUNTED = [(['"a"'], ["5"]), (['"a","b"'], ["3"]), (['"a"'], ["4"])]
SAME = [(['"a"'], ["1"]), (['"a","b"'], ["1"]), (['"b"'], ["2"])]


@pytest.mark.parametrize(("policy", "aggregation", "rules", "level", "out"), [
    ("ANY", "", SAME, "a", 1),
    ("ANY", "", SAME, "b", "All rules that apply must agree, but rule 2 and rule 3 do not."),
    ("ANY", "", SAME, "c", "No rule applies."),
    ("PRIORITY", "", RULES, "a", "high"),
    ("PRIORITY", "", RULES, "b", "high"),
    ("PRIORITY", "", RULES, "c", "No rule applies."),
    ("RULE ORDER", "", RULES, "a", ["low", "high", "middle"]),
    ("OUTPUT ORDER", "", RULES, "a", ["high", "middle", "low"]),
    ("OUTPUT ORDER", "", RULES, "c", []),
    ("COLLECT", "", RULES, "a", ["low", "high", "middle"]),
    ("COLLECT", "SUM", COUNTED, "a", 12),
    ("COLLECT", "MIN", COUNTED, "a", 3),
    ("COLLECT", "MAX", COUNTED, "a", 5),
    ("COLLECT", "COUNT", COUNTED, "a", 3),
    ("COLLECT", "SUM", COUNTED, "c", "No rule applies."),
    ("COLLECT", "SUM", COUNTED, None, "No rule can be chosen: level is not known."),
    ("PRIORITY", "", RULES, None, "No rule can be chosen: level is not known."),
])
def test_hit_policies(
    policy: str, aggregation: str, rules: list[tuple[list[str], list[str]]], level: str | None, out: object
) -> None:
    values = '"high", "middle", "low"' if rules is RULES else ""
    table = read_decisions(table_xml(rules=rules, policy=policy, aggregation=aggregation, output_values=values))
    came = table.evaluate({"level": level})
    assert (came.problem or came.outputs) == (out if came.problem else {"out": out})


def test_outputs_in_order_of_their_columns() -> None:
    rules = [(["-"], ['"x"', "2"]), (["-"], ['"x"', "1"]), (["-"], ['"y"', "3"])]
    xml = table_xml(outputs=["a", "b"], rules=rules, policy="OUTPUT ORDER", output_values='"y", "x"')
    came = read_decisions(xml.replace(b'name="b">', b'name="b"><outputValues><text>1, 2, 3</text></outputValues>'))
    assert came.evaluate({"level": 1}).outputs == {"a": ["y", "x", "x"], "b": [3, 1, 2]}


@pytest.mark.parametrize(("rules", "out"), [
    ([(['"a"'], ['"high"']), (["-"], ['"low"'])], None),
    ([(['"a"'], ['"low"']), (["-"], ['"high"'])], "high"),
])
def test_a_better_rule_that_might_apply_keeps_p_from_deciding(
    rules: list[tuple[list[str], list[str]]], out: str | None
) -> None:
    table = read_decisions(table_xml(rules=rules, policy="PRIORITY", output_values='"high", "low"'))
    assert (table.evaluate({}).outputs or {}).get("out") == out


def test_what_might_apply_keeps_a_sum_from_being_one() -> None:
    rules = [(['"a"'], ["5"]), (["-"], ["3"])]
    came = read_decisions(table_xml(rules=rules, policy="COLLECT", aggregation="SUM")).evaluate({})
    assert came.problem == "The outputs cannot be put together: level is not known."


def test_the_closest_rules_say_what_they_lacked() -> None:
    came = read_decisions(RISK).evaluate({"threats": "no", "children": False, "level": 1})
    assert came.closest == (
        "Rule 1 would need Threats since exit is yes, but it is no",
        "Rule 2 would need Has children is yes, but it is no; and Level is 3 or more, but it is 1",
    )
    assert came.asked == (("Threats since exit", "no"), ("Has children", "no"), ("Level", "1"))


def test_at_most_three_rules_are_closest_those_that_lack_least_first() -> None:
    rules = [(["1", "1"], ["1"])] + [(["1", "2"], ["1"])] * 4
    came = read_decisions(table_xml(["a", "b"], ["out"], rules, policy="COLLECT")).evaluate({"a": 0, "b": 2})
    assert [sentence.split(" would")[0] for sentence in came.closest] == ["Rule 2", "Rule 3", "Rule 4"]


def test_explicit_null_row_decides_on_what_is_not_known() -> None:
    table = read_decisions(table_xml(rules=[(["null"], ['"ask"']), (["-"], ['"go on"'])]))
    assert table.evaluate({}).outputs == {"out": "ask"}
    assert table.evaluate({"level": 1}).outputs == {"out": "go on"}


def test_an_input_expression_over_an_unknown_fact_is_not_known() -> None:
    rules = [(["true"], ["1"]), (["false"], ["2"])]
    table = read_decisions(table_xml(['level = "yes"'], ["out"], rules, labels=["Level is yes"]))
    assert table.evaluate({"level": "no"}).outputs == {"out": 2}
    came = table.evaluate({})
    assert (came.outputs, came.problem) == (None, "No rule can be chosen: Level is yes is not known.")


def test_count_of_indicators_as_an_input() -> None:
    table = read_decisions(
        table_xml(
            ['sum([if a = "yes" then 1 else 0, if b = "yes" then 1 else 0])'],
            ["out"],
            [([">= 2"], ['"high"']), (["-"], ['"low"'])],
            labels=["Indicators"],
        )
    )
    assert table.evaluate({"a": "yes", "b": "yes"}).outputs == {"out": "high"}
    assert table.evaluate({"a": "yes", "b": "no"}).outputs == {"out": "low"}


@pytest.mark.parametrize(
    ("document", "facts", "problem"),
    [
        (table_xml(rules=[(["-"], ["absent + 1"])]), {"level": 1}, "Rule 1: out cannot be worked out: "),
        (table_xml(rules=[(["-"], ['1 + "a"'])]), {"level": 1}, "Rule 1: out cannot be worked out: "),
        (
            table_xml(rules=[(["-"], ["1"])], allowed='"a","b"'),
            {"level": "c"},
            "level has a value that this table does not",
        ),
        (
            table_xml(rules=[(["-"], ["1"])]).replace(
                b'name="out">', b"name='out'><outputValues><text>2,3</text></outputValues>"
            ),
            {"level": "c"},
            "Rule 1: out would get a value that the table does not allow.",
        ),
    ],
)
def test_what_cannot_be_decided_is_a_problem_and_never_raised(
    document: bytes, facts: dict[str, object], problem: str
) -> None:
    came = read_decisions(document).evaluate(facts)
    assert came.outputs is None
    assert came.problem is not None
    assert came.problem.startswith(problem)


def test_an_output_may_be_null_on_purpose_or_empty() -> None:
    assert read_decisions(table_xml(rules=[(["-"], ["null"])])).evaluate({}).outputs == {"out": None}
    assert read_decisions(table_xml(rules=[(["-"], [""])])).evaluate({}).outputs == {"out": None}


@pytest.mark.parametrize(
    "version",
    [
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_versions_1_2_to_1_5_are_read(version: str) -> None:
    assert read_decisions(table_xml(rules=UNIQUE, namespace=version)).hit_policy == "F"


REFUSED: list[tuple[str, bytes, str]] = [
    (
        "unknown aggregation",
        table_xml(rules=UNIQUE, policy="COLLECT", aggregation="MEAN"),
        "aggregation is none of DMN's",
    ),
    ("unknown policy", table_xml(rules=UNIQUE, policy="BEST"), "none of DMN's"),
    (
        "version 1.1",
        table_xml(rules=UNIQUE, namespace="http://www.omg.org/spec/DMN/20151101/dmn.xsd"),
        "version 1.2 to 1.5",
    ),
    ("not DMN", b"<a/>", "version 1.2 to 1.5"),
    (
        "no decision",
        table_xml().replace(b"decision id", b"thing id").replace(b"</decision>", b"</thing>"),
        "no decision",
    ),
    ("cell missing", table_xml(["a", "b"], ["out"], [(["-"], ["1"])]), "Rule 1 has not one cell per column"),
    ("bad cell", table_xml(rules=[(["<"], ["1"])]), 'Rule 1: column "level": The expression ends too early'),
    ("bad output", table_xml(rules=[(["-"], ["yes yes"])]), 'Rule 1: column "out": "yes" was not expected'),
    ("empty input", table_xml([""], ["out"], [(["-"], ["1"])]), 'column "input 1": The expression is empty'),
    ("no outputs", table_xml(outputs=[], rules=[(["-"], [])]), "no output column"),
    ("output twice", table_xml(outputs=["a", "a"], rules=[(["-"], ["1", "2"])]), "same name"),
    ("rule id twice", table_xml(rules=UNIQUE).replace(b"'r2'", b"'r1'"), "used twice"),
    (
        "two decisions",
        table_xml(rules=UNIQUE).replace(b"</definitions>", b"<decision id='b' name='Other'/></definitions>"),
        'The file has 2 decisions that none of the others requires, one is needed: "A table", "Other".',
    ),
]


@pytest.mark.parametrize(
    ("document", "part"), [(d, p) for _, d, p in REFUSED], ids=[name for name, _, _ in REFUSED]
)
def test_table_is_refused_with_a_clear_sentence(document: bytes, part: str) -> None:
    with pytest.raises(TableRefused) as refused:
        read_decisions(document)
    assert part in refused.value.sentence


def test_all_broken_cells_are_reported_at_once() -> None:
    with pytest.raises(TableRefused) as refused:
        read_decisions(table_xml(rules=[(["<"], ["1"]), (["-"], ["("])]))
    assert [(problem.rule, problem.column) for problem in refused.value.problems] == [
        ("r1", "level"),
        ("r2", "out"),
    ]


def test_table_goes_through_the_hardened_parser() -> None:
    with pytest.raises(DocumentRefused, match="DOCTYPE"):
        read_decisions(b"<!DOCTYPE a>" + table_xml(rules=UNIQUE))


def test_rows_for_a_page() -> None:
    rows = read_decisions(RISK).as_rows()
    assert rows["hit_policy_words"] == "The first rule that applies decides."
    assert rows["inputs"][0] == {  # type: ignore[index]
        "id": "i0",
        "label": "Threats since exit",
        "expression": "threats",
        "allowed": "",
    }
    first = rows["rules"][0]  # type: ignore[index]
    assert first["tests"][0] == {"text": '"yes"', "words": "is yes"}
    assert first["outputs"] == [{"text": '"high"', "words": "high"}, {"text": "7", "words": "7"}]
    assert first["sentence"] == "Rule 1: Threats since exit is yes"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('"not_asked"', "is not asked"),
        ('"a","b"', "is a or b"),
        ('not("a","b")', "is not a or b"),
        ("true", "is yes"),
        ("false", "is no"),
        ("null", "is not known"),
        ("< 18", "is below 18"),
        (">= 3", "is 3 or more"),
        ("[1..3]", "is from 1 to 3"),
        ("]1..3]", "is above 1 and at most 3"),
        ("< 1, > 5", "is below 1 or is above 5"),
        ("not(< 1)", "is anything but: is below 1"),
        ("-", "is anything"),
        ("? > x", "meets ? > x"),
    ],
)
def test_cells_in_words(cell: str, words: str) -> None:
    row = read_decisions(table_xml(rules=[([cell], ["1"])])).as_rows()["rules"][0]  # type: ignore[index]
    assert row["tests"][0]["words"] == words
