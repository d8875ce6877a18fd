"""Equality, order, ranges and arithmetic of FEEL values (DMN 1.5, tables 52 to 62); ``None`` where none is
defined.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable
from decimal import Decimal, DecimalException
from typing import Any, TypeAlias

from nrm.decisions.feel.decimals import ARITHMETIC, Number, calculated, is_number
from nrm.decisions.feel.kinds import Interval, Value, kind
from nrm.decisions.feel.temporal import (
    DAY,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    date_of_number,
    moment_of,
    months,
    months_later,
    span,
)

_Rule: TypeAlias = Callable[[Any, Any], Value]
_ORDERED = frozenset(
    {"number", "string", "date", "time", "date and time", "days and time duration", "years and months duration"}
)


_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": python.lt, "<=": python.le, ">": python.gt, ">=": python.ge,
}
_NATURAL = frozenset({bool, int, Decimal, str, Date, DaysTime, YearsMonths})
"""Classes whose own equality and order are FEEL's; asked first, since most values are of these."""


def equal(left: Value, right: Value) -> bool | None:
    """FEEL ``=`` (tables 52, 53): null equals only null; values of different kinds compare to null."""
    if left is None or right is None:
        return left is right
    if type(left) is type(right) and type(left) in _NATURAL:
        return left == right
    of = kind(left)
    if of != kind(right):
        return None
    special = _EQUALITIES.get(of)
    return special(left, right) if special else bool(left == right)


def _all_equal(pairs: Iterable[tuple[Value, Value]]) -> bool | None:
    """False where a pair differs, null where one cannot be compared."""
    told = True
    for left, right in pairs:
        answer = equal(left, right)
        if answer is False:
            return False
        told = told and answer is True
    return True if told else None


def _lists_equal(left: tuple[Value, ...], right: tuple[Value, ...]) -> bool | None:
    if len(left) != len(right):
        return False
    return left is right or _all_equal(zip(left, right, strict=True))


def _contexts_equal(left: dict[str, Value], right: dict[str, Value]) -> bool | None:
    if left.keys() != right.keys():
        return False
    return left is right or _all_equal((value, right[key]) for key, value in left.items())


def _ranges_equal(left: Interval, right: Interval) -> bool | None:
    if (left.low_included, left.high_included) != (right.low_included, right.high_included):
        return False
    return _all_equal(((left.low, right.low), (left.high, right.high)))


def _instants_equal(left: Value, right: Value) -> bool:
    a, b = _comparable(left, right)
    return bool(a == b)


_EQUALITIES: dict[str, Callable[[Any, Any], bool | None]] = {
    "list": _lists_equal, "context": _contexts_equal, "range": _ranges_equal,
    "time": _instants_equal, "date and time": _instants_equal,
}


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """What orders the two: for times their instants, a local one being taken in the zone of the other."""
    if isinstance(left, DateTime):
        a, b = left.time.zone, right.time.zone
        if a is None or b is None:
            zoned = (DateTime(each.date, Time(each.time.nanoseconds, b if a is None else a)) for each in (left, right))
            return tuple(each.local if a is b else each.instant for each in zoned)  # type: ignore[return-value]
        return left.instant, right.instant
    if isinstance(left, Time):
        if left.zone is None or right.zone is None:
            return left.nanoseconds, right.nanoseconds
        return left.instant, right.instant
    return left, right


def ordered(operator: str, left: Value, right: Value) -> bool | None:
    """FEEL ``< <= > >=`` (table 54) on two numbers, strings or temporal values of one kind; null for all
    else.
    """
    if type(left) is type(right) and type(left) in _NATURAL and type(left) is not bool:
        return bool(_ORDERS[operator](left, right))
    of = kind(left)
    if of != kind(right) or of not in _ORDERED:
        return None
    return bool(_ORDERS[operator](*_comparable(left, right)))


def compared(operator: str, left: Value, right: Value) -> bool | None:
    """Any of the six comparison operators."""
    if operator in ("=", "!="):
        same = equal(left, right)
        return same if operator == "=" or same is None else not same
    return ordered(operator, left, right)


def inside(value: Value, interval: Interval) -> bool | None:
    """Whether the value lies in the range; null when one end cannot be compared with it."""
    if interval.one_sided and interval.low is None:
        return ordered("<=" if interval.high_included else "<", value, interval.high)
    above = ordered(">=" if interval.low_included else ">", value, interval.low)
    if interval.one_sided:
        return above
    below = ordered("<=" if interval.high_included else "<", value, interval.high)
    if above is None or below is None:
        return None
    return above and below


def negated(value: Value) -> Value:
    """``-value`` (table 62): of a number or a duration."""
    if is_number(value):
        return -value
    if isinstance(value, DaysTime):
        return DaysTime(-value.nanoseconds)
    return YearsMonths(-value.months) if isinstance(value, YearsMonths) else None


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """``+ - * / **`` (tables 56 to 60); ``None`` for other kinds, zero divisors and what is out of range."""
    if is_number(left) and is_number(right):
        return calculated(operator, left, right)
    if operator == "-":
        rule = _DIFFERENCES.get((kind(left), kind(right)))
        if rule is None:
            return _sum_of(left, negated(right)) if isinstance(right, (DaysTime, YearsMonths)) else None
        return rule(left, right)
    if operator == "+":
        return _sum_of(left, right)
    rule = (_PRODUCTS if operator == "*" else _QUOTIENTS).get((kind(left), kind(right)))
    return rule(left, right) if rule and operator in "*/" else None


def _sum_of(left: Value, right: Value) -> Value:
    rule = _SUMS.get((kind(left), kind(right)))
    if rule is not None:
        return rule(left, right)
    swapped = _SUMS.get((kind(right), kind(left)))
    return swapped(right, left) if swapped else None


def _date_later(date: Date, by: DaysTime) -> Value:
    return date_of_number((date.number * DAY + by.nanoseconds) // DAY)


def _moment_later(moment: DateTime, by: DaysTime) -> Value:
    return moment_of(moment.instant + by.nanoseconds, moment.time.zone)


def _moment_months_later(moment: DateTime, by: YearsMonths) -> Value:
    date = months_later(moment.date, by.months)
    return None if date is None else DateTime(date, moment.time)


def _midnight(value: Date | DateTime) -> DateTime:
    """A date counts as its midnight in UTC."""
    return value if isinstance(value, DateTime) else DateTime(value, Time(0, 0))


def _between_moments(left: Date | DateTime, right: Date | DateTime) -> Value:
    a, b = _midnight(left), _midnight(right)
    if (a.time.zone is None) != (b.time.zone is None):
        return None
    return span(a.instant - b.instant)


def _between_times(left: Time, right: Time) -> Value:
    if (left.zone is None) != (right.zone is None):
        return None
    return span(left.instant - right.instant)


def _scaled(count: int, by: Number, operator: str) -> int | None:
    """A count of nanoseconds or months times or over a number, towards zero."""
    try:
        operation = ARITHMETIC.multiply if operator == "*" else ARITHMETIC.divide
        scaled = operation(Decimal(count), Decimal(by))
    except DecimalException:
        return None
    return int(scaled) if -10 < scaled.adjusted() < 34 else 0 if scaled.adjusted() < 0 else None


def _scaled_span(operator: str) -> _Rule:
    def rule(left: DaysTime, right: Number) -> Value:
        count = _scaled(left.nanoseconds, right, operator)
        return None if count is None else span(count)

    return rule


def _scaled_months(operator: str) -> _Rule:
    def rule(left: YearsMonths, right: Number) -> Value:
        count = _scaled(left.months, right, operator)
        return None if count is None else months(count)

    return rule


_NUMBER, _STRING, _DATE, _TIME, _MOMENT = "number", "string", "date", "time", "date and time"
_DAYS, _MONTHS = "days and time duration", "years and months duration"
_SUMS: dict[tuple[str, str], _Rule] = {
    (_STRING, _STRING): lambda a, b: a + b,
    (_MONTHS, _MONTHS): lambda a, b: months(a.months + b.months),
    (_DAYS, _DAYS): lambda a, b: span(a.nanoseconds + b.nanoseconds),
    (_DATE, _MONTHS): lambda a, b: months_later(a, b.months),
    (_DATE, _DAYS): _date_later,
    (_MOMENT, _MONTHS): _moment_months_later,
    (_MOMENT, _DAYS): _moment_later,
    (_TIME, _DAYS): lambda a, b: Time((a.nanoseconds + b.nanoseconds) % DAY, a.zone),
}
_DIFFERENCES: dict[tuple[str, str], _Rule] = {
    (_DATE, _DATE): _between_moments,
    (_DATE, _MOMENT): _between_moments,
    (_MOMENT, _DATE): _between_moments,
    (_MOMENT, _MOMENT): _between_moments,
    (_TIME, _TIME): _between_times,
}
_PRODUCTS: dict[tuple[str, str], _Rule] = {
    (_DAYS, _NUMBER): _scaled_span("*"),
    (_NUMBER, _DAYS): lambda a, b: _scaled_span("*")(b, a),
    (_MONTHS, _NUMBER): _scaled_months("*"),
    (_NUMBER, _MONTHS): lambda a, b: _scaled_months("*")(b, a),
}
_QUOTIENTS: dict[tuple[str, str], _Rule] = {
    (_DAYS, _NUMBER): _scaled_span("/"),
    (_MONTHS, _NUMBER): _scaled_months("/"),
    (_DAYS, _DAYS): lambda a, b: calculated("/", a.nanoseconds, b.nanoseconds),
    (_MONTHS, _MONTHS): lambda a, b: calculated("/", a.months, b.months),
}
