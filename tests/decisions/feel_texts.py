"""Grows FEEL texts of every construct, mostly ones that can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

_T = TypeVar("_T")
LEAVES = (
    "a", "b", "absent", "xs", "person", "1", "0", "2.5", ".5", "1e3", "true", "false", "null", '"x"',
    '"ș\\n\\"\\U01F40E"',
    '@"2026-03-31"', '@"2026-03-31T10:00:00@Europe/Bucharest"', '@"10:00:00Z"', '@"P1DT2H"', '@"P1Y2M"', "[]", "{}",
    "[1, 2, 3]", '[{k: 1, full name: "x"}, {k: 2}]', '{k: 1, "l m": 2}', "abs", "(function(x) x + 1)", "[1..3]",
)
OPERATORS = ("+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in")
TYPES = (
    "number", "string", "date and time", "list<number>", "context<k: number, l m: string>", "range<date>",
    "function<number, string> -> boolean", "days and time duration", "Any", "nonsense",
)
FUNCTIONS = (
    "not", "count", "min", "max", "sum", "all", "any", "abs", "is defined", "string", "flatten", "distinct values",
    "reverse", "floor", "date", "duration", "string length", "upper case", "number", "get entries", "mean",
)
TWO = (
    "contains", "list contains", "append", "concatenate", "decimal", "modulo", "remove", "split", "matches",
    "before", "includes", "substring", "string join", "union", "sort", "get value", "time", "context put",
)
_FRAMES = (
    "({0})", "-{0}", "({0}).k", "{0}.start included", "{0}[{1}]", "{0}[item > {1}]", "({0})({1})", "f({0})", "< {0}",
    "[{0}, {1}]", "[{0}..{1}]", "]{0}..{1}[", "({0}..{1}]", "({0}) between {1} and {2}", "{0} in ({1}, < {2})",
    "{{k: {0}, my key: {1}}}", "{{k: {0}, l: k}}.l", "if {0} then {1} else {2}", "for i in {0} return {1}",
    "for i in {0}, j in [i] return {1}", "for i in 1..({0}) return {1}", "some x in {0} satisfies {1}",
    "every my x in {0} satisfies my x = {1}", "function(x, y: number) {0}", "(function(x, y) {0})({1}, {2})",
    "({0})(x: {1}, y: {2})", "{{f: function(n) if n = 0 then {0} else f(n - 1), r: f({1})}}.r", "/* c */ {0} // d\n",
    "for i in {0} return partial",
)


class Chance(Protocol):
    """What decides: a random generator, or hypothesis."""

    def choice(self, values: Sequence[_T], /) -> _T:
        """One of the values."""
        ...


def feel_text(chance: Chance, depth: int) -> str:
    """A text whose constructs lie up to ``depth`` inside one another."""
    if depth <= 0:
        return chance.choice(LEAVES)

    def inner() -> str:
        return feel_text(chance, depth - chance.choice((1, 1, 2)))

    makers: tuple[Callable[[], str], ...] = (
        lambda: f"{inner()} {chance.choice(OPERATORS)} {inner()}",
        lambda: f"({inner()}) {chance.choice(OPERATORS)} ({inner()})",
        lambda: f"{inner()} instance of {chance.choice(TYPES)}",
        lambda: f"{chance.choice(FUNCTIONS)}({inner()})",
        lambda: f"{chance.choice(TWO)}({inner()}, {inner()})",
        lambda: chance.choice(_FRAMES).format(inner(), inner(), inner()),
        lambda: chance.choice(_FRAMES).format(inner(), inner(), inner()),
    )
    return chance.choice(makers)()


def damaged(chance: Chance, text: str) -> str:
    """The text with a piece cut out, doubled or put elsewhere."""
    at, to, put = (chance.choice(range(len(text) + 1)) for _ in range(3))
    piece = text[min(at, to) : max(at, to)]
    return chance.choice((text.replace(piece, "", 1) if piece else text, text[:put] + piece + text[put:], text[at:to]))
