"""Boxed expressions: each kind, alone and inside one another, its types, its bounds."""

from __future__ import annotations

from dataclasses import replace
from time import thread_time

import pytest

from nrm.decisions.dmn import read_model
from nrm.decisions.dmn.logic import MOST_NESTED
from nrm.decisions.dmn.model import LIMITS
from nrm.decisions.feel.values import feel_text
from nrm.vocabulary.errors import DocumentRefused
from tests.decisions.hostile_feel import CORPUS
from tests.decisions.models import decision, entry, formal, item, knowledge, literal, model_xml, of
from tests.decisions.tables import table_logic
from tests.support.goals import Reached
from tests.support.long import LONG

TABLE = table_logic(["x"], ["out"], [(["< 5"], ['"small"']), (["-"], ['"large"'])])


def context(*entries: str, type_: str = "") -> str:
    return f"<context {f'typeRef={type_!r}' if type_ else ''}>{''.join(entries)}</context>"


def listed(*items: str) -> str:
    return f"<list>{''.join(items)}</list>"


def relation(columns: str, *rows: str) -> str:
    heads = "".join(f"<column name='{name}'/>" for name in columns.split())
    cells = "".join(f"<row>{''.join(literal(cell) for cell in row.split())}</row>" for row in rows)
    return f"<relation>{heads}{cells}</relation>"


def invocation(function: str, **bindings: str) -> str:
    bound = "".join(
        f"<binding><parameter name='{name}'/>{literal(text)}</binding>" for name, text in bindings.items())
    return f"<invocation>{literal(function)}{bound}</invocation>"


def function(parameters: str, body: str, kind: str = "FEEL") -> str:
    return f"<functionDefinition kind='{kind}'>{formal(parameters)}{body}</functionDefinition>"


def calling(made: str, call: str) -> str:
    """A function ``f`` and an expression that calls it."""
    return context(entry("f", made), entry("", literal(call)))


def parts(kind: str, variable: str = "", /, **inside: str) -> str:
    how = f"iteratorVariable='{variable}'" if variable else ""
    found = "".join(f"<{name.rstrip('_')}>{logic}</{name.rstrip('_')}>" for name, logic in inside.items())
    return f"<{kind} {how}>{found}</{kind}>"


def each(kind: str, collection: str, condition: str) -> str:
    last = "return" if kind == "for" else "satisfies"
    return parts(kind, "n", in_=literal(collection), **{last: literal(condition)})


CASES: list[tuple[str, str, str]] = [
    ("literal", literal("1 + 2"), "3"),
    ("literal of a type", literal('"a"', "string"), "a"),
    ("literal of another type", literal('"a"', "number"), "null"),
    ("one item for a list", literal("1", "list<number>"), "[1]"),
    ("a list of one for its item", literal("[1]", "number"), "1"),
    ("older names of types", literal("1", "feel:number"), "1"),
    ("empty", literal(""), "null"),
    ("not FEEL", "<literalExpression expressionLanguage='python'><text>1</text></literalExpression>", "null"),
    ("nothing", "", "null"),
    ("context", context(entry("a", literal("1")), entry("b", literal("a + 1"))), "{a: 1, b: 2}"),
    ("context with a result", context(entry("a", literal("1")), entry("", literal("a + 1"))), "2"),
    ("names with spaces", context(entry("a b", literal("1")), entry("", literal("a b + a b"))), "2"),
    ("names with signs", context(entry("a-b", literal("1")), entry("", literal("a-b * 2"))), "2"),
    ("entry of a type", context(entry("a", literal("1"), "string")), "{a: null}"),
    ("context in a context",
     context(entry("a", context(entry("b c", literal("1")))), entry("", literal("a.b c"))), "1"),
    ("list", listed(literal("1"), context(entry("a", literal("2")))), "[1, {a: 2}]"),
    ("empty list", listed(), "[]"),
    ("relation", relation("a b", "1 2", "3 4"), "[{a: 1, b: 2}, {a: 3, b: 4}]"),
    ("table in a context", context(entry("x", literal("3")), entry("", TABLE)), "small"),
    ("function", calling(function("n", literal("n * 2")), "f(4)"), "8"),
    ("function by name", calling(function("n, m", literal("n - m")), "f(m: 1, n: 3)"), "2"),
    ("function by a wrong name", calling(function("n", literal("1")), "f(m: 1)"), "null"),
    ("function of a type", calling(function("n: number", literal("n")), 'f("a")'), "null"),
    ("function that calls itself",
     calling(function("n", literal("if n < 2 then 1 else n * f(n - 1)")), "f(5)"), "120"),
    ("function without an end",
     calling(function("n", literal("f(n + 1)")), "f(1)"), "null"),
    ("function as a closure",
     context(entry("a", literal("10")), entry("f", function("n", literal("n + a"))), entry("", literal("f(1)"))), "11"),
    ("table as a function", calling(function("x", TABLE), "f(9)"), "large"),
    ("table whose columns are the parameters",
     calling(function("", TABLE), "f(x: 9)"), "large"),
    ("function in Java", calling(function("n", literal("{}"), "Java"), "f(1)"), "null"),
    ("invocation", context(entry("f", function("n", literal("n * 2"))), entry("", invocation("f", n="4"))), "8"),
    ("invocation of a built-in", invocation("substring", **{"string": '"abc"', "start position": "2"}), "bc"),
    ("invocation of no function", invocation("1", n="4"), "null"),
    ("invocation with another name",
     context(entry("f", function("n", literal("n"))), entry("", invocation("f", m="4"))), "null"),
    ("invocation without one of its parameters",
     context(entry("f", function("n, m", literal("[n, m]"))), entry("", invocation("f", m="4"))), "[null, 4]"),
    ("if", parts("conditional", **{"if": literal("1 < 2"), "then": literal('"a"'), "else": literal('"b"')}), "a"),
    ("if null", parts("conditional", **{"if": literal("null"), "then": literal('"a"'), "else": literal('"b"')}), "b"),
    ("if without else", parts("conditional", **{"if": literal("true"), "then": literal("1")}), "1"),
    ("filter", parts("filter", in_=literal("[1, 2, 3]"), match=literal("item > 1")), "[2, 3]"),
    ("filter on entries", parts("filter", in_=literal("[{a: 1}, {a: 2}]"), match=literal("a > 1")), "[{a: 2}]"),
    ("filter that gives no truth", parts("filter", in_=literal("[1]"), match=literal('"a"')), "null"),
    ("filter of nothing", parts("filter", in_=literal("null"), match=literal("true")), "null"),
    ("for", each("for", "[1, 2]", "n * 2"), "[2, 4]"),
    ("for over a range", each("for", "[1..3]", "n"), "[1, 2, 3]"),
    ("for over one value", each("for", "7", "n"), "[7]"),
    ("for over nothing", each("for", "null", "n"), "null"),
    ("for with what came before", each("for", "[1, 2, 3]", "sum(partial) + n"), "[null, null, null]"),
    ("some", each("some", "[1, 2]", "n > 1"), "true"),
    ("some that cannot be told", each("some", "[1, null]", "n > 1"), "null"),
    ("some although one cannot be told", each("some", "[null, 2]", "n > 1"), "true"),
    ("some of none", each("some", "[]", "n > 1"), "false"),
    ("every", each("every", "[1, 2]", "n > 1"), "false"),
    ("every of none", each("every", "[]", "n > 1"), "true"),
    ("every without a truth", each("every", "[1]", '"a"'), "null"),
    ("for of boxes", parts("for", "n", in_=listed(literal("1"), literal("2")),
                           **{"return": context(entry("square", literal("n * n")))}), "[{square: 1}, {square: 4}]"),
    ("not FEEL at all", literal("1 +"), "null"),
    ("table with a cell that is not FEEL", TABLE.replace("&lt; 5", "&lt;"), "null"),
    ("table without outputs", "<decisionTable/>", "null"),
]


@pytest.mark.parametrize(("logic", "value"), [(l, v) for _, l, v in CASES], ids=[name for name, _, _ in CASES])
def test_what_a_boxed_expression_comes_to(logic: str, value: str) -> None:
    decided = read_model(model_xml(decision("d", logic))).evaluate("d", {})
    assert feel_text(decided.value) == value
    assert (decided.problem is None) is (value != "null"), "null has its reason"


def test_boxes_in_boxes_are_bounded() -> None:
    logic = literal("1")
    for _ in range(MOST_NESTED + 2):
        logic = listed(logic)
    model = read_model(model_xml(decision("d", logic)))
    assert [problem.code for problem in model.problems] == ["too_deep"]
    assert model.evaluate("d", {}).problem is None, "only the innermost is null"


def test_what_cannot_be_read_is_a_problem_of_the_model() -> None:
    model = read_model(model_xml(decision("d", literal("1 +")), decision("e", literal("1", "no such type"))))
    assert [problem.code for problem in model.problems] == ["feel_syntax", "unknown_type"]
    assert model.evaluate("e", {}).value == 1


def test_a_type_can_be_named_in_an_expression() -> None:
    small = item("Small", of("number", "[0..9]"))
    twice = knowledge("twice", "n: Small", literal("n * 2"))
    model = read_model(model_xml(
        small, twice, decision("a", literal("twice(4)"), "f:twice"), decision("b", literal("twice(40)"), "f:twice"),
        decision("c", literal("4 instance of Small")),
    ))
    assert [model.evaluate(name, {}).value for name in "abc"] == [8, None, True]


# -- hostile texts (goal:S1) ---------------------------------------------------------------------------------------

LONGEST_S = 2.0
BOUNDS = LIMITS if LONG else replace(LIMITS, steps=20_000)
"""A limit ends every text in the same way; in a push it comes sooner."""
ENDLESS = (
    f'matches("{"a" * 40}!", "(a+)+$")',
    f'split("{"a" * 5_000}", "(a|a)*b")',
    "some i in 1..1e18 satisfies false",
)


@pytest.mark.parametrize("place", ["literal", "cell", "allowed", "type"])
def test_hostile_texts_in_a_model_come_to_something_and_never_raise(place: str) -> None:
    for text in CORPUS:
        logic = {
            "literal": literal(text), "cell": table_logic(["1"], ["out"], [([text], ['"a"'])]),
            "allowed": literal("1", "T"), "type": literal("1"),
        }[place]
        types = item("T", of("number" if place == "allowed" else text, text)) if place in ("allowed", "type") else ""
        try:
            model = read_model(model_xml(types, decision("d", logic, type_="T" if place == "type" else "")))
        except (DocumentRefused, UnicodeEncodeError):
            continue  # signs that XML does not have
        assert model.evaluate("d", {}, limits=BOUNDS).decision == "d"


def test_a_text_that_would_never_end_is_ended_soon(reached: Reached) -> None:
    """By counting, never by a clock: the same text ends in the same way everywhere."""
    longest = 0.0
    for text in ENDLESS:
        model = read_model(model_xml(decision("d", literal(text))))
        begin = thread_time()
        came = model.evaluate("d", {})
        longest = max(longest, thread_time() - begin)
        assert came.problem == "d cannot be worked out: The expression needs more steps than are allowed."
    reached("S1", f"the dearest decisions on hostile texts end after {longest:.1f} s")
    assert longest < LONGEST_S
