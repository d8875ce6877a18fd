"""The static check of decision tables: cells, overlaps, hidden rules, gaps (defect:D19)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrm.decisions.dmn import check_table, read_decisions
from nrm.vocabulary.facts import FactType
from nrm.vocabulary.findings import Severity
from tests.decisions.tables import table_xml

DICTIONARY = {
    fact.name: fact
    for fact in (
        FactType("level", "enum", ("low", "medium", "high")),
        FactType("ok", "boolean"),
        FactType("missed", "integer"),
        FactType("due", "date"),
        FactType("out", "enum", ("go", "stop")),
        FactType("days", "integer"),
    )
}
GO, STOP = ['"go"'], ['"stop"']

CASES: list[tuple[str, bytes, list[tuple[str, str | None, str]]]] = [
    ("sound", table_xml(rules=[(['"low"'], GO), (['"medium","high"'], STOP)], policy="UNIQUE"), []),
    ("sound F", table_xml(rules=[(['"low"'], GO), (["-"], STOP)]), []),
    ("sound by default", table_xml(rules=[(['"low"'], GO)], policy="UNIQUE", default='"stop"'), []),
    (
        "sound numbers",
        table_xml(["missed"], ["out"], [(["< 2"], GO), (["[2..4]"], STOP), (["> 4"], GO)], policy="UNIQUE"),
        [],
    ),
    (
        "sound dates",
        table_xml(
            ["due"],
            ["out"],
            [(['< date("2026-01-01")'], GO), (['>= date("2026-01-01")'], GO)],
            policy="UNIQUE",
        ),
        [],
    ),
    (
        "overlap of enums",
        table_xml(rules=[(['"low"'], GO), (['not("high")'], STOP), (['"high"'], GO)], policy="UNIQUE"),
        [("overlap", "r2", "Rule 1 and rule 2 can both apply: level is low.")],
    ),
    (
        "overlap of numbers",
        table_xml(["missed"], ["out"], [(["<= 2"], GO), ([">= 2"], STOP)], policy="UNIQUE"),
        [("overlap", "r2", "missed is 2")],
    ),
    (
        "overlap of booleans",
        table_xml(["ok", "level"], ["out"], [(["true", "-"], GO), (["-", '"low"'], GO)], policy="UNIQUE"),
        [
            ("overlap", "r2", "ok is yes and level is low"),
            ("gap", None, "ok is no and level is medium"),
            ("gap", None, "ok is no and level is high"),
        ],
    ),
    (
        "gap in enums",
        table_xml(rules=[(['"low"'], GO), (['"high"'], GO)], policy="UNIQUE"),
        [("gap", None, "level is medium")],
    ),
    (
        "gap in numbers",
        table_xml(["missed"], ["out"], [(["< 2"], GO), (["> 2"], GO)]),
        [("gap", None, "missed is 2")],
    ),
    (
        "gap in dates",
        table_xml(["due"], ["out"], [(['< date("2026-01-01")'], GO)]),
        [("gap", None, "due is 2026-01-01"), ("gap", None, "due is 2026-01-02")],
    ),
    (
        "hidden rule",
        table_xml(rules=[(["-"], GO), (['"low"'], STOP)]),
        [("hidden_rule", "r2", "never reached: rule 1")],
    ),
    (
        "unknown fact",
        table_xml(["levl"], ["out"], [(["-"], GO)]),
        [("unknown_name", None, 'Did you mean "level"?')],
    ),
    (
        "wrong value in a cell",
        table_xml(rules=[(['"hihg"'], GO), (["-"], GO)]),
        [("wrong_value", "r1", 'Did you mean "high"?')],
    ),
    (
        "wrong kind in a cell",
        table_xml(["missed"], ["out"], [(['"2"'], GO), (["-"], GO)]),
        [("never_holds", "r1", "compared with")],
    ),
    (
        "fact in a cell",
        table_xml(rules=[(['if ok then "low" else "high"'], GO), (["-"], GO)]),
        [("not_analysed", None, "level")],
    ),
    (
        "unknown output",
        table_xml(outputs=["oot"], rules=[(["-"], GO)]),
        [("unknown_output", None, 'Did you mean "out"?')],
    ),
    ("wrong output", table_xml(rules=[(["-"], ['"stpo"'])]), [("wrong_value", "r1", 'Did you mean "stop"?')]),
    (
        "output of another kind",
        table_xml(rules=[(["-"], ["1"])]),
        [("wrong_kind", "r1", "1 is not a value of out.")],
    ),
    (
        "output not whole",
        table_xml(outputs=["days"], rules=[(["-"], ["1.5"])]),
        [("wrong_kind", "r1", "1.5 is not a value of days.")],
    ),
    (
        "wrong default",
        table_xml(rules=[(["-"], GO)], default='"no"'),
        [("wrong_value", None, "not a value of out")],
    ),
    ("no rules", table_xml(), [("no_rules", None, "no rules")]),
    ("broken cell", table_xml(rules=[(["<"], GO)]), [("feel_syntax", "r1", "too early")]),
    ("hit policy", table_xml(rules=[(["-"], GO)], policy="BEST"), [("table_refused", None, "none of DMN's")]),
    ("bad XML", b"<a", [("document_refused", None, "well-formed")]),
    (
        "not analysed",
        table_xml(["missed"], ["out"], [(["> days"], GO), (["<= days"], GO)], policy="UNIQUE"),
        [("not_analysed", None, "missed"), ("missing_default", None, "no default")],
    ),
    (
        "rules of A that agree",
        table_xml(rules=[(['"low","medium"'], GO), (['"medium","high"'], GO)], policy="ANY"),
        [],
    ),
    (
        "rules of A that do not agree",
        table_xml(rules=[(['"low","medium"'], GO), (['"medium","high"'], STOP)], policy="ANY"),
        [("conflict", "r2", "Rule 1 and rule 2 can both apply and do not agree: level is medium.")],
    ),
    (
        "rules of A that give what is worked out",
        table_xml(outputs=["days"], rules=[(["-"], ["missed + 1"]), (['"high"'], ["2"])], policy="ANY"),
        [("not_analysed", "r2", "whether they agree was not analysed")],
    ),
    (
        "rule of P behind a better one",
        table_xml(
            rules=[(['"low"'], STOP), (["-"], GO)], policy="PRIORITY", output_values='"go", "stop"'
        ),
        [("hidden_rule", "r1", "Rule 1 is never reached: rule 2 comes first.")],
    ),
    (
        "rules of P in order",
        table_xml(rules=[(['"low"'], GO), (["-"], STOP)], policy="PRIORITY", output_values='"go", "stop"'),
        [],
    ),
    (
        "hidden by two rules together",
        table_xml(rules=[(['"low"'], GO), (['not("low")'], GO), (['"high"'], STOP)]),
        [("hidden_rule", "r3", "never reached: rule 2 comes first")],
    ),
    (
        "hidden only by two rules together",
        table_xml(
            ["ok", "level"], ["out"],
            [(["true", "-"], GO), (["false", "-"], STOP), (["-", '"low"'], GO), (["null", "-"], GO)],
        ),
        [],
    ),
    (
        "covered by the rules before it",
        table_xml(
            ["ok", "level"], ["out"],
            [(["true", "-"], GO), (["false", "-"], STOP), (["true,false", '"low"'], GO), (["null", "-"], GO)],
        ),
        [("hidden_rule", "r3", "the rules before it cover its cases")],
    ),
    (
        "rule that can never apply",
        table_xml(["ok"], ["out"], [(["not(true, false)"], GO), (["-"], STOP)]),
        [("never_applies", "r1", "Rule 1 can never apply.")],
    ),
    (
        "column that no rule tests",
        table_xml(["ok", "level"], ["out"], [(["true", "-"], GO), (["not(true)", "-"], GO)]),
        [("never_tested", None, 'Column "level" is tested by no rule.')],
    ),
    (
        "default of one output only",
        table_xml(
            ["ok"], ["out", "days"], [(["true"], [*GO, "1"]), (["false"], [*STOP, "2"])], default='"go"',
            policy="UNIQUE",
        ),
        [("missing_default", None, "Some outputs have a default")],
    ),
    (
        "a list may be empty",
        table_xml(rules=[(['"low"'], GO)], policy="RULE ORDER"),
        [],
    ),
    (
        "a sum owes an answer",
        table_xml(outputs=["days"], rules=[(['not("high")'], ["1"])], policy="COLLECT", aggregation="SUM"),
        [("gap", None, "level is high")],
    ),
    (
        "literal dates",
        table_xml(["due"], ["out"], [(['< @"2026-01-01"'], GO), (['>= @"2026-01-02"'], GO)], policy="UNIQUE"),
        [("gap", None, "due is 2026-01-01")],
    ),
    (
        "ranges without an end, and lists",
        table_xml(["missed"], ["out"], [(["(< 2)"], GO), (["[2, 3]"], STOP), (["> 3"], GO)], policy="UNIQUE"),
        [],
    ),
    (
        "texts cannot be counted through",
        table_xml(['string(missed)'], ["out"], [(['< "b"'], GO), (["-"], GO)]),
        [("not_analysed", None, "not analysed")],
    ),
]
MILD = {"gap", "hidden_rule", "not_analysed", "never_applies", "never_tested", "missing_default"}


@pytest.mark.parametrize(
    ("document", "expected"), [(d, e) for _, d, e in CASES], ids=[name for name, _, _ in CASES]
)
def test_check_of_a_table(document: bytes, expected: list[tuple[str, str | None, str]]) -> None:
    problems = check_table(document, DICTIONARY)
    assert [(problem.code, problem.rule) for problem in problems] == [
        (code, rule) for code, rule, _ in expected
    ]
    for problem, (_, _, part) in zip(problems, expected, strict=True):
        assert part in problem.sentence


def test_gaps_hidden_rules_and_what_was_not_analysed_are_warnings_the_rest_stops() -> None:
    for _, document, _ in CASES:
        for problem in check_table(document, DICTIONARY):
            assert problem.severity is (Severity.WARNING if problem.code in MILD else Severity.STOP)


def test_without_a_dictionary_only_the_table_itself_is_checked() -> None:
    assert check_table(table_xml(["anything"], ["whatever"], [(['"x"'], ["1"]), (["-"], ["2"])])) == []


def test_large_tables_are_analysed_in_bounds() -> None:
    inputs = [f"i{n}" for n in range(20)]
    rules = [(["true" if n == r else "-" for n in range(20)], ["1"]) for r in range(20)]
    problems = check_table(table_xml(inputs, ["out"], rules, policy="FIRST"))
    assert {problem.code for problem in problems} == {"not_analysed"}


_CELLS = st.sampled_from(["-", '"low"', '"low","high"', 'not("medium")', '"medium"', "null"])
_BOOLEANS = st.sampled_from(["-", "true", "false", "not(true)"])
_NUMBERS = st.sampled_from(["-", "< 2", "<= 2", "[2..4]", "> 4", "not(3)", "3"])


@given(st.lists(st.tuples(_CELLS, _BOOLEANS, _NUMBERS), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_check_agrees_with_trying_every_case(rows: list[tuple[str, str, str]]) -> None:
    rules = [(list(row), [f'"{"go" if n % 2 else "stop"}"']) for n, row in enumerate(rows)]
    document = table_xml(["level", "ok", "missed"], ["out"], rules, policy="UNIQUE")
    codes = {problem.code for problem in check_table(document, DICTIONARY)}
    table = read_decisions(document)
    overlap = gap = False
    for level, ok, missed in product(("low", "medium", "high", None), (True, False, None), (*range(7), None)):
        came = table.evaluate({"level": level, "ok": ok, "missed": missed})
        overlap |= len(came.matched) > 1
        gap |= not came.matched and None not in (level, ok, missed)
    assert ("overlap" in codes) is overlap
    if not overlap:
        assert ("gap" in codes) is gap
