"""Time zones by IANA name, all read when this module is loaded: an evaluation opens no file."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import resources
from typing import TypeAlias
from zoneinfo import ZoneInfo

Zone: TypeAlias = int | str | None
"""None for local values, seconds east of UTC, or an IANA name."""

LARGEST_OFFSET = 18 * 3600
_NAMES = resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
_ZONES = {name: ZoneInfo(name) for name in _NAMES}
_CYCLE = 400
"""Years after which the calendar, and so every rule of daylight saving time, comes round again."""


def is_zone(name: str) -> bool:
    """Whether there is an IANA zone of this name."""
    return name in _ZONES


def zone_info(name: str) -> ZoneInfo:
    """Python's form of a zone that there is."""
    return _ZONES[name]


def local_offset(name: str, year: int, month: int, day: int, second: int) -> int:
    """Seconds east of UTC at a local time of the zone, given as a date and the second of that day."""
    moment = _stand_in(year, month, day, second).replace(tzinfo=_ZONES[name])
    return _seconds(moment.utcoffset())


def utc_offset(name: str, year: int, month: int, day: int, second: int) -> int:
    """Seconds east of UTC in the zone at a moment given in UTC."""
    # The zone's own rule for UTC reads the fields as UTC, whatever zone they are labelled with.
    moment = _stand_in(year, month, day, second).replace(tzinfo=_ZONES[name])
    return _seconds(_ZONES[name].fromutc(moment).utcoffset())


def standard_offset(name: str) -> int:
    """Seconds east of UTC outside daylight saving time, for times that belong to no day."""
    winter = datetime(2024, 1, 1, tzinfo=_ZONES[name])
    return _seconds(winter.utcoffset()) - _seconds(winter.dst())


def _stand_in(year: int, month: int, day: int, second: int) -> datetime:
    """The moment in a year that Python can hold and that has the same calendar."""
    if year > 9000:
        year = 2400 + year % _CYCLE
    elif year < 2:
        year = _CYCLE + year % _CYCLE
    return datetime(year, month, day) + timedelta(seconds=second)  # noqa: DTZ001 - the callers add the zone


def _seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else int(offset.total_seconds())
