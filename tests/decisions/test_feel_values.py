"""What FEEL expressions come to: tables of text, context and value (DMN 1.5, clause 10.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

import pytest

from nrm.decisions.feel import Limits, parse_condition, parse_expression, parse_unary_tests


class Level(StrEnum):
    HIGH = "high"


FACTS: dict[str, object] = {
    "risk_level": "high",
    "is_child": "in_doubt",
    "missed": 2,
    "ok": True,
    "off": False,
    "due": date(2026, 3, 31),
    "price": 2.5,
    "several": ["a", "b"],
    "weird": object(),
    "when": datetime(2026, 3, 31, 10, tzinfo=UTC),
    "coded": Level.HIGH,
    "nothing": None,
}

VALUES: list[tuple[str, object]] = [
    # literals
    ("1", 1),
    ("-1", -1),
    ("0.5", Decimal("0.5")),
    (".5", Decimal("0.5")),
    ("1e3", 1000),
    ("2.0", 2),
    ('"a"', "a"),
    ('"a\\"b"', 'a"b'),
    ('"\\u0219i"', "și"),
    ('"\\n"', "\n"),
    ('"\\d"', "\\d"),
    ("true", True),
    ("false", False),
    ("null", None),
    ("[]", []),
    ("[1, [2]]", [1, [2]]),
    ('date("2026-03-31")', date(2026, 3, 31)),
    ('@"2026-03-31"', date(2026, 3, 31)),
    ("date(2026, 3, 31)", date(2026, 3, 31)),
    ("/* a */ 1 // b", 1),
    # arithmetic
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("10 - 2 - 3", 5),
    ("2 ** 3 ** 2", 64),
    ("-5 ** 2", 25),
    ("6 / 4", Decimal("1.5")),
    ("0.1 + 0.2", Decimal("0.3")),
    ("1 / 0", None),
    ("2 ** 9999999", None),
    ('"a" + "b"', "ab"),
    ('"a" + 1', None),
    ("true + 1", None),
    ("price * 2", 5),
    ("--1", 1),
    ("-null", None),
    ("1 / 3 * 3", Decimal("0.9999999999999999999999999999999999")),
    ("9999999999999999999999999999999999 + 1", Decimal("1E+34")),
    # comparison and null
    ("1 = 1.0", True),
    ('"a" != "b"', True),
    ("null = null", True),
    ("null != null", False),
    ("1 = null", False),
    ("1 != null", True),
    ('1 = "1"', None),
    ("true = 1", None),
    ("1 < 2", True),
    ('"a" < "b"', True),
    ("2 <= 2", True),
    ("null < 1", None),
    ("true < false", None),
    ("[1, 2] = [1, 2]", True),
    ("[1] = [1, 2]", False),
    ("[[1..2]] = [[1..2]]", True),
    ('due < date("2026-04-01")', True),
    ('due >= date("2026-03-31")', True),
    ('due = "2026-03-31"', None),
    ('coded = "high"', True),
    # logic with three values
    ("true and true", True),
    ("true and null", None),
    ("false and null", False),
    ("null and false", False),
    ("true or null", True),
    ("null or null", None),
    ("false or false", False),
    ("true or false and false", True),
    ("not(true)", False),
    ("not(null)", None),
    ('not("a")', None),
    ("ok and not(off)", True),
    ('ok and "x"', None),
    # in, between, ranges
    ("2 between 1 and 3", True),
    ("2 between 1 and 3 and false", False),
    ("null between 1 and 2", None),
    ("1 in [1..3]", True),
    ("1 in ]1..3]", False),
    ("3 in [1..3[", False),
    ("1 in (1..3)", False),
    ("3 in (1..3]", True),
    ("missed in (1, 2)", True),
    ("missed in (< 1, > 1)", True),
    ("missed in (< 1)", False),
    ("missed in > 1", True),
    ('risk_level in ("medium", "high")', True),
    ('risk_level in ["medium", "low"]', False),
    ("1 in [[1..3], 7]", True),
    ("7 in [[1..3], 7]", True),
    ("1 in []", False),
    ("null in (1, null)", True),
    ('"a" in [1..2]', None),
    ("missed in (missed - 1, missed)", True),
    # if
    ("if ok then 1 else 2", 1),
    ("if off then 1 else 2", 2),
    ("if null then 1 else 2", 2),
    ('if missed > 1 then "many" else if missed = 1 then "one" else "none"', "many"),
    # functions
    ('contains("abc", "b")', True),
    ('starts with("abc", "a")', True),
    ('ends with("abc", "a")', False),
    ('contains("abc", null)', None),
    ("count([1, null])", 2),
    ("count(null)", None),
    ("min(3, 1, 2)", 1),
    ("max([3, 1, 2])", 3),
    ('max("a", "b")', "b"),
    ("max([])", None),
    ('min(1, "a")', None),
    ("sum([1, 2.5])", Decimal("3.5")),
    ("sum(1, 2)", 3),
    ("sum([])", None),
    ("sum([1, null])", None),
    ("list contains([1, 2], 2)", True),
    ("list  contains ([1, null], null)", True),
    ("list contains(null, 1)", None),
    ("all([true, false])", False),
    ("any([false, true])", True),
    ("all([true, null])", None),
    ("any([])", False),
    ("abs(-2)", 2),
    ('abs("a")', None),
    ('string length("și")', 2),
    ('date("2026-02-30")', None),
    ("date(2026, 13, 1)", None),
    ('date("20260331")', None),
    ("date(when)", date(2026, 3, 31)),
    ("is defined(ok)", True),
    ("is defined(absent)", False),
    # the context
    ("risk_level", "high"),
    ("several", ["a", "b"]),
    ("absent", None),
    ("nothing", None),
    ("weird", None),
    ('list contains(several, "b")', True),
    ("[1..2]", "[1..2]"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_expression_comes_to(text: str, value: object) -> None:
    came = parse_expression(text).evaluate(FACTS)
    assert came.value == value
    assert type(came.value) is type(value) or isinstance(value, str)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("absent", ("absent is not known",)),
        ("nothing = 1", ("nothing is not known",)),
        ("weird", ("weird has a kind of value that expressions cannot read",)),
        ('1 < "a"', ("< cannot compare number with string",)),
        ('"a" * 2', ("* cannot be worked out on string and number",)),
        ("1 / 0", ("/ cannot be worked out on number and number",)),
        ('date("soon")', ('date() needs a date such as "2026-03-31"',)),
        ("if null then 1 else 2", ("if needs true or false, not null; the else part was taken",)),
    ],
)
def test_null_comes_with_a_note_that_holds_no_value(text: str, notes: tuple[str, ...]) -> None:
    assert parse_expression(text).evaluate(FACTS).notes == notes


@pytest.mark.parametrize(
    ("text", "holds", "unknown"),
    [
        ('risk_level = "high"', True, set()),
        ('absent = "yes"', None, {"absent"}),
        ('absent != "yes"', None, {"absent"}),
        ("absent = null", True, set()),
        ("null != absent", False, set()),
        ("is defined(absent)", False, set()),
        ('absent = null or absent = "yes"', True, set()),
        ('absent != null and absent = "yes"', False, set()),
        ('absent = "yes" or risk_level = "high"', True, set()),
        ('risk_level = "high" or absent = "yes"', True, set()),
        ('absent = "yes" and risk_level = "low"', False, set()),
        ('absent = "yes" and risk_level = "high"', None, {"absent"}),
        ('absent != "yes" or other = "x"', None, {"absent", "other"}),
        ('not(absent = "yes")', None, {"absent"}),
        ('absent in ("yes", "no")', None, {"absent"}),
        ('absent in ("yes", null)', True, set()),
        ("if absent = 1 then true else true", None, {"absent"}),
        ("risk_level", None, set()),
        ("absent", None, {"absent"}),
        ("ok", True, set()),
    ],
)
def test_a_condition_holds_only_if_no_unknown_fact_could_change_it(
    text: str, holds: bool | None, unknown: set[str]
) -> None:
    came = parse_expression(text).evaluate(FACTS)
    assert (came.holds, set(came.unknown)) == (holds, unknown)


def test_what_was_read_is_reported_even_where_it_did_not_matter() -> None:
    came = parse_expression('absent = "yes" or ok').evaluate(FACTS)
    assert came.read == {"absent", "ok"}
    assert parse_expression("absent = ok or missed > 1").names == {"absent", "ok", "missed"}


def test_form_condition_may_start_with_an_equals_sign() -> None:
    assert parse_condition(" =missed > 1").evaluate(FACTS).value is True
    assert parse_condition("missed > 1").evaluate(FACTS).value is True


def test_names_with_spaces_are_read_where_they_are_in_scope() -> None:
    expression = parse_expression('Full  Name = "x" and age-group > 1', names=["Full Name", "age-group"])
    assert expression.names == {"Full Name", "age-group"}
    assert expression.evaluate({"Full Name": "x", "age-group": 2}).value is True


CELLS: list[tuple[str, object, bool]] = [
    ("-", None, True),
    ("", 1, True),
    ("-", "x", True),
    ('"a"', "a", True),
    ('"a","b"', "b", True),
    ('"a","b"', "c", False),
    ('not("a","b")', "c", True),
    ('not("a")', "a", False),
    ("< 18", 17, True),
    ("< 18", 18, False),
    (">= 1, null", None, True),
    ("[1..3]", 3, True),
    ("]1..3[", 3, False),
    ("-1", -1, True),
    ("!= 2", 3, True),
    ("= 2", 2, True),
    ("true", True, True),
    ("false", True, False),
    ("not(true)", False, True),
    ('date("2026-01-01")', date(2026, 1, 1), True),
    ('< date("2026-01-01")', date(2025, 1, 1), True),
    ("? > 3", 4, True),
    ("? > 3 and ? < 5", 5, False),
    ('contains(?, "b")', "abc", True),
    ("not(? > 3)", 3, True),
    ("[1, 2]", 2, True),
    ("missed", 2, True),
    ("> missed", 3, True),
    ('"a"', 1, False),
    ('not("a")', 1, False),
    ("not(ok) ", False, True),
    ("not(ok), 5", 5, True),
    # what is not known passes only where the cell asks for that
    ('"a"', None, False),
    ('not("a")', None, False),
    ("< 18", None, False),
    ("[1..3]", None, False),
    ("true", None, False),
    ("? != 3", None, False),
    ("not(? = 3)", None, False),
    ("null", None, True),
    ("null", 1, False),
    ("not(null)", None, False),
    ("not(null)", 1, True),
    ("? = null", None, True),
    ("? != null", None, False),
    ("not(is defined(?))", None, True),
]


@pytest.mark.parametrize(("cell", "value", "passes"), CELLS)
def test_table_cell_passes(cell: str, value: object, passes: bool) -> None:
    assert parse_unary_tests(cell).matches(value, FACTS).value is passes


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("[1, 2, 3]", Limits(items=2)),
        ("1 + 1 + 1 + 1", Limits(steps=2)),
        ('"aaaa" + "bbbb"', Limits(characters=5)),
        ("several", Limits(items=1)),
    ],
)
def test_reaching_a_limit_is_null_with_a_note(text: str, limits: Limits) -> None:
    came = parse_expression(text).evaluate(FACTS, limits)
    assert came.value is None
    assert len(came.notes) == 1


def test_a_list_named_many_times_costs_its_length_each_time() -> None:
    text = "[" + ", ".join(["several"] * 30) + "]"
    assert parse_expression(text).evaluate({"several": [1] * 10_000}).value is None
