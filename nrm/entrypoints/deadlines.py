"""``nrm deadlines due | why | simulate``: clocks from the command line, for whoever runs the installation."""

from __future__ import annotations

from pathlib import Path

import click

from nrm.entrypoints.which_installation import DIR, settings_of, system_of

JSON = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")


@click.group()
def deadlines() -> None:
    """Clocks: what is due, why then, and what would come of a case."""


@deadlines.command()
@DIR
@click.option("--agency", default=None, help="Only clocks of this agency.")
@click.option("--within", default="7d", show_default=True, help="Overdue, or due within so many days (d) or hours (h).")
@JSON
def due(directory: Path | None, agency: str | None, within: str, as_json: bool) -> None:
    """List what is overdue or due soon, the one due first on top."""
    from nrm.entrypoints.deadlines_told import due_told

    click.echo(due_told(system_of(directory), agency=agency, within=within, as_json=as_json))


@deadlines.command()
@DIR
@click.argument("clock", required=False)
@click.option("--limit", "key", default=None, help="Without a clock: the key of a time limit, such as T10.")
@click.option("--from", "begin", default=None, help="When it starts, in local time: 2026-12-23T10:00.")
@click.option("--calendar", "calendar", default=None, help="The calendar it is counted on.")
@click.option("--pause", "pauses", multiple=True, help="FIRST-DAY/DAY-IT-GOES-ON; without the second it stands still.")
@JSON
def why(directory: Path | None, clock: str | None, key: str | None, begin: str | None, calendar: str | None,
        pauses: tuple[str, ...], as_json: bool) -> None:
    """Say step by step why a clock (its id, or its task's) is due when it is; or count a limit without a case."""
    from nrm.deployment.paths import shipped
    from nrm.entrypoints.deadlines_told import counted_told, why_told

    if clock is not None:
        click.echo(why_told(system_of(directory), clock, as_json=as_json))
        return
    if not (key and begin and calendar):
        raise click.UsageError("Name a clock or a task, or give --limit, --from and --calendar.")
    folder = settings_of(directory).config_dir or shipped("config")
    click.echo(counted_told(folder, key=key, begin=begin, calendar=calendar, pauses=pauses, as_json=as_json))


@deadlines.command()
@DIR
@click.argument("code")
@click.option("--until", "until", default=None, help="The last day, such as 2026-12-31; 30 days if left out.")
@JSON
def simulate(directory: Path | None, code: str, until: str | None, as_json: bool) -> None:
    """Press a copy of a case through its coming deadlines, if nobody does anything. Nothing is written."""
    from nrm.entrypoints.deadlines_told import future_told

    click.echo(future_told(system_of(directory), code, until=until, as_json=as_json))
