"""The values that tell the rules of a column apart: all of an enum, or one from each stretch of a number
line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from nrm.decisions.dmn.model import InputColumn
from nrm.decisions.feel import UnaryTests
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.checks import Known

OTHER = "something else"
_LITERAL_KINDS = (s.Literal, s.RangeOf, s.ListOf, s.CompareTest, s.ValueTest, s.Negation, s.Tests)


@dataclass(frozen=True, slots=True)
class Domain:
    """``values``: representatives, null last. ``accepts``: for each rule the places of the values that pass.

    ``exact``: the values stand for everything the input can be. Where a column is not exact, two cells count
    as meeting only if they are written alike or one is ``-``, so that no false overlap is reported.
    """

    values: tuple[object, ...]
    accepts: tuple[frozenset[int], ...]
    exact: bool
    tests: tuple[UnaryTests, ...]

    def common(self, first: int, second: int) -> list[object]:
        """Values that pass both cells, those that are known first."""
        if self.exact:
            return [self.values[place] for place in sorted(self.accepts[first] & self.accepts[second])]
        one, two = self.tests[first], self.tests[second]
        alike = one.text == two.text or one.any_value or two.any_value
        return [OTHER] if alike else []

    def hides(self, first: int, second: int) -> bool:
        """Whether everything that passes the second cell also passes the first."""
        if self.exact:
            return self.accepts[second] <= self.accepts[first]
        return self.tests[first].any_value or self.tests[first].text == self.tests[second].text


def domain_of(column: InputColumn, tests: list[UnaryTests], known: Known) -> Domain:
    """The domain of an input column, from the dictionary, its allowed values, or what its cells mention."""
    decidable = all(_decidable(test) for test in tests)
    values = _representatives(column, tests, known) if decidable else ()
    exact = bool(values) and decidable
    values = (*values, None)
    accepts = tuple(
        frozenset(place for place, value in enumerate(values) if test.matches(value, {}).value is True)
        for test in tests
    ) if exact else ()
    return Domain(values, accepts, exact, tuple(tests))


def _decidable(test: UnaryTests) -> bool:
    return all(isinstance(node, _LITERAL_KINDS) or _date_of(node) for node in s.walk(test.tree))


def _date_of(node: s.Node) -> date | None:
    """The day of ``date("2026-03-31")``; ``None`` for everything else."""
    if isinstance(node, s.Call) and node.function == "date" and len(node.arguments) == 1:
        text = node.arguments[0]
        if isinstance(text, s.Literal) and isinstance(text.value, str):
            try:
                return date.fromisoformat(text.value)
            except ValueError:
                return None
    return None


def _representatives(column: InputColumn, tests: list[UnaryTests], known: Known) -> tuple[object, ...]:
    if known.values:
        return known.values
    if known.kind == "boolean" or column.type == "boolean":
        return (True, False)
    allowed = _mentioned(column.allowed) if column.allowed and not column.allowed.negated else []
    if allowed and all(isinstance(value, str) for value in allowed):
        return tuple(dict.fromkeys(allowed))
    mentioned = [value for test in tests for value in _mentioned(test) if value is not None]
    return _from_cells(mentioned, known.whole)


def _from_cells(mentioned: list[object], whole: bool) -> tuple[object, ...]:
    """Representatives for a column of which only its cells are known; empty if they are of mixed kinds."""
    kinds = {type(value) for value in mentioned}
    if kinds == {bool}:
        return (True, False)
    if kinds and kinds <= {int, Decimal}:
        return _stretches(mentioned, whole)
    if kinds == {date}:
        return _days(mentioned)
    return () if kinds - {str} else (*dict.fromkeys(mentioned), OTHER)


def _mentioned(tests: UnaryTests) -> list[object]:
    """The literal values in a cell, dates as dates."""
    found: list[object] = []
    waiting: list[s.Node] = [tests.tree]
    while waiting:
        node = waiting.pop()
        day = _date_of(node)
        if day is not None:
            found.append(day)
        elif isinstance(node, s.Literal):
            found.append(node.value)
        else:
            waiting.extend(node.children())
    return found


def _stretches(mentioned: list[object], whole: bool) -> tuple[object, ...]:
    """Each number mentioned, one between each two, one below and one above."""
    points = sorted({Decimal(value) for value in mentioned if isinstance(value, (int, Decimal))})
    found = [points[0] - 1]
    for one, following in zip(points, [*points[1:], None], strict=True):
        found.append(one)
        if following is None:
            found.append(one + 1)
        elif not whole:
            found.append((one + following) / 2)
        elif following - one > 1:
            found.append(one + 1)
    return tuple(int(value) if value == value.to_integral_value() else value for value in found)


def _days(mentioned: list[object]) -> tuple[object, ...]:
    points = sorted({value for value in mentioned if isinstance(value, date)})
    near = {day + timedelta(days=step) for day in points for step in (-1, 0, 1) if date.min < day < date.max}
    return tuple(sorted(near))
