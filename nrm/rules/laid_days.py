"""Days that people lay over the calendars of the configuration: one that is free, one that is worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from nrm.rules.calendars import Calendar, Origin, Source

_Laid = dict[date, tuple["LaidDay", Source]]


@dataclass(frozen=True, slots=True)
class LaidDay:
    """A day of a calendar that is not as its file has it."""

    calendar: str
    day: date
    free: bool
    """Free; else worked, although it is a weekend or a holiday."""
    name: str


def lay_over(calendars: Mapping[str, Calendar], laid: Iterable[LaidDay]) -> Mapping[str, Calendar]:
    """Return the calendars with days laid over them; one that nothing is laid over stays the same object.

    A day also holds for the calendars that start from its calendar, unless their own file or a day laid
    over themselves says otherwise (domain 6.2). Days of a calendar that is not there are left out.
    """
    own: dict[str, _Laid] = {name: {} for name in calendars}
    for one in laid:
        if one.calendar in own:
            own[one.calendar][one.day] = (one, Source(one.calendar, Origin.EDITED))
    holding: dict[str, _Laid] = {}
    return MappingProxyType({
        name: _with(calendar, _holding(calendar, calendars, own, holding)) for name, calendar in calendars.items()
    })


def _holding(
    calendar: Calendar, calendars: Mapping[str, Calendar], own: Mapping[str, _Laid], holding: dict[str, _Laid]
) -> _Laid:
    """Return the laid days that hold for a calendar: its own, and of its base what its file leaves open."""
    if calendar.id not in holding:
        base = calendars.get(calendar.base)
        inherited = _holding(base, calendars, own, holding) if base else {}
        holding[calendar.id] = {
            **{day: one for day, one in inherited.items() if not _says(calendar, day)}, **own[calendar.id],
        }
    return holding[calendar.id]


def _says(calendar: Calendar, day: date) -> bool:
    """Whether the calendar's own file says what this day is."""
    source = calendar.sources.get(day)
    return source is not None and source.calendar == calendar.id


def _with(calendar: Calendar, laid: _Laid) -> Calendar:
    if not laid:
        return calendar
    free = {day: name for day, name in calendar.holidays.items() if day not in laid}
    free.update((day, one.name) for day, (one, _) in laid.items() if one.free)
    return replace(
        calendar, holidays=MappingProxyType(dict(sorted(free.items()))),
        working=(calendar.working - laid.keys()) | {day for day, (one, _) in laid.items() if not one.free},
        sources=MappingProxyType({**calendar.sources, **{day: source for day, (_, source) in laid.items()}}),
    )


def listed_until(calendar: Calendar) -> date | None:
    """Return the last day whose movable feasts are listed; None where nothing has to be listed.

    A year after the file's last one counts as listed once as many free days were laid over it as the file lists
    for its last year.
    """
    if calendar.known_until is None:
        return None
    year = calendar.known_until.year
    wanted = max(1, _free_days(calendar, year, Origin.LISTED))
    while _free_days(calendar, year + 1, Origin.EDITED) >= wanted:
        year += 1
    return calendar.known_until if year == calendar.known_until.year else date(year, 12, 31)


def _free_days(calendar: Calendar, year: int, origin: Origin) -> int:
    return sum(
        1 for day, source in calendar.sources.items()
        if day.year == year and source.origin is origin and day in calendar.holidays
    )
