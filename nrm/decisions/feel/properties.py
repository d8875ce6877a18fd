"""The properties that path access reads: of contexts, temporal values and ranges (DMN 1.5, tables 65 to 67)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from nrm.decisions.feel.decimals import plain
from nrm.decisions.feel.kinds import Value, kind
from nrm.decisions.feel.temporal import DAY, LARGEST_SPAN, SECOND, DateTime, DaysTime, Time, YearsMonths

_Property = Callable[[Any], Value]


def property_of(value: Value, name: str) -> tuple[Value, bool]:
    """What ``value.name`` is, and whether the value has such a property or entry at all."""
    if isinstance(value, dict):
        return value.get(name), name in value
    read = _PROPERTIES.get(kind(value), {}).get(name)
    return (None, False) if read is None else (read(value), True)


def _seconds(nanoseconds: int) -> Value:
    return plain(Decimal(nanoseconds).scaleb(-9))


def _time_offset(value: Time | DateTime) -> Value:
    offset = value.offset if isinstance(value, DateTime) else value.zone
    return DaysTime(offset * SECOND) if isinstance(offset, int) else None


def _timezone(time: Time) -> Value:
    return time.zone if isinstance(time.zone, str) else None


def _part(unit: int, of: int) -> _Property:
    """A whole part of a days and time duration; all parts bear its sign."""

    def read(value: DaysTime) -> Value:
        count = abs(value.nanoseconds) % of // unit
        return count if value.nanoseconds >= 0 else -count

    return read


def _seconds_part(value: DaysTime) -> Value:
    left = abs(value.nanoseconds) % (60 * SECOND)
    return _seconds(left if value.nanoseconds >= 0 else -left)


def _months_part(value: YearsMonths) -> Value:
    return value.months % 12 if value.months >= 0 else -(-value.months % 12)


_OF_DATE: Mapping[str, _Property] = {
    "year": lambda date: date.year, "month": lambda date: date.month, "day": lambda date: date.day,
    "weekday": lambda date: date.weekday,
}
_OF_TIME: Mapping[str, _Property] = {
    "hour": lambda time: time.hour, "minute": lambda time: time.minute,
    "second": lambda time: _seconds(time.nanoseconds % (60 * SECOND)),
    "time offset": _time_offset, "timezone": _timezone,
}
_OF_MOMENT: Mapping[str, _Property] = {
    **{name: lambda moment, read=read: read(moment.date) for name, read in _OF_DATE.items()},  # type: ignore[misc]
    **{name: lambda moment, read=read: read(moment.time) for name, read in _OF_TIME.items()},  # type: ignore[misc]
    "time offset": _time_offset,
}
_OF_DAYS: Mapping[str, _Property] = {
    "days": _part(DAY, LARGEST_SPAN * 10), "hours": _part(3600 * SECOND, DAY),
    "minutes": _part(60 * SECOND, 3600 * SECOND), "seconds": _seconds_part,
}
_OF_MONTHS: Mapping[str, _Property] = {
    "years": lambda value: (abs(value.months) // 12) * (1 if value.months >= 0 else -1), "months": _months_part,
}
_OF_RANGE: Mapping[str, _Property] = {
    "start": lambda interval: interval.low, "end": lambda interval: interval.high,
    "start included": lambda interval: interval.low_included,
    "end included": lambda interval: interval.high_included,
}
_PROPERTIES: Mapping[str, Mapping[str, _Property]] = {
    "date": _OF_DATE, "time": _OF_TIME, "date and time": _OF_MOMENT, "days and time duration": _OF_DAYS,
    "years and months duration": _OF_MONTHS, "range": _OF_RANGE,
}
PROPERTY_NAMES = frozenset(name for names in _PROPERTIES.values() for name in names)
"""All names of properties; those with spaces are read as one name after a dot."""
