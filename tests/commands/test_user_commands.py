"""``nrm user``: accounts made, invited and recovered from the command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from nrm.commands.accounts import create_user
from nrm.commands.invitations import accept_invitation
from nrm.commands.recovery import approve_recovery
from nrm.commands.sessions import begin_session
from nrm.deployment.settings import SecondFactor
from nrm.entrypoints.cli import main
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import Session, User
from nrm.records.tables.factor import Recovery
from nrm.records.tables.history import INSTALLATION
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.secrets import CHEAP_PASSWORDS
from tests.support.driving import Drive, Installation

ADMIN = ("--name", "Adam Invented", "--agency", "national_unit", "--role", "ADMIN")
CHOSEN = "four other invented words"


def run(installation: Installation, *words: str, code: int = 0) -> str:
    """Run a command in an installation and return what it prints."""
    done = CliRunner().invoke(main, ["user", *words, "--dir", str(installation.settings.dir)])
    assert done.exit_code == code, done.output
    return done.output.strip()


def test_the_first_administrator_gets_a_link_that_works_once(installation: Installation) -> None:
    system = installation.system()
    said = run(installation, "add", "adam", *ADMIN, "--link")
    first = said.rpartition("/welcome/")[2]
    again = run(installation, "invite", "adam").rpartition("/welcome/")[2]
    assert first != again
    signed = accept_invitation(system, token=again, password=CHOSEN, network="192.0.2.1")
    assert signed.actor.roles == {"ADMIN"}
    assert "Two administrators" in run(installation, "invite", "adam", code=2)


def test_without_a_link_a_first_password_is_printed(installation: Installation) -> None:
    assert "first password: " in run(installation, "add", "adam", *ADMIN)


def test_nobody_of_that_name(installation: Installation) -> None:
    for command in ("invite", "recover"):
        assert "There is no account of this name." in run(installation, command, "nobody", code=2)


def test_the_operator_asks_and_an_administrator_approves(drive: Drive) -> None:
    owner = drive.person("CM", "sa_norvale")
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == owner.user_id, password_hash=CHEAP_PASSWORDS.hash("four invented words here"))
    run(drive.installation, "recover", owner.user_id)
    assert "waiting period" not in run(drive.installation, "recover", owner.user_id, "--finish", code=2)
    approve_recovery(drive.system, drive.person("NCU", "national_unit"), user_id=owner.user_id)
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Recovery).values(ready_at=unit.now - timedelta(days=1)))
    assert "/welcome/" in run(drive.installation, "recover", owner.user_id, "--finish")
    assert drive.one(select(User.password_hash).where(User.id == owner.user_id)).password_hash is None


def test_in_production_there_is_a_link_only(drive: Drive) -> None:
    drive.system.settings = replace(drive.system.settings, second_factor=SecondFactor.REQUIRED)
    _, first = create_user(drive.system, SYSTEM, login="adam", name="Adam Invented", agency_id="national_unit",
                           roles=["ADMIN"])
    assert first == ""


@pytest.mark.parametrize(("words", "ended", "left"), [
    (("cm",), "2 ended", 1), (("--all",), "3 ended", 0),
])
def test_sessions_are_ended_at_the_machine(drive: Drive, words: tuple[str, ...], ended: str, left: int) -> None:
    people = {"cm": drive.person("CM", "sa_norvale"), "sup": drive.person("SUP", "sa_norvale")}
    with drive.system.database.unit(SYSTEM) as unit:
        users = {user.id: user for user in unit.conn.execute(select(User))}
        for one in ("cm", "cm", "sup"):
            begin_session(unit, users[people[one].user_id], device="")
    assert run(drive.installation, "sign-out", *(people[word].user_id if word in people else word for word in words)) \
        == ended
    with drive.system.database.reader() as unit:
        assert len(unit.conn.execute(select(Session)).all()) == left
    assert drive.acts(INSTALLATION)[-1] == "sessions.closed"


@pytest.mark.parametrize("words", [(), ("somebody", "--all")])
def test_whose_sessions_must_be_said(installation: Installation, words: tuple[str, ...]) -> None:
    assert "Name an account, or say --all." in run(installation, "sign-out", *words, code=2)
