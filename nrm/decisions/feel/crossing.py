"""Values that cross the border: Python's from a caller's context, and FEEL's back to the caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from nrm.decisions.feel.decimals import plain
from nrm.decisions.feel.kinds import FunctionValue, Interval, Value
from nrm.decisions.feel.temporal import SECOND, Date, DateTime, DaysTime, Time, YearsMonths
from nrm.decisions.feel.texts import feel_text
from nrm.decisions.feel.zones import Zone, is_zone, zone_info

_DEEPEST = 16
_OWN = (Date, Time, DateTime, DaysTime, YearsMonths, Interval, FunctionValue)
_MICROSECOND = 1_000


def accepted(value: object, items: int, level: int = 0) -> tuple[Value, bool]:
    """A Python value from a context as a FEEL value; False beside it when FEEL has no such value.

    ``items``: how many a list or mapping may hold.
    """
    if value is None or isinstance(value, (bool, str)):
        return value, True
    if isinstance(value, (int, Decimal, float)):
        number = plain(value)
        return number, number is not None
    if isinstance(value, _OWN):
        return value, True
    temporal = _temporal(value)
    if temporal is None and isinstance(value, (list, tuple, Mapping)) and len(value) <= items and level < _DEEPEST:
        return _gathered(value, items, level)
    return temporal, temporal is not None


def _gathered(
    value: list[object] | tuple[object, ...] | Mapping[object, object], items: int, level: int
) -> tuple[Value, bool]:
    if not isinstance(value, Mapping):
        inner = [accepted(item, items, level + 1) for item in value]
        return tuple(item for item, _ in inner), all(good for _, good in inner)
    entries = {key: accepted(item, items, level + 1) for key, item in value.items() if isinstance(key, str)}
    good = len(entries) == len(value) and all(good for _, good in entries.values())
    return {key: item for key, (item, _) in entries.items()}, good


def _temporal(value: object) -> Date | Time | DateTime | DaysTime | None:
    if isinstance(value, datetime):
        return DateTime(Date(value.year, value.month, value.day), _clock(value, value.utcoffset()))
    if isinstance(value, date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, time):
        return _clock(value, value.utcoffset())
    if isinstance(value, timedelta):
        return DaysTime((value.days * 86_400 + value.seconds) * SECOND + value.microseconds * _MICROSECOND)
    return None


def _clock(value: datetime | time, offset: timedelta | None) -> Time:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    zone: Zone = None if offset is None else int(offset.total_seconds())
    if isinstance(value.tzinfo, ZoneInfo) and is_zone(value.tzinfo.key):
        zone = value.tzinfo.key
    return Time(seconds * SECOND + value.microsecond * _MICROSECOND, zone)


def released(value: Value) -> object:
    """The value as the caller gets it in Python.

    Lists and contexts become lists and dicts, dates and times and durations Python's own; what Python cannot
    hold (years and months, year 12000, nanoseconds, ranges, functions) comes as FEEL text.
    """
    if value is None or isinstance(value, (bool, str, int, Decimal)):
        return value
    if isinstance(value, tuple):
        return [released(item) for item in value]
    if isinstance(value, dict):
        return {key: released(item) for key, item in value.items()}
    try:
        return _python(value)
    except (ValueError, OverflowError):
        return feel_text(value)


def _python(value: Value) -> object:
    if isinstance(value, Date):
        return date(value.year, value.month, value.day)
    if isinstance(value, Time):
        return _python_time(value)
    if isinstance(value, DateTime):
        day = date(value.date.year, value.date.month, value.date.day)
        return datetime.combine(day, _python_time(value.time))
    if isinstance(value, DaysTime):
        return timedelta(microseconds=_microseconds(value.nanoseconds))
    return feel_text(value)


def _python_time(value: Time) -> time:
    seconds, microsecond = divmod(_microseconds(value.nanoseconds), 1_000_000)
    zone = _python_zone(value.zone)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, microsecond, tzinfo=zone)


def _python_zone(zone: Zone) -> tzinfo | None:
    if isinstance(zone, str):
        return zone_info(zone)
    if zone is None:
        return None
    return timezone(timedelta(seconds=zone)) if zone else UTC


def _microseconds(nanoseconds: int) -> int:
    """Raises ``ValueError`` for what would be lost."""
    if nanoseconds % _MICROSECOND:
        raise ValueError(nanoseconds % _MICROSECOND)
    return nanoseconds // _MICROSECOND
