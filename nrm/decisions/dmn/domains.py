"""The values that tell the rules of a column apart: all of an enum, or one from each stretch of a number
line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from nrm.decisions.dmn.tables import InputColumn
from nrm.decisions.feel import DEFAULT, Expression, UnaryTests
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.checks import Known
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.temporal import Date, date_of_number
from nrm.decisions.feel.values import Value, is_number, kind

OTHER = "something else"
_VARYING = (s.Name, s.Input, s.Invocation, s.FunctionOf)
_NOT_CONSTANT = ("now", "today")


@dataclass(frozen=True, slots=True)
class Domain:
    """``values``: representatives, null last. ``accepts``: for each rule the places of the values that pass.

    ``exact``: the values stand for everything the input can be. Where a column is not exact, two cells count
    as meeting only if they are written alike or one is ``-``, so that no false overlap is reported.
    """

    values: tuple[Value, ...]
    accepts: tuple[frozenset[int], ...]
    exact: bool
    tests: tuple[UnaryTests, ...]

    def common(self, first: int, second: int) -> list[Value]:
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


def domain_of(column: InputColumn, tests: Sequence[UnaryTests], known: Known) -> Domain:
    """The domain of an input column, from the dictionary, its allowed values, or what its cells mention."""
    decidable = all(_constant(node) for test in tests for node in test.tree.tests)
    values = _representatives(column, tests, known) if decidable else ()
    exact = bool(values)
    values = (*values, None)
    accepts = tuple(
        frozenset(place for place, value in enumerate(values) if test.matches(value, {}).value is True)
        for test in tests
    ) if exact else ()
    return Domain(values, accepts, exact, tuple(tests))


def _constant(node: s.Node) -> bool:
    """Whether it comes to the same whatever is asked."""
    return not any(
        isinstance(one, _VARYING) or (isinstance(one, s.Call) and one.function in _NOT_CONSTANT)
        for one in s.walk(node)
    )


def _representatives(column: InputColumn, tests: Sequence[UnaryTests], known: Known) -> tuple[Value, ...]:
    if known.values:
        return known.values
    if known.kind == "boolean" or column.type == "boolean":
        return (True, False)
    allowed = _mentioned(column.allowed) if column.allowed and not column.allowed.negated else []
    if allowed and all(isinstance(value, str) for value in allowed):
        return tuple(dict.fromkeys(value for value in allowed if isinstance(value, str)))
    mentioned = [value for test in tests for value in _mentioned(test) if value is not None]
    return _from_cells(mentioned, known.whole, any(_compares(test) for test in tests))


def _compares(tests: UnaryTests) -> bool:
    """Whether a cell asks for an order, which lists of single texts say nothing about."""
    return any(isinstance(node, (s.CompareTest, s.RangeOf, s.OneSided)) for node in s.walk(tests.tree))


def _from_cells(mentioned: Sequence[Value], whole: bool, compares: bool) -> tuple[Value, ...]:
    """Representatives for a column of which only its cells are known; empty where they do not say enough."""
    kinds = {kind(value) for value in mentioned}
    if kinds == {"boolean"}:
        return (True, False)
    if kinds == {"number"}:
        return _stretches(mentioned, whole)
    if kinds == {"date"}:
        return _days(mentioned)
    texts = [value for value in mentioned if isinstance(value, str)]
    return () if kinds - {"string"} or compares else (*dict.fromkeys(texts), OTHER)


def _mentioned(tests: UnaryTests) -> list[Value]:
    """The single values that a cell names, the ends of its ranges and the items of its lists among them."""
    found: list[Value] = []
    waiting: list[s.Node] = [tests.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (s.Tests, s.CompareTest, s.ValueTest, s.RangeOf, s.OneSided, s.ListOf)):
            waiting.extend(node.children())
        elif _constant(node):
            found.append(Expression("", node).within(Running({}, DEFAULT)))
        else:
            found.append(())  # neither a number nor a text: its column is not analysed
    return found


def _stretches(mentioned: Sequence[Value], whole: bool) -> tuple[Value, ...]:
    """Each number mentioned, one between each two, one below and one above."""
    points = sorted({Decimal(value) for value in mentioned if is_number(value)})
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


def _days(mentioned: Sequence[Value]) -> tuple[Value, ...]:
    """Each day mentioned, the day before and the day after."""
    numbers = {value.number for value in mentioned if isinstance(value, Date)}
    near = sorted({number + step for number in numbers for step in (-1, 0, 1)})
    return tuple(day for number in near if (day := date_of_number(number)) is not None)
