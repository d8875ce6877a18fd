"""Printing a tree and reading it again gives the same tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nrm.decisions.feel import FeelError, parse_expression, parse_unary_tests
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.printing import printed
from tests.decisions.feel_texts import feel_text

_T = TypeVar("_T")
NAMES = ["f", "full name", "a-b"]

TEXTS = [
    ("(1 + 2) * 3", "(1 + 2) * 3"),
    ("1 + (2 * 3)", "1 + 2 * 3"),
    ("1 - (2 - 3)", "1 - (2 - 3)"),
    ("(1 - 2) - 3", "1 - 2 - 3"),
    ("2 ** (3 ** 2)", "2 ** (3 ** 2)"),
    ("(-2) ** 2", "-2 ** 2"),
    ("-(2 ** 2)", "-(2 ** 2)"),
    ("(a and b) or c", "a and b or c"),
    ("a and (b or c)", "a and (b or c)"),
    ("(a or b) or c", "(a or b) or c"),
    ("a in (1)", "a in 1"),
    ("a in (< 1)", "a in < 1"),
    ("a in (1, > 2)", "a in (1, > 2)"),
    ("]1..2[", "(1 .. 2)"),
    ('{"a": 1, "a b": 2, if: 3}', '{a: 1, "a b": 2, "if": 3}'),
    ("a - b", "a - b"),
    ("(a)-(b)", "a - b"),
    ("full   name", "full name"),
    ("xs[1].a  b", "xs[1].a b"),
    ("(if a then b else c) + 1", "(if a then b else c) + 1"),
    ("if a then b else c + 1", "if a then b else c + 1"),
    ("(function(x) x)(1)", "(function(x) x)(1)"),
    ('date("2026-03-31")', 'date("2026-03-31")'),
    ("(a.b)(x: 1)", "a.b(x: 1)"),
    ("x instance of list< number >", "x instance of list< number >"),
    ("[< 5, (> 6)]", "[< 5, > 6]"),
    ('"\\u0219\\"\\\\\\n"', '"ș\\"\\\\\\n"'),
    ("1.50", "1.5"),
]


@pytest.mark.parametrize(("text", "again"), TEXTS)
def test_expression_prints_as(text: str, again: str) -> None:
    tree = parse_expression(text, names=["full name"]).tree
    assert printed(tree) == again
    assert shape(parse_expression(again, names=["full name"]).tree) == shape(tree)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("", "-"),
        ("-", "-"),
        ("not(1,2)", "not(1, 2)"),
        ("<1,[1..2],?>3", "< 1, [1 .. 2], ? > 3"),
        ("not(?>3), null", "not(? > 3), null"),
    ],
)
def test_cell_prints_as(text: str, again: str) -> None:
    tree = parse_unary_tests(text).tree
    assert printed(tree) == again
    assert shape(parse_unary_tests(again).tree) == shape(tree)


class Drawn:
    """Lets hypothesis decide."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def choice(self, values: Sequence[_T], /) -> _T:
        """One of the values."""
        return self.data.draw(st.sampled_from(values))


@given(st.data(), st.integers(0, 4))
@settings(max_examples=300, deadline=None)
def test_any_tree_survives_printing(data: st.DataObject, depth: int) -> None:
    text = feel_text(Drawn(data), depth)
    try:
        tree = parse_expression(text, names=NAMES).tree
    except FeelError:
        assume(False)
    again = printed(tree)
    assert shape(parse_expression(again, names=NAMES).tree) == shape(tree), again
    assert printed(parse_expression(again, names=NAMES).tree) == again


def shape(node: object) -> object:
    """The tree without places."""
    if isinstance(node, tuple):
        return tuple(shape(each) for each in node)
    if not isinstance(node, s.Node):
        return repr(node.normalize() if isinstance(node, Decimal) else node)
    parts = (shape(getattr(node, each.name)) for each in fields(node) if each.name not in ("at", "depth"))
    return type(node).__name__, *parts
