"""``nrm calendar``: a year of a calendar, and which calendars end too early."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nrm.entrypoints.which_installation import DIR, system_of


@click.group()
def calendar() -> None:
    """The days agencies work."""


@calendar.command("year")
@DIR
@click.argument("calendar_id", metavar="ID")
@click.argument("year", type=int)
def calendar_of_year(directory: Path | None, calendar_id: str, year: int) -> None:
    """Print every day of a year that is not like others, with its name and where it comes from."""
    from nrm.entrypoints.calendar_told import tell_year

    tell_year(system_of(directory), calendar_id, year)


@calendar.command("check")
@DIR
def check(directory: Path | None) -> None:
    """Say which calendars end too early. Exit 0 none, 1 some."""
    from nrm.entrypoints.calendar_told import tell_endings

    sys.exit(tell_endings(system_of(directory)))
