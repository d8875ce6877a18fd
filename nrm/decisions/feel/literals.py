"""Dates, times and durations read from text, as ``date()``, ``@"…"`` and their kin take them (10.3.4.1)."""

from __future__ import annotations

import re

from nrm.decisions.feel.temporal import (
    DAY,
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    date_of,
    date_of_number,
    months,
    span,
)
from nrm.decisions.feel.zones import LARGEST_OFFSET, Zone, is_zone

_LONGEST = 80
"""Characters; longer than any date and time with the longest name of a zone."""
_DATE = re.compile(r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,18}))?"
    r"(?:(Z|z)|([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?|@([A-Za-z0-9_+/-]+))?",
    re.ASCII,
)
_MONTHS = re.compile(r"(-?)P(?:([0-9]+)Y)?(?:([0-9]+)M)?", re.ASCII)
_DAYS = re.compile(
    r"(-?)P(?:([0-9]+)D)?(T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]+))?S)?)?", re.ASCII
)


def date_from(text: str) -> Date | None:
    """``2026-03-31``."""
    found = _DATE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or found[1] == "-0000":
        return None
    return date_of(int(found[1]), int(found[2]), int(found[3]))


def time_from(text: str) -> Time | None:
    """``23:59:00``, with an offset (``+02:00``, ``Z``) or a zone (``@Europe/Paris``)."""
    read = _clock(text)
    return None if read is None else Time(read[0] % DAY, read[1])


def moment_from(text: str) -> DateTime | None:
    """A date and time; a date alone is its midnight."""
    day, divided, clock = text[:_LONGEST].partition("T")
    date = date_from(day)
    if date is None or len(text) > _LONGEST or not divided:
        return None if date is None else DateTime(date, Time(0))
    read = _clock(clock)
    if read is None:
        return None
    nanoseconds, zone = read
    if nanoseconds == DAY:  # 24:00:00 is the midnight that ends the day
        next_day = date_of_number(date.number + 1)
        return None if next_day is None else DateTime(next_day, Time(0, zone))
    return DateTime(date, Time(nanoseconds, zone))


def _clock(text: str) -> tuple[int, Zone] | None:
    """Nanoseconds since midnight and the zone; 24:00:00 is a day's worth."""
    found = _TIME.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3])
    fraction = int(((found[4] or "") + "000000000")[:9])
    nanoseconds = (hour * 3600 + minute * 60 + second) * SECOND + fraction
    if minute > 59 or second > 59 or nanoseconds > DAY:
        return None
    zone = _zone(found)
    return None if zone is False else (nanoseconds, zone)


def _zone(found: re.Match[str]) -> Zone | bool:
    """The zone that was written; False if there is none such."""
    if found[5]:
        return 0
    if found[10]:
        return found[10] if is_zone(found[10]) else False
    if not found[6]:
        return None
    hours, minutes, seconds = int(found[7]), int(found[8]), int(found[9] or 0)
    offset = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or offset > LARGEST_OFFSET:
        return False
    return -offset if found[6] == "-" else offset


def duration_from(text: str) -> DaysTime | YearsMonths | None:
    """``P1Y2M`` or ``P1DT2H3M4.5S``, with a sign before it for a negative one."""
    if len(text) > _LONGEST:
        return None
    found = _MONTHS.fullmatch(text)
    if found and (found[2] or found[3]):
        count = int(found[2] or 0) * 12 + int(found[3] or 0)
        return months(-count if found[1] else count)
    found = _DAYS.fullmatch(text)
    if found is None or not any(found[part] for part in (2, 4, 5, 6)) or found[3] == "T":
        return None
    days, hours, minutes, seconds = (int(found[part] or 0) for part in (2, 4, 5, 6))
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    count = whole * SECOND + int(((found[7] or "") + "000000000")[:9])
    return span(-count if found[1] else count)


def literal_from(text: str) -> Date | Time | DateTime | DaysTime | YearsMonths | None:
    """What ``@"text"`` stands for; ``None`` if it is none of these."""
    return date_from(text) or time_from(text) or duration_from(text) or moment_from(text)
