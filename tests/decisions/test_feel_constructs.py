"""What the constructs of FEEL come to: tables of text and value (DMN 1.5, clauses 10.3.1 and 10.3.2)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from nrm.decisions.feel import Limits, parse_expression, parse_unary_tests

FACTS: dict[str, object] = {
    "person": {
        "name": "Invented", "age": 17, "full name": "I. Invented",
        "contacts": [{"kind": "phone"}, {"kind": "mail"}],
    },
    "people": [{"name": "A", "age": 3}, {"name": "B", "age": 30}, {"name": "C"}],
    "amounts": [4, 8, 15],
    "days in week": ["mo", "tu"],
    "a-b": 7,
    "a": 5,
    "b": 3,
    "due": date(2026, 3, 31),
}
NAMES = ["days in week", "a-b", "full name"]

CONTEXTS = [
    ("{}", {}),
    ('{a: 1, "b c": 2}', {"a": 1, "b c": 2}),
    ("{a: 1, b: a + 1}.b", 2),
    ("{b: a + 1, a: 1}", {"b": 2, "a": 1}),
    ("{first name: 1, r: first name + 1}.r", 2),
    ('{"first name": 1, r: first  name + 1}.r', 2),
    ("{x+y: 1, r: x+y + 1}.r", 2),
    ("{a: 1, b: {a: 2, c: a}}.b.c", 2),
    ("{b: {c: a}}.b.c", 5),
    ("{a: 1}.b", None),
    ("{a: 1, a: 2}", None),
    ("null.a", None),
    ("5.a", None),
    ("{if: 1}", {"if": 1}),
]
PATHS = [
    ("person.age", 17),
    ("person.full name", "I. Invented"),
    ("person.full   name + \"!\"", "I. Invented!"),
    ("person.contacts.kind", ["phone", "mail"]),
    ("person.contacts[1].kind", "phone"),
    ("people.age", [3, 30, None]),
    ("[{b: [1]}, {b: [2, 3]}].b", [[1], [2, 3]]),
    ("due.year", 2026),
    ('@"P1DT2H".hours', 2),
    ('time("10:30:00+05:00").time offset', timedelta(hours=5)),
    ("[1..3[.end included", False),
    ("]1..3].start", 1),
    ("(> 3).start", 3),
    ("(<= 3).end included", True),
    ("due.hour", None),
]
FILTERS = [
    ("amounts[1]", 4),
    ("amounts[-1]", 15),
    ("amounts[0]", None),
    ("amounts[4]", None),
    ("amounts[1.5]", None),
    ("amounts[count(amounts)]", 15),
    ("amounts[(a) - (b)]", 8),
    ("amounts[item > 5]", [8, 15]),
    ("amounts[true]", [4, 8, 15]),
    ('amounts["x"]', None),
    ("amounts[null]", []),
    ("people[age > 5].name", ["B"]),
    ("people[item.age > 5].name", ["B"]),
    ("people[age = null].name", ["C"]),
    ('people[name = "A"][1].age', 3),
    ("[{item: 1}, {item: 2}][item > 1]", [{"item": 2}]),
    ("[{x y: 1}, {x y: 2}][x y > 1]", [{"x y": 2}]),
    ("5[1]", 5),
    ("5[2]", None),
    ("5[item > 3]", [5]),
    ("5[item > 6]", []),
    ("[][1]", None),
    ("[][item > 1]", []),
    ("null[1]", None),
    ("[1, 2, 3][item > 1][1]", 2),
    ("[[1, 2], [3]][2][1]", 3),
    ("[1..amounts[2]]", "[1..8]"),
    ("5 in ]1..amounts[2][", True),
]
ITERATIONS = [
    ("for i in amounts return i * 2", [8, 16, 30]),
    ("for i in 1..3 return i", [1, 2, 3]),
    ("for i in 3..1 return i", [3, 2, 1]),
    ("for i in (a) - (b)..4 return i", [2, 3, 4]),
    ("for i in -1..1 return i", [-1, 0, 1]),
    ("for i in [1..3] return i", [1, 2, 3]),
    ("for i in ]1..3[ return i", [2]),
    ("for i in [3..1] return i", None),
    ('for i in "a".."c" return i', None),
    ("for i in 1.5..3 return i", None),
    ("for i in null return i", None),
    ("for i in 5 return i", [5]),
    ('for d in due..@"2026-04-01" return d', [date(2026, 3, 31), date(2026, 4, 1)]),
    ('for d in [@"2026-04-01"..@"2026-04-01"] return d.day', [1]),
    ("for i in 1..2, j in 1..2 return 10 * i + j", [11, 12, 21, 22]),
    ("for i in [[1, 2], [3]], j in i return j", [1, 2, 3]),
    ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", [1, 2, 6, 24]),
    ("for i in 1..3 return count(partial)", [0, 1, 2]),
    ("for my day in days in week return my day", ["mo", "tu"]),
    ("for i in [] return i", []),
    ("for i in 1..2 return for j in 1..i return j", [[1], [1, 2]]),
    ("(for i in 1..2 return i)[2]", 2),
    ("some x in amounts satisfies x > 10", True),
    ("some x in amounts satisfies x > 20", False),
    ("every x in amounts satisfies x > 3", True),
    ("every x in amounts satisfies x > 5", False),
    ("some x in [] satisfies true", False),
    ("every x in [] satisfies false", True),
    ("some x in [1, 2], y in [2, 3] satisfies x = y", True),
    ("some x in [1, null] satisfies x > 1", None),
    ("every x in [1, null] satisfies x > 1", False),
    ('every x in [1, 2] satisfies if x = 1 then true else "maybe"', None),
    ("some x in null satisfies x", None),
    ("some x in 5 satisfies x = 5", True),
    ("every x in 1..3 satisfies x < 4", True),
]
FUNCTIONS = [
    ("(function(x) x + 1)(2)", 3),
    ("(function(x, y) x - y)(y: 1, x: 3)", 2),
    ("(function(x, y) [x, y])(y: 1)", [None, 1]),
    ("(function(x) x)(z: 1)", None),
    ("(function(x) x)(1, 2)", None),
    ("(function() 1)()", 1),
    ("{f: function(x) x + 1, r: f(2)}.r", 3),
    ("{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(5)}.r", 120),
    ("{f: function(n) f(n), r: f(1)}.r", None),
    ("{add: function(x) function(y) x + y, r: add(1)(2)}.r", 3),
    ("{lib: {twice: function(f, x) f(f(x))}, r: lib.twice(function(x) x * 3, 2)}.r", 18),
    ("{a: 100, f: function(x) x + a}.f(1)", 101),
    ("(function(x: number) x)(\"no\")", None),
    ("(function(x: number) x)([1])", 1),
    ("(function(x: list<number>) x)(1)", [1]),
    ("(function(x: nonsense) x)(1)", 1),
    ("(function(first name, b) first name + b)(first name: 1, b: 2)", 3),
    ("{f: abs, r: f(-1)}.r", 1),
    ("{f: max, r: f(1, 3, 2)}.r", 3),
    ("{max: function(x) 0, r: max(5)}.r", 0),
    ("sort(amounts, function(x, y) x > y)", [15, 8, 4]),
    ("(function(x) external {java: {class: \"a\"}})(1)", None),
    ("5(1)", None),
    ("abs()", None),
    ("abs(1, 2)", None),
    ("abs(m: 1)", None),
    ("substring(string: \"foobar\", start position: 3)", "obar"),
    ("substring(start position: 3, string: \"foobar\", length: 2)", "ob"),
]
TYPES = [
    ("1 instance of number", True),
    ("1 instance of string", False),
    ("null instance of number", False),
    ("null instance of Any", False),
    ("1 instance of Any", True),
    ("[1] instance of list<number>", True),
    ("[1, \"a\"] instance of list<number>", False),
    ("[1] instance of list", None),
    ("1 instance of nonsense", None),
    ("{a: 1, b: 2} instance of context<a: number>", True),
    ("{a: 1} instance of context<a: number, b: string>", False),
    ("due instance of date", True),
    ("@\"2026-03-31T10:00:00\" instance of date and time", True),
    ("@\"P1Y\" instance of years and months duration", True),
    ("@\"P1D\" instance of days  and time duration and true", True),
    ("[1..2] instance of range<number>", True),
    ("(function(x: number) x) instance of function<number> -> Any", True),
    ("-1 instance of number", None),
    ("(-1) instance of number", True),
    ("1 + 1 instance of number", None),
    ("1 instance of number = true", True),
]
OTHERS = [
    # precedence and the reach of what ends in an expression
    ("1 + if true then 2 else 3 + 4", 3),
    ("(1 + if true then 2 else 3) * 2", 6),
    ("2 * -3", -6),
    ("2 ** -1", Decimal("0.5")),
    ("10 - 4 - 3", 3),
    ("1 < 2 and 2 < 3", True),
    ("a-b", 7),
    ("a - b", 7),
    ("(a)-(b)", 2),
    ("(a-b) - 1", 6),
    ("[1, 2] = [1, 2] and {a: 1} = {a: 1}", True),
    # literals
    ('"\\uD83D\\uDC0E" = "\\U01F40E"', True),
    ('string length("\\uD83D\\uDC0E")', 1),
    ('"a\\tb\\\'c"', "a\tb'c"),
    ('"two\nlines"', "two\nlines"),
    ('@"10:00:00"', time(10)),
    ('@"2026-03-31T10:00:00"', datetime(2026, 3, 31, 10)),  # noqa: DTZ001 - a local time is what is meant
    ('@"P1DT1H"', timedelta(days=1, hours=1)),
    ('@"P1Y2M"', "P1Y2M"),
    ("/* a\n b */ 1 // c\n + 1", 2),
    # calculating with time
    ('due + @"P1D"', date(2026, 4, 1)),
    ('due + @"P1M"', date(2026, 4, 30)),
    ('due - @"2026-03-01"', timedelta(days=30)),
    ('@"P1D" * 2 = @"P2D"', True),
    ('-@"P1D"', timedelta(days=-1)),
    # ranges as values
    ("[1..2] = [1..2]", True),
    ("(< 5) = (< 5)", True),
    ("3 in (< 5)", True),
    ("3 in [(< 2), (> 2)]", True),
    ("includes([1..3], 2)", True),
    # tests after in
    ("a in (> 6, [1..5])", True),
    ("a in (? > 4)", True),
    ("a in (? > 5, ? = 5)", True),
    ("a in [1, 5]", True),
    ("[1] in [[1], [2]]", True),
    ("{k: 1} in ({k: 2}, {k: 1})", True),
    ("a in (not(null))", False),
    # emoji and letters beyond
    ("{\U0001f40e: 1, r: \U0001f40e + 1}.r", 2),
    ("{ș: 1}.ș", 1),
]
TABLES = {
    "contexts": CONTEXTS, "paths": PATHS, "filters": FILTERS, "iterations": ITERATIONS, "functions": FUNCTIONS,
    "types": TYPES, "others": OTHERS,
}


ROWS = [pytest.param(*row, id=f"{name}: {row[0]}") for name, table in TABLES.items() for row in table]


@pytest.mark.parametrize(("text", "value"), ROWS)
def test_construct_comes_to(text: str, value: object) -> None:
    came = parse_expression(text, names=NAMES).evaluate(FACTS)
    assert came.value == value
    assert type(came.value) is type(value)
    assert value is not None or came.notes or "null" in text or ".b" in text


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("person.age = 17", True),
        ("person.height = 170", None),  # not known, so neither yes nor no
        ("person.height != 170", None),
        ("person.height = null", True),
        ("not(person.height = 170)", None),
        ("people[age > 5].name[1] = \"B\"", None),  # the age of C could change it
        ("count(people[age != null and age > 5]) = 1", True),
        ("some p in people satisfies p.age > 5", True),  # decided without C
        ("some p in people satisfies p.age > 50", None),
        ("every p in people satisfies p.age > 5", False),
        ("every p in people satisfies p.age > 1", None),
        ("for x in people return x.age", None),
        ("if person.height > 5 then true else true", None),
        ("absent.name = \"A\"", None),
        ("absent[1] = \"A\"", None),
        ("(some p in absent satisfies p = 1) or a = 5", True),
        ("{x: person.height, r: x != 5}.r", None),
        ("(function(h) h != 5)(person.height)", None),
        ("list contains(amounts, 4)", True),
        ("person.height in (5, 6)", None),
        ("amounts[9] != 4", None),
        ("due.hour != 4", None),
    ],
)
def test_what_is_missing_inside_never_counts_as_no(text: str, holds: bool | None) -> None:
    assert parse_expression(text).evaluate(FACTS).holds is holds


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("for i in 1..1000000 return i", "longer than is allowed"),
        ("for i in 1..300, j in 1..300 return 1", "longer than is allowed"),
        ("count(for i in 1..100 return for j in 1..5000 return 1)", "steps"),
        ("some i in 1..1000000000 satisfies i < 0", "steps"),
        ("{f: function(n) f(n + 1), r: f(1)}.r", "more deeply"),
        ("{f: function(n) g(n), g: function(n) f(n), r: f(1)}.r", "more deeply"),
        ("{f: function(n, x) if n = 0 then x else f(n - 1, [x, x]), r: f(30, 1)}.r", "steps"),
        ("for i in 1..5000 return [partial[-1]]", "more deeply"),
        ('for i in 1..30 return partial[-1] + partial[-1] + "a"', ""),
    ],
)
def test_every_construct_is_bounded(text: str, part: str) -> None:
    came = parse_expression(text).evaluate({})
    assert part == "" or (came.value is None and any(part in note for note in came.notes)), came


def test_recursion_goes_as_deep_as_the_limit_says() -> None:
    text = "{f: function(n) if n = 0 then 0 else 1 + f(n - 1), r: f(40)}.r"
    assert parse_expression(text).evaluate({}).value == 40
    assert parse_expression(text).evaluate({}, Limits(nesting=100)).value is None


def test_names_that_are_read_come_from_outside() -> None:
    text = "for i in xs, j in ys return {k: i + j + a, l: k}.l + partial[1] + f[item > b].c + (function(x) x + d)(1)"
    assert parse_expression(text).names == {"xs", "ys", "a", "f", "b", "d"}


def test_question_mark_is_the_value_before_in() -> None:
    assert parse_unary_tests("? in (> 3, ? = 1)").matches(1, {}).value is True
    assert parse_unary_tests("some x in [1, 2] satisfies x = ?").matches(2, {}).value is True


def test_moment_enters_with_the_evaluation() -> None:
    when = datetime.fromisoformat("2026-03-31T10:00:00+02:00")
    assert parse_expression("now().hour").evaluate({}, moment=when).value == 10
    assert parse_expression("today()").evaluate({}, moment=when).value == date(2026, 3, 31)
    assert parse_expression("today()").evaluate({}).value is None
