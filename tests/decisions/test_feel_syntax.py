"""What is not FEEL is refused with a sentence and the place."""

from __future__ import annotations

import pytest

from nrm.decisions.feel import FeelError, Limits, parse_expression, parse_unary_tests

REFUSED: list[tuple[str, int, str]] = [
    ("", 0, "empty"),
    ("   ", 0, "empty"),
    ("1 <", 3, "too early"),
    ("(1", 2, "too early"),
    ("a == 1", 3, 'single "="'),
    ("a = 'x'", 4, "sign"),
    ('"abc', 0, "not closed"),
    ("a b", 2, '"b" was not expected'),
    ("if a then 1", 11, "too early"),
    ("a.", 2, "too early"),
    ("a..b", 1, "not expected"),
    ("a # b", 2, "sign"),
    ("for x in y", 10, '"return" is missing'),
    ("for x return y", 6, '"in" was'),
    ("some x in y", 11, '"satisfies" is missing'),
    ("every x in [1] return x", 15, '"satisfies" was'),
    ("if a else b", 5, '"then" was'),
    ("a instance of", 13, "name of a type"),
    ("a instance of list<number", 18, "not closed"),
    ("{a 1}", 1, "not expected"),
    ("{a: 1", 5, "is missing"),
    ("{a: 1, }", 7, "not expected"),
    ("f(", 2, "is missing"),
    ("[1, 2", 5, 'closing "]" is missing'),
    ("function a", 9, "not expected"),
    ("function(a", 10, 'closing ")" is missing'),
    ("abs(n: 1, 2)", 10, "not expected"),
    ("some", 4, "too early"),
    ("foo(1)", 0, 'no function "foo"'),
    ("coutn([1])", 0, 'Did you mean "count"?'),
    ("{f: function(x) x, r: g(1)}", 22, 'no function "g"'),
    ("1..2", 1, "not expected"),
    ("[1, ]", 5, "too early"),
    ("?", 0, "table cell"),
    ("1 + ? > 2", 4, "table cell"),
    ("-", 1, "too early"),
    ("and", 0, "not expected"),
    ("1e9999", 0, "too large"),
    ('@"soon"', 1, "a date, a time or a duration"),
    ('@"2026-02-30"', 1, "a date"),
    ('"\\uD800"', 0, "no such character"),
    ("1\n+\n*", 4, "line 3"),
    ("a = = b", 4, 'single "="'),
    ("a[]", 2, "not expected"),
    ("x -> y", 3, "not expected"),
    ("a && b", 2, "sign"),
    ("true = True = ", 14, "early"),
]


@pytest.mark.parametrize(("text", "position", "part"), REFUSED)
def test_text_is_refused_at_its_place(text: str, position: int, part: str) -> None:
    with pytest.raises(FeelError) as refused:
        parse_expression(text)
    assert part in refused.value.sentence
    assert refused.value.position == position


@pytest.mark.parametrize("text", ["<", "1,", "not(", "1, , 2", "- 1 -", "<> 1", "1 2", "not(-)"])
def test_cell_is_refused(text: str) -> None:
    with pytest.raises(FeelError):
        parse_unary_tests(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "1" + ")" * 5_000,
        "-" * 9_000 + "a",
        "1" + "+1" * 2_000,
        "[" * 500 + "]" * 500,
        "not(" * 300 + "a" + ")" * 300,
        "if a then 1 else " * 300 + "1",
        "x" * 10_001,
    ],
)
def test_bombs_of_depth_and_length_are_refused(text: str) -> None:
    with pytest.raises(FeelError):
        parse_expression(text)


def test_long_but_flat_conditions_are_fine() -> None:
    text = " or ".join(f'fact = "v{n}"' for n in range(500))
    assert parse_expression(text).evaluate({"fact": "v499"}).value is True


def test_depth_is_a_setting() -> None:
    with pytest.raises(FeelError, match="nested too deeply"):
        parse_expression("1+1+1+1", limits=Limits(depth=3))


def test_error_knows_line_and_column() -> None:
    with pytest.raises(FeelError) as refused:
        parse_expression("a = 1\n  and b ==")
    assert (refused.value.line, refused.value.column) == (2, 10)
