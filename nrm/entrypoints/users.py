"""``nrm user``: accounts from the command line, for the first administrator and for who is locked out."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from nrm.entrypoints.which_installation import DIR, system_of
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System


@click.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@DIR
@click.argument("login")
@click.option("--name", required=True)
@click.option("--agency", required=True)
@click.option("--role", "roles", multiple=True, required=True)
@click.option("--email", default=None)
@click.option("--link", is_flag=True, help="Without a password, as always in production: print a link for its owner.")
def add(directory: Path | None, login: str, name: str, agency: str, roles: tuple[str, ...], email: str | None,
        link: bool) -> None:
    """Create an account and print its first password, or a link."""
    from nrm.commands.accounts import create_user
    from nrm.commands.invitations import invite

    system = system_of(directory)
    user_id, first = create_user(
        system, SYSTEM, login=login, name=name, agency_id=agency, roles=roles, email=email, invited=link,
    )
    said = f"first password: {first}" if first else _address(system, invite(system, SYSTEM, user_id=user_id))
    click.echo(f"{login}  {said}")


@user.command("invite")
@DIR
@click.argument("login")
def invite_again(directory: Path | None, login: str) -> None:
    """Print a new link for an account that has no password yet; earlier links work no more."""
    from nrm.commands.invitations import invite

    system = system_of(directory)
    click.echo(f"{login}  {_address(system, invite(system, SYSTEM, user_id=_id_of(system, login)))}")


@user.command("recover")
@DIR
@click.argument("login")
@click.option("--finish", is_flag=True, help="After an administrator approved it and the wait is over: print the link.")
def recover(directory: Path | None, login: str, finish: bool) -> None:
    """Ask for the recovery of an account, as one of the two it takes; an administrator approves it on the pages."""
    from nrm.commands.recovery import ask_recovery, finish_recovery

    system = system_of(directory)
    user_id = _id_of(system, login)
    if finish:
        click.echo(f"{login}  {_address(system, finish_recovery(system, SYSTEM, user_id=user_id))}")
        return
    ask_recovery(system, SYSTEM, user_id=user_id)
    click.echo(f"{login}  asked; an administrator has to approve it, and the person is told.")


@user.command("sign-out")
@DIR
@click.argument("login", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody who is signed in.")
def sign_out(directory: Path | None, login: str | None, everybody: bool) -> None:
    """End the sessions of an account, or everybody's, tools of their own included; programs' tokens stay."""
    from nrm.commands.sessions import close_sessions

    if (login is None) is not everybody:
        raise click.UsageError("Name an account, or say --all.")
    system = system_of(directory)
    ended = close_sessions(system, SYSTEM, user_id=None if login is None else _id_of(system, login))
    click.echo(f"{ended} ended")


def _id_of(system: System, login: str) -> str:
    from nrm.records.tables.account import User
    from nrm.vocabulary.errors import NotFound

    with system.database.reader(SYSTEM) as unit:
        user_id = unit.conn.execute(select(User.id).where(User.login == login.strip().lower())).scalar()
    if user_id is None:
        raise NotFound("There is no account of this name.")
    return user_id


def _address(system: System, token: str) -> str:
    return f"{system.settings.base_url}/welcome/{token}"
