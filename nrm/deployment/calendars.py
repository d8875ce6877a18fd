"""Calendars of the deployment: a country's public holidays, dated overlays, weekend and office hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

import holidays as country_holidays

from nrm.deployment.reading import Fields, Item, read
from nrm.rules.calendars import SATURDAY_SUNDAY, Calendar, OfficeHours
from nrm.rules.calendars import zone as known_zone
from nrm.rules.words import WEEKDAYS

FIRST_YEAR, LAST_YEAR = 2000, 2060
"""Holidays are computed for these years."""


def read_calendars(folder: Path) -> Mapping[str, Calendar]:
    """Read ``calendars/*.yaml``; a calendar may start ``from`` another one of the folder."""
    items = {path.stem: read(path) for path in sorted(folder.glob("*.yaml"))}
    made: dict[str, Calendar] = {}
    for name in items:
        _make(name, items, made, ())
    return MappingProxyType(made)


def _make(name: str, items: Mapping[str, Item], made: dict[str, Calendar], path: tuple[str, ...]) -> Calendar:
    """Make one calendar after those it starts from."""
    if name in made:
        return made[name]
    item = items[name]
    fields = item.fields("zone", "title from country subdivision weekend hours yearly holidays working")
    base: Calendar | None = None
    parent = fields.get("from")
    if parent is not None:
        source = parent.one_of(frozenset(items), "calendar")
        if source in (*path, name):
            parent.refuse(f"calendar {source!r} starts from itself")
        base = _make(source, items, made, (*path, name))
    made[name] = _calendar(name, item, fields, base)
    return made[name]


def _calendar(name: str, item: Item, fields: Fields, base: Calendar | None) -> Calendar:
    """Put one calendar together."""
    free: dict[date, str] = dict(base.holidays) if base else {}
    free.update(_of_country(fields))
    free.update(_yearly(fields.get("yearly")))
    free.update(_dated(fields.get("holidays")))
    working = frozenset(d.day() for d in _list(fields.get("working")))
    weekend = fields.get("weekend")
    hours = fields.get("hours")
    fields["zone"].parsed(known_zone, "a time zone such as Europe/Chisinau")
    try:
        return Calendar(
            id=name,
            zone=fields["zone"].word(),
            weekend=_weekend(weekend) if weekend else base.weekend if base else SATURDAY_SUNDAY,
            holidays=MappingProxyType({day: free[day] for day in sorted(free) if day not in working}),
            working=working | (base.working if base else frozenset()),
            hours=_hours(hours) if hours else base.hours if base else OfficeHours(),
        )
    except ValueError as error:
        item.refuse(str(error))


def _of_country(fields: Fields) -> Mapping[date, str]:
    """Public holidays of a country from the ``holidays`` library, in English where it has it."""
    country = fields.get("country")
    if country is None:
        return {}
    supported = country_holidays.list_supported_countries()
    code = country.one_of(frozenset(supported), "country in the holidays library with the code")
    part = fields.get("subdivision")
    subdivision = None if part is None else part.one_of(frozenset(supported[code]), f"subdivision of {code}")
    languages = country_holidays.list_localized_countries().get(code, [])
    found = country_holidays.country_holidays(
        code, subdiv=subdivision, years=range(FIRST_YEAR, LAST_YEAR + 1),
        language="en_US" if "en_US" in languages else None,
    )
    return {day: found[day] for day in found}


def _yearly(item: Item | None) -> Mapping[date, str]:
    """Holidays of the same date every year, written MM-DD: name."""
    free: dict[date, str] = {}
    for key, name in item.entries() if item else ():
        first = key.parsed(lambda text: date.fromisoformat(f"2000-{text}"), "a day of the year, MM-DD")
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            if (first.month, first.day) != (2, 29) or year % 4 == 0:
                free[first.replace(year=year)] = name.word()
    return free


def _dated(item: Item | None) -> Mapping[date, str]:
    """Holidays of one year only, written YYYY-MM-DD: name."""
    return {key.day(): name.word() for key, name in item.entries()} if item else {}


def _list(item: Item | None) -> Iterable[Item]:
    return item.items() if item else ()


def _weekend(item: Item) -> frozenset[int]:
    """Weekday names of the weekend."""
    return frozenset(WEEKDAYS.index(day.one_of(frozenset(WEEKDAYS), "weekday")) for day in item.items())


def _hours(item: Item) -> OfficeHours:
    fields = item.fields("opens closes")
    try:
        return OfficeHours(fields["opens"].clock(), fields["closes"].clock())
    except ValueError as error:
        item.refuse(str(error))
