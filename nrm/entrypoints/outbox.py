"""``nrm outbox``: mail that did not arrive, sent again or thrown away; and a trial whether mail arrives at all."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nrm.entrypoints.which_installation import DIR, system_of
from nrm.vocabulary.actor import SYSTEM

IDS = click.argument("ids", nargs=-1)
ALL = click.option("--all", "every", is_flag=True, help="All dead letters.")


@click.group()
def outbox() -> None:
    """Mail that waits to be sent or could not be."""


@outbox.command("list")
@DIR
@click.option("--retrying", is_flag=True, help="Those that failed and are tried again, instead of dead ones.")
def list_letters(directory: Path | None, retrying: bool) -> None:
    """List letters that did not arrive, the oldest first: id, account, since when, tries, reason."""
    from nrm.queries.dead_letters import unsent_letters

    system, after = system_of(directory), None
    while True:
        page = unsent_letters(system, SYSTEM, state="retrying" if retrying else "dead", after=after, limit=100)
        for one in page.items:
            click.echo(f"{one.id}  {one.login:24}{one.weight:11}{one.written_at:%Y-%m-%d %H:%M}Z"
                       f"{one.tries:4}  {one.error}")
        after = page.after
        if after is None:
            break


@outbox.command()
@DIR
@IDS
@ALL
def retry(directory: Path | None, ids: tuple[str, ...], every: bool) -> None:
    """Let dead letters be sent again, as if never tried."""
    from nrm.commands.dead_letters import retry_letters

    done = retry_letters(system_of(directory), SYSTEM, ids=_which(ids, every))
    click.echo(f"{done} letters are sent again at the worker's next round.")


@outbox.command()
@DIR
@IDS
@ALL
def discard(directory: Path | None, ids: tuple[str, ...], every: bool) -> None:
    """Throw dead letters away; the notices in the application stay."""
    from nrm.commands.dead_letters import discard_letters

    done = discard_letters(system_of(directory), SYSTEM, ids=_which(ids, every))
    click.echo(f"{done} letters were thrown away.")


@outbox.command()
@DIR
@click.argument("login")
def test(directory: Path | None, login: str) -> None:
    """Send a letter to an account at once, to see whether mail arrives. Exit 0 sent, 1 not."""
    from nrm.commands.send_outbox import try_channel

    failure = try_channel(system_of(directory), login=login)
    click.echo(f"not sent: {failure}" if failure else "Sent. Whether it arrives only its reader can say.")
    sys.exit(1 if failure else 0)


def _which(ids: tuple[str, ...], every: bool) -> tuple[str, ...] | None:
    if bool(ids) == every:
        raise click.UsageError("Name letters by their ids, or say --all.")
    return ids or None
