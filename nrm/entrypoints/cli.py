"""The command line: ``nrm demo | serve | worker | health | check | verify | db | init | user | token | …``."""

from __future__ import annotations

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from nrm import __version__
from nrm.entrypoints.which_installation import DIR, settings_of, system_of
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import SystemClock
from nrm.vocabulary.errors import NrmError

ELSEWHERE = {
    "backup": "keeping_safe",
    "backup-key": "keeping_safe",
    "calendar": "calendar",
    "checkpoint": "verifying",
    "deadlines": "deadlines",
    "export": "exporting",
    "keys": "keeping_safe",
    "outbox": "outbox",
    "restore": "keeping_safe",
    "signing-key": "verifying",
    "user": "users",
    "verify": "verifying",
}
"""Commands in modules of their own, which are imported when they are called."""


class Plain(click.Group):
    """Says what is wrong in one sentence instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, from the module where it stands."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        found = getattr(import_module(f"nrm.entrypoints.{ELSEWHERE[cmd_name]}"), cmd_name.replace("-", "_"))
        assert isinstance(found, click.Command)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of ours becomes a line on stderr and exit code 2."""
        try:
            return super().invoke(ctx)
        except NrmError as error:
            click.echo(f"nrm: {error.sentence}", err=True)
            for field, sentences in error.fields.items():
                click.echo(f"  {field}: {' '.join(sentences)}", err=True)
            ctx.exit(2)


@click.group(cls=Plain)
@click.version_option(__version__, prog_name="nrm")
def main() -> None:
    """NRM: the workflow engine for National Referral Mechanisms."""


@main.command()
@DIR
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=0, help="Processes; 0 chooses by the number of processors.")
def serve(directory: Path | None, host: str, port: int, workers: int) -> None:
    """Serve pages and API with gunicorn."""
    from nrm.entrypoints.server import serve_with_gunicorn

    serve_with_gunicorn(settings_of(directory), host=host, port=port, workers=workers)


@main.command()
@DIR
@click.option("--every", default=5, show_default=True, help="Seconds between two ticks.")
@click.option("--once", is_flag=True, help="Do what is due now and end.")
def worker(directory: Path | None, every: int, once: bool) -> None:
    """Fire what is due: reminders, breaches, escalations, limits of diagrams, mail."""
    from nrm.entrypoints.worker import run_worker, tick_once

    system = system_of(directory)
    if once:
        tick_once(system)
    else:
        run_worker(system, every_s=every)


@main.command()
@DIR
@click.option("--json", "as_json", is_flag=True, help="The numbers as a JSON object.")
def health(directory: Path | None, as_json: bool) -> None:
    """Whether the workers get their work done: what is late, waits or failed. Exit 0; 1 where something is wrong."""
    from nrm.entrypoints.work_told import tell_work

    sys.exit(tell_work(system_of(directory), as_json=as_json))


@main.command("check-setup")
@DIR
@click.option("--workers", default=0, help="Processes it is to be served with; 0: as `nrm serve` chooses.")
def check_setup(directory: Path | None, workers: int) -> None:
    """Say what keeps an installation from holding real people, and what to do. Exit 0 nothing; 1 something."""
    from nrm.deployment.safe_start import unsafe
    from nrm.entrypoints.server import how_many

    settings = settings_of(directory)
    found = unsafe(settings, os.environ, processes=workers or how_many(settings))
    for reason in found:
        click.echo(f"{reason.code}: {reason.sentence} {reason.remedy}")
    click.echo(f"{len(found)} reasons not to start it with real people." if found else "Nothing speaks against it.")
    sys.exit(1 if found else 0)


@main.command()
@DIR
def orphans(directory: Path | None) -> None:
    """List the open tasks that nobody would do, and why. Exit 0 where there is none; 1 where there are some."""
    from nrm.queries.left_behind import tasks_left_behind

    left = tasks_left_behind(system_of(directory))
    for task in left.tasks:
        click.echo(f"{task.case_code}  {task.label} ({task.role}, {task.agency_name}): {task.sentence}")
    click.echo(f"{left.count} open tasks that nobody would do.")
    sys.exit(1 if left.count else 0)


@main.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="A list of {code, severity, element, message, file, line}.")
def check(path: Path, as_json: bool) -> None:
    """Check a process, a form, a table, or a folder of them. Exit 0 clean, 1 findings, 2 usage."""
    from nrm.checking import Known, check_path, findings_as_json
    from nrm.commands.actions.registry import ACTIONS
    from nrm.commands.form_acts.registry import FORM_ACTS
    from nrm.deployment.configuration import load_configuration
    from nrm.deployment.paths import shipped

    found = check_path(path, configuration=load_configuration(shipped("config")), known=Known(
        actions=frozenset(ACTIONS), acts=frozenset(FORM_ACTS) | {"open_case"},
    ))
    if as_json:
        click.echo(findings_as_json(found))
    else:
        for finding in found:
            place = ":".join(str(part) for part in (finding.file, finding.line) if part)
            click.echo(f"{finding.severity.upper():8}{place}  {finding.message}  [{finding.code}]")
        click.echo(f"{len(found)} findings." if found else "No findings.")
    sys.exit(1 if found else 0)


@main.command()
@click.argument("expression")
@click.option("--context", default="{}", help="A JSON object: name -> value.")
def feel(expression: str, context: str) -> None:
    """Evaluate a FEEL expression and print the value as JSON. Exit 0; 2 where it cannot be read."""
    from nrm.entrypoints.deciding import evaluate

    click.echo(evaluate(expression, context, SystemClock().now()))


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--decision", default=None, help="Name or id; the one that no other requires if left out.")
@click.option("--input", "inputs", default="{}", help="A JSON object: name -> value; what is missing is not known.")
@click.option("--why", is_flag=True, help="With the reasons: what was asked, which rules applied, which came close.")
def decide(file: Path, decision: str | None, inputs: str, why: bool) -> None:
    """Try a decision of a DMN file and print the result as JSON. Exit 0; 1 nothing decided; 2 wrong input."""
    from nrm.entrypoints.deciding import decide as decided

    text, came = decided(file, decision, inputs, SystemClock().now(), why=why)
    click.echo(text)
    sys.exit(0 if came else 1)


@main.group()
def db() -> None:
    """The database of an installation."""


@db.command("upgrade")
@DIR
def db_upgrade(directory: Path | None) -> None:
    """Make or upgrade the database; on a new installation also its key, agencies and processes."""
    from nrm.commands.install import install
    from nrm.entrypoints.installing import make_keys
    from nrm.wiring.system import build_system

    settings = settings_of(directory)
    make_keys(settings)
    published = install(build_system(settings))
    click.echo(f"The database is up to date. {len(published)} processes were published.")


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Copy the shipped diagrams and configuration for a country to own in its own repository."""
    from nrm.deployment.paths import shipped

    for name in ("bpmn", "config"):
        target = directory / name
        if target.exists():
            raise click.UsageError(f"{target} exists already; nothing was written over it.")
    for name in ("bpmn", "config"):
        shutil.copytree(shipped(name), directory / name)
    click.echo(f"Copied to {directory}. Set NRM_BPMN_DIR and NRM_CONFIG_DIR to its folders.")


@main.group()
def duty() -> None:
    """Rosters."""


@duty.command("now")
@DIR
def on_duty_now(directory: Path | None) -> None:
    """Say who is on duty now: role, district, names; an empty line end means everybody of the role is told."""
    from nrm.queries.duty import duty_now

    for one in duty_now(system_of(directory), SYSTEM):
        click.echo(f"{one.role:8}{one.district:16}{', '.join(one.names) or '-'}")


@main.group()
def token() -> None:
    """Tokens for programs."""


@token.command("create")
@DIR
@click.argument("login")
@click.option("--days", default=90, show_default=True)
def token_create(directory: Path | None, login: str, days: int) -> None:
    """Issue a token that acts as an account, and print it once."""
    from nrm.commands.accounts import create_token

    click.echo(create_token(system_of(directory), SYSTEM, login=login, days=days))


@main.command()
@DIR
@click.option("--port", default=8000, show_default=True)
@click.option("--cases", default=60, show_default=True, help="How many invented cases.")
@click.option("--no-serve", is_flag=True, help="Make the demo and end.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same cases.")
@click.option("--fresh", is_flag=True, help="Throw an earlier demo in the folder away first.")
def demo(directory: Path | None, port: int, cases: int, no_serve: bool, seed: int, fresh: bool) -> None:
    """An invented country with invented cases at every stage, served in the browser."""
    from nrm.entrypoints.demo import run_demo

    run_demo(directory or Path(".nrm/demo"), port=port, cases=cases, serve=not no_serve, seed=seed, fresh=fresh)


if __name__ == "__main__":
    main()
