"""Decision models: what requires what, functions, services, imports, types of variables, bounds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from nrm.decisions.dmn import Model, TableRefused, explained, read_decisions, read_model
from nrm.decisions.feel import Limits
from nrm.vocabulary.errors import DocumentRefused
from tests.decisions.models import (
    component,
    decision,
    entry,
    given,
    item,
    knowledge,
    literal,
    model_xml,
    of,
    service,
)
from tests.decisions.tables import DMN_15, table_logic

TABLE = table_logic(["age"], ["group"], [(["< 18"], ['"child"']), ([">= 18"], ['"adult"'])], policy="UNIQUE")
GROUPS = read_model(model_xml(
    given("age", "number"), given("name"),
    decision("group", TABLE, "age"),
    decision("greeting", literal('"Dear " + group'), "group"),
    decision("stranger", literal('"Dear " + name'), "group"),
))


def test_a_decision_is_taken_after_those_it_requires_with_their_reasons() -> None:
    came = GROUPS.evaluate("greeting", {"age": 7})
    assert (came.value, came.outputs, came.problem) == ("Dear child", {"greeting": "Dear child"}, None)
    step, = came.steps
    assert (step.decision, step.reasons) == ("group", ("Rule 1: age is below 18",))
    assert step.closest == ("Rule 2 would need age is 18 or more, but it is 7",)


def test_a_decision_sees_only_what_it_requires() -> None:
    assert GROUPS.evaluate("stranger", {"age": 7, "name": "Ion"}).value is None


def test_a_model_says_which_inputs_a_decision_needs() -> None:
    assert [(one.name, one.item.name) for one in GROUPS.needed("greeting")] == [("age", "number")]
    assert sorted(GROUPS.decisions) == ["greeting", "group", "stranger"]
    with pytest.raises(KeyError):
        GROUPS.evaluate("other", {})


@pytest.mark.parametrize(("value", "came"), [
    (7, 7), ([7], 7), ("7", None), ([7, 8], None), (True, None), (None, None), (object(), None),
])
def test_an_input_is_converted_to_its_type_or_null(value: object, came: object) -> None:
    model = read_model(model_xml(given("age", "number"), decision("d", literal("age"), "age")))
    assert model.evaluate("d", {"age": value}).value == came


TYPES = (
    item("Small", of("number", "[0..9]")),
    item("Smalls", of("Small"), collection=True),
    item("Pair", of("number", constraint="count(?) = 2"), collection=True),
    item("Person", component("first name", of("string")) + component("age", of("Small"))),
    item("People", of("Person"), collection=True),
    item("Tree", component("leaf", of("Small")) + component("branch", of("Tree"))),
    item("Maker", "<functionItem outputTypeRef='number'><parameters name='n' typeRef='number'/></functionItem>"),
    item("Grade", of("string", '"good", "bad"')),
)
CONFORMING = [
    ("Small", "5", True), ("Small", "10", False), ("Small", "[5]", True), ("Small", '"5"', False),
    ("Smalls", "[1, 2]", True), ("Smalls", "[1, 20]", False), ("Smalls", "3", True), ("Smalls", "[]", True),
    ("Pair", "[1, 2]", True), ("Pair", "[1]", False),
    ("Person", '{first name: "A", age: 3}', True), ("Person", '{first name: "A", age: 30}', False),
    ("Person", '{first name: "A"}', False), ("Person", '{first name: "A", age: 3, more: 1}', True),
    ("People", '[{first name: "A", age: 3}]', True), ("People", '[{first name: "A", age: 30}]', False),
    ("Tree", "{leaf: 1, branch: {leaf: 2, branch: null}}", True), ("Tree", "{leaf: 10, branch: null}", False),
    ("Maker", "function(n: number) n", True), ("Maker", "function() 1", False), ("Maker", "1", False),
    ("Grade", '"good"', True), ("Grade", '"GOOD"', False),
    ("date and time", 'date("2026-01-01")', True), ("list<number>", "[1]", True), ("list<number>", '["a"]', False),
]


@pytest.mark.parametrize(("of_type", "text", "fits"), CONFORMING, ids=[f"{t}: {v}" for t, v, _ in CONFORMING])
def test_a_value_is_of_the_type_of_its_variable_or_null_with_a_reason(of_type: str, text: str, fits: bool) -> None:
    came = read_model(model_xml(*TYPES, decision("d", literal(text), type_=of_type))).evaluate("d", {})
    assert (came.value is not None) is fits
    assert came.problem == (None if fits else f"d came to a value that is not of its type, {of_type}.")


def test_names_of_several_words_are_read_in_paths_of_types_and_results() -> None:
    model = read_model(model_xml(
        *TYPES, given("The person", "Person"),
        decision("first", f"<context>{entry('full name', literal('The person.first name'))}</context>", "The_person"),
        decision("second", literal('first.full name + "!"'), "first"),
    ))
    assert model.evaluate("second", {"The person": {"first name": "A", "age": 1}}).value == "A!"


FUNCTIONS = read_model(model_xml(
    *TYPES,
    knowledge("double", "n: number", literal("n * 2"), type_="number"),
    knowledge("quadruple", "n: number", literal("double(double(n))"), "f:double"),
    knowledge("factorial", "n: number", literal("if n < 2 then 1 else n * factorial(n - 1)"), "f:factorial"),
    knowledge("wrong", "n", literal('"a"'), type_="number"),
    knowledge("by type", "n: number", literal("n"), type_="Maker"),
    knowledge("forever", "n", literal("forever(n + 1)"), "f:forever"),
    knowledge("java", "n", literal("{}"), kind="Java"),
    knowledge("sees nothing", "", literal("double(1)")),
    decision("d", literal("quadruple(3)"), "f:quadruple"),
    decision("named", literal("quadruple(n: 3)"), "f:quadruple"),
    decision("deep", literal("factorial(20)"), "f:factorial"),
    decision("bad type", literal('double("a")'), "f:double"),
    decision("bad count", literal("double(1, 2)"), "f:double"),
    decision("bad result", literal("wrong(1)"), "f:wrong"),
    decision("typed", literal("by type(4)"), "f:by_type"),
    decision("endless", literal("forever(1)"), "f:forever"),
    decision("foreign", literal("java(1)"), "f:java"),
    decision("unrequired", literal("sees nothing()"), "f:sees_nothing"),
    decision("given on", literal("(function(f: Maker) f(1))(double)"), "f:double"),
))


@pytest.mark.parametrize(("name", "value"), [
    ("d", 12), ("named", 12), ("deep", 2432902008176640000), ("bad type", None), ("bad count", None),
    ("bad result", None), ("typed", 4), ("endless", None), ("foreign", None), ("unrequired", None), ("given on", 2),
])
def test_functions_of_business_knowledge(name: str, value: object) -> None:
    came = FUNCTIONS.evaluate(name, {})
    assert came.value == value
    assert (came.problem is not None) is (value is None), "null has its reason"


def test_business_knowledge_alone() -> None:
    assert FUNCTIONS.apply("double", {"n": 4}).value == 8
    assert FUNCTIONS.apply("double", {"n": "a"}).problem is not None


SERVICES = read_model(model_xml(
    given("n", "number"), given("m", "number"),
    decision("base", literal("100"), type_="number"),
    decision("sum", literal("base + n"), "base", "n"),
    decision("twice", literal("sum * 2"), "sum"),
    service("open", "twice", inputs="n"),
    service("cut", "twice", decisions="sum"),
    service("both", "sum, twice", inputs="n", decisions="base"),
    service("text", "sum", inputs="n", type_="string"),
    decision("uses", literal("open(1) + cut(5)"), "f:open", "f:cut"),
    decision("inputs first", literal("both(1, 2).twice"), "f:both"),
    decision("unlike", literal('open("a")'), "f:open"),
    decision("apart", literal("[open(1), n, twice]"), "f:open", "n", "twice"),
))


@pytest.mark.parametrize(("name", "value"), [
    ("uses", 212), ("inputs first", 6), ("unlike", None), ("apart", (202, 7, 214)),
])
def test_a_service_is_a_function_whose_inputs_hide_what_is_decided_elsewhere(name: str, value: object) -> None:
    assert SERVICES.evaluate(name, {"n": 7}).value == value


@pytest.mark.parametrize(("name", "inputs", "value"), [
    ("open", {"n": 1}, 202), ("cut", {"sum": 5}, 10), ("both", {"n": 1, "base": 2}, {"sum": 3, "twice": 6}),
    ("open", {}, None), ("text", {"n": 1}, None),
])
def test_a_service_alone(name: str, inputs: dict[str, object], value: object) -> None:
    assert SERVICES.serve(name, inputs).value == value


LIBRARY = model_xml(
    item("Age", of("number", "[0..150]")), given("age", "Age"),
    knowledge("is child", "age: Age", literal("age < 18")),
    decision("child", literal("is child(age)"), "age", "f:is_child"),
    namespace="urn:library",
)
HREF = "urn:library#"


def importing(*elements: str, name: str = "lib") -> Model:
    head = f"<import name='{name}' namespace='urn:library' importType='{DMN_15}'/>"
    return read_model(model_xml(head, *elements), imported={"urn:library": LIBRARY})


IMPORTED = importing(
    given("mine", "lib.Age"),
    decision("function", literal("lib.is child(mine)"), "mine", f"f:{HREF}is_child"),
    decision("decided", literal("if lib.child then 1 else 2"), f"{HREF}child"),
    decision("type", literal("4 instance of lib.Age")),
)


@pytest.mark.parametrize(("name", "inputs", "value"), [
    ("function", {"mine": 3}, True), ("function", {"mine": 300}, None),
    ("decided", {"lib.age": 3}, 1), ("decided", {"{urn:library}age": 30}, 2), ("decided", {"age": 30}, 2),
    ("type", {}, True),
])
def test_what_is_imported_is_known_by_the_name_of_its_import(
    name: str, inputs: dict[str, object], value: object
) -> None:
    assert IMPORTED.evaluate(name, inputs).value == value


def test_an_import_without_a_name_brings_its_names_as_they_are() -> None:
    model = importing(decision("d", literal("is child(4)"), f"f:{HREF}is_child"), name="")
    assert model.evaluate("d", {}).value is True


def test_what_is_imported_and_not_at_hand_is_a_problem() -> None:
    head = "<import name='lib' namespace='urn:library'/>"
    model = read_model(model_xml(head, decision("d", literal("lib.x"), f"{HREF}x")))
    assert [problem.code for problem in model.problems] == ["import_missing", "requirement_missing"]


@pytest.mark.parametrize("elements", [
    (decision("a", literal("b"), "b"), decision("b", literal("a"), "a")),
    (decision("a", literal("a"), "b"), decision("b", literal("1"), "c"), decision("c", literal("1"), "b")),
    (knowledge("f", "", literal("g()"), "f:g"), knowledge("g", "", literal("f()"), "f:f")),
])
def test_requirements_in_a_circle_are_refused(elements: tuple[str, ...]) -> None:
    with pytest.raises(TableRefused, match="requires itself"):
        read_model(model_xml(*elements))


def test_a_long_chain_of_decisions_and_bounds_over_all_of_them() -> None:
    chain = [decision(f"d{n}", literal(f"d{n - 1} + 1"), f"d{n - 1}") for n in range(1, 600)]
    model = read_model(model_xml(decision("d0", literal("0")), *chain))
    assert model.evaluate("d599", {}).value == 599
    came = model.evaluate("d599", {}, limits=Limits(steps=1_000))
    assert came.problem == "d599 cannot be worked out: The expression needs more steps than are allowed."


def test_time_is_an_argument() -> None:
    model = read_model(model_xml(decision("d", literal("today()"))))
    assert model.evaluate("d", {}, moment=datetime(2026, 3, 1, tzinfo=UTC)).outputs == {"d": date(2026, 3, 1)}
    assert model.evaluate("d", {}).problem is not None


def test_other_documents_are_refused() -> None:
    for data in (b"<a/>", b"<a", model_xml().replace(b"20230324", b"20991231")):
        with pytest.raises(DocumentRefused):
            read_model(data)


# over facts

RISK = model_xml(
    given("threats", "string"),
    decision("base", table_logic(["threats"], ["out"], [(['"yes"'], ["2"]), (['"no"'], ["1"])], policy="UNIQUE"),
             "threats"),
    decision("score", literal("base * 10"), "base"),
)


def test_the_main_decision_of_a_file_is_the_one_that_no_other_requires() -> None:
    main = read_decisions(RISK)
    assert (main.id, main.name, main.rules, main.hit_policy) == ("score", "score", (), "")
    assert [one.name for one in main.outputs] == ["score"]
    assert main.names == {"threats"}
    assert main.as_rows()["hit_policy_words"] == "It is worked out, not looked up in a table."
    came = main.evaluate({"threats": "yes"})
    assert came.outputs == {"score": 20}
    assert came.read == {"threats"}
    assert came.reasons == ("score is worked out as: base * 10",)
    assert [step.reasons for step in came.steps] == [("Rule 1: threats is yes",)]


def test_what_rests_on_an_unknown_fact_is_not_decided_and_the_fact_is_named() -> None:
    came = read_decisions(RISK).evaluate({})
    assert came.outputs is None
    assert came.unknown == {"threats"}
    assert came.problem == "score cannot be worked out: base is not known."
    assert came.steps[0].problem == "No rule can be chosen: threats is not known."


def test_a_fact_does_not_stand_in_for_a_decision_of_its_name() -> None:
    assert read_decisions(RISK).evaluate({"base": 5, "threats": "yes"}).outputs == {"score": 20}
    assert read_decisions(RISK).evaluate({"base": 5}).outputs is None


@pytest.mark.parametrize(("text", "facts", "outputs"), [
    ("if a then 1 else 2", {"a": True}, {"d": 1}),
    ("if a then 1 else 2", {}, None),
    ("a or b", {"b": True}, {"d": True}),
    ("a or b", {"b": False}, None),
    ("is defined(a)", {}, {"d": False}),
    ("1 / 0", {}, None),
    ("null", {}, {"d": None}),
])
def test_unknown_is_never_no(text: str, facts: dict[str, object], outputs: object) -> None:
    main = read_decisions(model_xml(given("a"), given("b"), decision("d", literal(text), "a", "b")))
    assert main.evaluate(facts).outputs == outputs


@pytest.mark.parametrize(("cell", "to_the_letter", "over_facts"), [
    ('"x"', None, None),
    ('not("x")', 1, None),
    ("< 5", None, None),
    ("null", 1, 1),
    ("not(null)", None, None),
    ("? = null", 1, 1),
    ("-", 1, 1),
])
def test_null_is_a_value_to_the_letter_and_not_known_over_facts(
    cell: str, to_the_letter: int | None, over_facts: int | None
) -> None:
    logic = table_logic(["a"], ["out"], [([cell], ["1"])], policy="UNIQUE")
    model = read_model(model_xml(given("a"), decision("d", logic, "a")))
    assert model.evaluate("d", {"a": None}).value == to_the_letter
    assert (model.decide("d", {}).outputs or {}).get("out") == over_facts


def test_an_explanation_is_plain_and_small() -> None:
    came = explained(read_decisions(RISK).evaluate({"threats": "no"}))
    assert came == {
        "outputs": {"score": 10},
        "decision": "score",
        "reasons": ["score is worked out as: base * 10"],
        "steps": [{
            "outputs": {"out": 1},
            "decision": "base",
            "asked": [{"label": "threats", "is": "no"}],
            "matched": ["r2"],
            "reasons": ["Rule 2: threats is no"],
            "closest": ["Rule 1 would need threats is yes, but it is no"],
        }],
    }


@pytest.mark.parametrize(("text", "plain"), [
    ("1.5", 1.5), ("0.1234567890123456789", "0.1234567890123456789"), ('date("2026-01-02")', "2026-01-02"),
    ('duration("P1D")', "P1D"), ('[1, {a: time("10:00:00")}]', [1, {"a": "10:00:00"}]), ("[1..2]", "[1..2]"),
])
def test_every_kind_of_value_can_be_told_in_json(text: str, plain: object) -> None:
    outputs = explained(read_decisions(model_xml(decision("d", literal(text)))).evaluate({}))["outputs"]
    assert outputs == {"d": plain}
    assert not isinstance(plain, Decimal)
