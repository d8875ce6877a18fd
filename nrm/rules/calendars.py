"""Calendars: which days an agency works, in its own time zone, and between which hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

SATURDAY_SUNDAY = frozenset({5, 6})


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Local opening and closing time of a working day."""

    opens: time = time(8, 0)
    closes: time = time(17, 0)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("an office closes after it opens")


class Origin(StrEnum):
    """Where a day that is not an ordinary one comes from."""

    LIBRARY = "library"
    """The public holidays of a country."""
    YEARLY = "yearly"
    """A file of the configuration, the same date every year."""
    LISTED = "listed"
    """A file of the configuration, for this one year."""
    EDITED = "edited"
    """Somebody laid it over the calendar on its page."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which calendar a day was given to, and how; other calendars may have it from there."""

    calendar: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days an agency works.

    ``weekend`` holds weekday numbers (Monday is 0). ``holidays`` maps each free day to its name.
    ``working`` are days that count although they fall on a weekend or holiday (a Saturday that
    makes up for a bridge day). ``sources`` says of each of both where it comes from. ``hours`` are those
    of every weekday that ``weekday_hours`` does not name. ``base`` is the calendar this one starts from.
    ``known_until`` is the last day whose movable feasts are listed; None where nothing has to be listed.
    """

    id: str
    zone: str = "UTC"
    weekend: frozenset[int] = SATURDAY_SUNDAY
    holidays: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    working: frozenset[date] = frozenset()
    hours: OfficeHours = OfficeHours()
    weekday_hours: Mapping[int, OfficeHours] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    base: str = ""
    title: str = ""
    known_until: date | None = None
    sources: Mapping[date, Source] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __post_init__(self) -> None:
        if not self.weekend <= frozenset(range(7)) or len(self.weekend) > 6:
            raise ValueError("a week has at least one working day, Monday is 0 and Sunday 6")
        zone(self.zone)

    def is_working(self, day: date) -> bool:
        """Whether ``day`` counts as a working day."""
        if day in self.working:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def hours_on(self, day: date) -> OfficeHours:
        """Return the office hours of ``day``, were it a working day."""
        return self.weekday_hours.get(day.weekday(), self.hours)

    def local(self, at: datetime) -> datetime:
        """Give an aware instant as local wall time of this calendar."""
        return at.astimezone(zone(self.zone))

    def instant(self, day: date, at: time) -> datetime:
        """Give the UTC instant of a local wall time; see :func:`instant_of` for clock changes."""
        return instant_of(datetime.combine(day, at), self.zone)

    def opening(self, day: date) -> datetime:
        """Give the UTC instant at which the office opens on ``day``."""
        return self.instant(day, self.hours_on(day).opens)

    def closing(self, day: date) -> datetime:
        """Give the UTC instant at which the office closes on ``day``."""
        return self.instant(day, self.hours_on(day).closes)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the time zone; raise ValueError where the name is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"{name!r} is not a time zone") from error


def instant_of(wall: datetime, zone_name: str) -> datetime:
    """Turn a naive local wall time into a UTC instant.

    A time that happens twice (clocks go back) means the later one, so that nobody loses an hour;
    a time that never happens (clocks go forward) means the moment the clocks jump.
    """
    tz = zone(zone_name)
    early = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    late = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if late >= early:
        return late
    return _jump(late, early, tz)


def _jump(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """Find, to the second, the instant between the two at which the offset changes."""
    old = before.astimezone(tz).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(tz).utcoffset() == old:
            low = middle
        else:
            high = middle
    return (before + timedelta(seconds=high)).replace(microsecond=0)
