"""Calendars of the deployment: a country's public holidays, dated overlays, weekend and office hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

import holidays as country_holidays

from nrm.deployment.reading import Fields, Item, read
from nrm.rules.calendars import Calendar, OfficeHours, Origin, Source
from nrm.rules.calendars import zone as known_zone
from nrm.rules.words import WEEKDAYS

FIRST_YEAR, LAST_YEAR = 2000, 2060
"""Holidays are computed for these years."""
_NOTHING = Calendar("")
"""What a calendar starts from that starts from no other one."""


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
    fields = item.fields(
        "zone", "title from country subdivision weekend hours yearly holidays working known_until",
    )
    base = _NOTHING
    parent = fields.get("from")
    if parent is not None:
        source = parent.one_of(frozenset(items), "calendar")
        if source in (*path, name):
            parent.refuse(f"calendar {source!r} starts from itself")
        base = _make(source, items, made, (*path, name))
    made[name] = _calendar(name, item, fields, base)
    return made[name]


def _calendar(name: str, item: Item, fields: Fields, base: Calendar) -> Calendar:
    """Put one calendar together; what its file says goes before what it starts from."""
    fields["zone"].parsed(known_zone, "a time zone such as Europe/Chisinau")
    weekend, hours = fields.get("weekend"), fields.get("hours")
    dated = _dated(fields.get("holidays"))
    days = _Days(name, base)
    days.add(Origin.LIBRARY, _of_country(fields))
    days.add(Origin.YEARLY, _yearly(fields.get("yearly")))
    days.add(Origin.LISTED, dated)
    days.work(day.day() for day in _list(fields.get("working")))
    try:
        return Calendar(
            id=name, zone=fields["zone"].word(), base=base.id,
            title=fields.word("title") or name.replace("_", " ").capitalize(),
            weekend=_weekend(weekend) if weekend else base.weekend,
            holidays=MappingProxyType(dict(sorted(days.free.items()))), working=frozenset(days.working),
            sources=MappingProxyType(days.sources),
            hours=_hours(hours) if hours else base.hours,
            weekday_hours=_weekday_hours(hours) if hours else base.weekday_hours,
            known_until=_known_until(fields, dated, base),
        )
    except ValueError as error:
        item.refuse(str(error))


class _Days:
    """The days of a calendar while its file is read, each with its source."""

    def __init__(self, name: str, base: Calendar) -> None:
        self._name = name
        self.free = dict(base.holidays)
        self.working = set(base.working)
        self.sources = dict(base.sources)

    def add(self, origin: Origin, free: Mapping[date, str]) -> None:
        """Make days free."""
        self.free.update(free)
        self.working.difference_update(free)
        self.sources.update(dict.fromkeys(free, Source(self._name, origin)))

    def work(self, days: Iterable[date]) -> None:
        """Make days count although they are free otherwise."""
        for day in days:
            self.free.pop(day, None)
            self.working.add(day)
            self.sources[day] = Source(self._name, Origin.LISTED)


def _known_until(fields: Fields, dated: Mapping[date, str], base: Calendar) -> date | None:
    """The last day whose movable feasts are listed: as the file says, else the end of the last year it lists."""
    said = fields.get("known_until")
    if said is not None:
        return said.day()
    if fields.get("country") is not None:
        return date(LAST_YEAR, 12, 31)
    return date(max(dated).year, 12, 31) if dated and not base.id else base.known_until


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
    """Opening and closing of every weekday that has no hours of its own."""
    return _opening(item, item.fields("opens closes", " ".join(WEEKDAYS)))


def _weekday_hours(item: Item) -> Mapping[int, OfficeHours]:
    """Opening and closing of the weekdays that have hours of their own."""
    return MappingProxyType({
        WEEKDAYS.index(key.word()): _opening(value, value.fields("opens closes"))
        for key, value in item.entries() if key.word() in WEEKDAYS
    })


def _opening(item: Item, fields: Fields) -> OfficeHours:
    try:
        return OfficeHours(fields["opens"].clock(), fields["closes"].clock())
    except ValueError as error:
        item.refuse(str(error))
