"""A year of a calendar, and which calendars end too early, for a terminal."""

from __future__ import annotations

from itertools import groupby

import click

from nrm.queries.calendar_year import CalendarYear, SpecialDay, calendar_year
from nrm.queries.calendars import calendars_list
from nrm.rules.words import WEEKDAYS
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System


def tell_year(system: System, calendar_id: str, year: int) -> None:
    """Print one year. Raises NotFound where there is no such calendar or year."""
    found = calendar_year(system, SYSTEM, calendar_id=calendar_id, year=year)
    line = found.calendar
    click.echo(f"{line.title} {year}: {found.working_days} working days, zone {line.zone}")
    click.echo(f"Office hours: {_hours(found)}")
    click.echo(f"Agencies: {', '.join(one.id for one in line.agencies) or 'none'}")
    for one in found.days:
        kind = "free" if one.free else "worked"
        click.echo(f"{one.day}  {WEEKDAYS[one.day.weekday()][:3]}  {kind:8}{one.name or '-':28}  {_source(one)}")


def tell_endings(system: System) -> int:
    """Print the calendars that end too early. Returns the exit code: 1 where there are some."""
    short = [line for line in calendars_list(system, SYSTEM) if line.missing_year]
    for line in short:
        click.echo(f"{line.id}: the movable feasts of {line.missing_year} are not listed yet ({line.listed_until}).")
    if not short:
        click.echo("Every calendar is listed as far ahead as it is needed.")
    return 1 if short else 0


def _hours(year: CalendarYear) -> str:
    """Say the office hours, weekdays with the same ones together."""
    groups = groupby(year.hours, key=lambda one: (one.opens, one.closes))
    return ", ".join(
        f"{' '.join(WEEKDAYS[one.weekday][:3] for one in same)} {opens:%H:%M}-{closes:%H:%M}"
        for (opens, closes), same in groups
    )


def _source(one: SpecialDay) -> str:
    """Say where a day comes from."""
    edited = f" by {one.edited_by} on {one.edited_at:%Y-%m-%d}" if one.edited_at else ""
    given = f", from {one.given_by}" if one.given_by else ""
    return f"{one.origin}{edited}{given}"
