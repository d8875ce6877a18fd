"""Types: read from text, instances, conformance and conversions (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.type_names import parse_type
from nrm.decisions.feel.types import ANY, NULL, Type, coerced, conforms, is_instance
from nrm.decisions.feel.values import DateTime, FunctionValue, Interval, Parameter, Time, Value, literal_from

NUMBER, STRING = Type("number"), Type("string")
PERSON = Type("context", None, (("name", STRING), ("age", NUMBER)))


def _nothing(_: Running, given: tuple[Value, ...]) -> Value:
    del given
    return None


TO_TEXT = FunctionValue((Parameter("n", NUMBER),), _nothing, result=STRING)
UNTYPED = FunctionValue((Parameter("n"),), _nothing)

NAMES = [
    ("number", NUMBER),
    ("  years and   months duration ", Type("years and months duration")),
    ("date and time", Type("date and time")),
    ("Any", ANY),
    ("Null", NULL),
    ("list<number>", Type("list", NUMBER)),
    ("list< list < string > >", Type("list", Type("list", STRING))),
    ("range<date>", Type("range", Type("date"))),
    ("context<name: string, age: number>", PERSON),
    ('context<"full name": string>', Type("context", None, (("full name", STRING),))),
    ("context<in-laws: number>", Type("context", None, (("in-laws", NUMBER),))),
    ("function<number, string> -> boolean", Type("function", Type("boolean"), (), (NUMBER, STRING))),
    ("function<>->Any", Type("function", ANY)),
    ("dayTimeDuration", Type("days and time duration")),
    ("list", None),
    ("list<>", None),
    ("list<number", None),
    ("list<number>>", None),
    ("nothing", None),
    ("number<string>", None),
    ("context<name>", None),
    ("context<name: string age: number>", None),
    ("function<number> -> nothing", None),
    ("", None),
    ("list<" * 50 + "number" + ">" * 50, None),
]

INSTANCES = [
    (None, NULL, True), (None, ANY, False), (None, NUMBER, False), (1, ANY, True), (1, NUMBER, True),
    (True, NUMBER, False), ("a", STRING, True), ((1, 2), Type("list", NUMBER), True), ((), Type("list", NUMBER), True),
    ((1, "a"), Type("list", NUMBER), False), ((1, None), Type("list", NUMBER), True), ((1,), NUMBER, False),
    (1, Type("list", NUMBER), False), ({"name": "a", "age": 1, "more": True}, PERSON, True),
    ({"name": "a"}, PERSON, False), ({"name": None, "age": 1}, PERSON, True), ({"name": 1, "age": 1}, PERSON, False),
    (Interval(1, 2, True, True), Type("range", NUMBER), True),
    (Interval(1, 2, True, True), Type("range", STRING), False),
    (Interval(None, 2, False, True, one_sided=True), Type("range", NUMBER), True),
    (TO_TEXT, Type("function", STRING, (), (NUMBER,)), True), (TO_TEXT, Type("function", NUMBER, (), (NUMBER,)), False),
    (TO_TEXT, Type("function", STRING, (), ()), False), (UNTYPED, Type("function", ANY, (), (NUMBER,)), True),
    (TO_TEXT, Type("function", ANY, (), (STRING,)), False),
    (literal_from("2026-03-31"), Type("date"), True), (literal_from("2026-03-31"), Type("date and time"), False),
    (literal_from("P1D"), Type("days and time duration"), True),
]

CONVERSIONS: list[tuple[Value, Type | None, Value]] = [
    (1, NUMBER, 1),
    (1, None, 1),
    (None, NUMBER, None),
    ("1", NUMBER, None),
    ((1,), NUMBER, 1),
    ((1, 2), NUMBER, None),
    (("a",), NUMBER, None),
    (1, Type("list", NUMBER), (1,)),
    ("a", Type("list", NUMBER), None),
    (literal_from("2026-03-31"), Type("date and time"), literal_from("2026-03-31T00:00:00Z")),
    ((literal_from("2026-03-31"),), Type("date and time"), None),
    (literal_from("2026-03-31T00:00:00"), Type("date"), None),
    ({"name": "a"}, PERSON, None),
]


@pytest.mark.parametrize(("text", "wanted"), NAMES)
def test_type_is_read(text: str, wanted: Type | None) -> None:
    assert parse_type(text) == wanted


@given(st.text(alphabet="list<>number,:-> context<a", max_size=60))
def test_any_text_names_a_type_or_none(text: str) -> None:
    named = parse_type(text)
    assert named is None or conforms(named, ANY)


@pytest.mark.parametrize(("value", "of", "answer"), INSTANCES)
def test_instance(value: Value, of: Type, answer: bool) -> None:
    assert is_instance(value, of) is answer


@pytest.mark.parametrize(("value", "to", "wanted"), CONVERSIONS)
def test_implicit_conversion(value: Value, to: Type | None, wanted: Value) -> None:
    assert coerced(value, to) == wanted


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        ("number", "Any", True), ("Null", "number", True), ("Any", "number", False), ("number", "string", False),
        ("list<number>", "list<Any>", True), ("list<Any>", "list<number>", False),
        ("context<a: number, b: string>", "context<a: number>", True),
        ("context<a: number>", "context<a: number, b: string>", False),
        ("function<Any> -> number", "function<number> -> Any", True),
        ("function<number> -> number", "function<Any> -> number", False),
        ("range<number>", "range<string>", False), ("date", "date and time", False),
    ],
)
def test_conformance(a: str, b: str, answer: bool) -> None:
    first, second = parse_type(a), parse_type(b)
    assert first is not None
    assert second is not None
    assert conforms(first, second) is answer


def test_midnight_of_a_date_is_in_utc() -> None:
    day = coerced(literal_from("2026-03-31"), Type("date and time"))
    assert isinstance(day, DateTime)
    assert day.time == Time(0, 0)
