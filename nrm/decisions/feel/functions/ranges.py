"""How points and ranges lie to each other (DMN 1.5, table 78)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions.signatures import Function, Plain, function
from nrm.decisions.feel.kinds import Interval, Value
from nrm.decisions.feel.operators import ordered


class _IncomparableError(Exception):
    """Two ends are of different kinds, or null."""


@dataclass(frozen=True, slots=True)
class _End:
    """An end of a range. ``beside``: 0 at the value, 1 just after it, -1 just before it (an open end);
    ``beyond``: 1 or -1 where the range has no bound on that side.
    """

    value: Value
    beside: int = 0
    beyond: int = 0

    def against(self, other: _End) -> int:
        """-1, 0 or 1 as this end lies before, at or after the other."""
        if self.beyond or other.beyond:
            return (self.beyond > other.beyond) - (self.beyond < other.beyond)
        less, more = ordered("<", self.value, other.value), ordered(">", self.value, other.value)
        if less is None or more is None:
            raise _IncomparableError
        if less or more:
            return -1 if less else 1
        return (self.beside > other.beside) - (self.beside < other.beside)


@dataclass(frozen=True, slots=True)
class _Span:
    start: _End
    end: _End


def _span(value: Value) -> _Span:
    """A point is the range that holds it alone."""
    if not isinstance(value, Interval):
        return _Span(_End(value), _End(value))
    start = _End(value.low, 0 if value.low_included else 1)
    end = _End(value.high, 0 if value.high_included else -1)
    if value.one_sided:
        return _Span(_End(None, 0, -1), end) if value.low is None else _Span(start, _End(None, 0, 1))
    return _Span(start, end)


def _before(a: _Span, b: _Span) -> bool:
    return a.end.against(b.start) < 0


def _meets(a: _Span, b: _Span) -> bool:
    return a.end.against(b.start) == 0 and a.end.beside == 0 == b.start.beside and not a.end.beyond


def _overlaps(a: _Span, b: _Span) -> bool:
    return not _before(a, b) and not _before(b, a)


def _overlaps_before(a: _Span, b: _Span) -> bool:
    return a.start.against(b.start) < 0 <= a.end.against(b.start) and a.end.against(b.end) <= 0


def _finishes(a: _Span, b: _Span) -> bool:
    return a.end.against(b.end) == 0 and a.start.against(b.start) >= 0


def _includes(a: _Span, b: _Span) -> bool:
    return a.start.against(b.start) <= 0 <= a.end.against(b.end)


def _starts(a: _Span, b: _Span) -> bool:
    return a.start.against(b.start) == 0 and a.end.against(b.end) <= 0


def _coincides(a: _Span, b: _Span) -> bool:
    return a.start.against(b.start) == 0 == a.end.against(b.end)


def _told(name: str, relation: Callable[[_Span, _Span], bool], *, turned: bool = False) -> Plain:
    def body(running: Running, first: Value, second: Value) -> Value:
        a, b = (second, first) if turned else (first, second)
        try:
            if first is not None and second is not None:
                return relation(_span(a), _span(b))
        except _IncomparableError:
            pass
        running.note(f"{name}() needs points and ranges of one kind")
        return None

    return body


_ANY = ("point1: any, point2: any", "point: any, range: any", "range: any, point: any", "range1: any, range2: any")
_RANGES = ("range1: range, range2: range",)
_IN_RANGE = ("point: any, range: range", "range1: any, range2: range")
_RANGE_OF = ("range: range, point: any", "range1: range, range2: any")
_ALIKE = ("point1: any, point2: any", "range1: any, range2: any")


def _relation(
    name: str, signatures: tuple[str, ...], relation: Callable[[_Span, _Span], bool], *, turned: bool = False
) -> Function:
    body = _told(name, relation, turned=turned)
    return function(name, "boolean", *((signature, body) for signature in signatures))


RANGES = (
    _relation("before", _ANY, _before),
    _relation("after", _ANY, _before, turned=True),
    _relation("meets", _RANGES, _meets),
    _relation("met by", _RANGES, _meets, turned=True),
    _relation("overlaps", _RANGES, _overlaps),
    _relation("overlaps before", _RANGES, _overlaps_before),
    _relation("overlaps after", _RANGES, _overlaps_before, turned=True),
    _relation("finishes", _IN_RANGE, _finishes),
    _relation("finished by", _RANGE_OF, _finishes, turned=True),
    _relation("includes", _RANGE_OF, _includes),
    _relation("during", _IN_RANGE, _includes, turned=True),
    _relation("starts", _IN_RANGE, _starts),
    _relation("started by", _RANGE_OF, _starts, turned=True),
    _relation("coincides", _ALIKE, _coincides),
)
