"""``nrm outbox``: what a terminal shows of mail that did not arrive, and what it can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from nrm.commands.send_outbox import send_outbox
from nrm.deployment.written_settings import SETTINGS_FILE
from nrm.entrypoints.cli import main
from nrm.notices.channels import NotDelivered
from nrm.notices.letters import Letter
from nrm.records.grants import ACCOUNT
from nrm.records.outgoing import add_outgoing
from nrm.records.tables.account import User
from nrm.records.tables.notice import Outbox
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.mail import Weight
from tests.support.driving import Drive
from tests.support.post_office import SENDER, Fate, PostOffice

READER = "cm-sa_norvale-1"


def nrm(drive: Drive, *words: str) -> Result:
    """Run a command on the installation."""
    return CliRunner().invoke(main, ["outbox", *words, "--dir", str(drive.installation.settings.dir)])


def dead(drive: Drive, many: int = 1) -> Sequence[str]:
    """Letters that a server refused for ever; their ids, the oldest first."""
    def refuse(_: Letter) -> None:
        raise NotDelivered("refused 550", final=True)

    for _ in range(many):
        drive.clock.advance(timedelta(seconds=1))
        with drive.system.database.unit(SYSTEM) as unit:
            add_outgoing(unit, user_id=READER, weight=Weight.SAFETY, next_at=unit.now)
    send_outbox(drive.system, channel=refuse)
    return [row.id for row in drive.rows(select(Outbox.id).order_by(Outbox.at))]


def statuses(drive: Drive) -> list[str]:
    """What became of the letters, the oldest first."""
    return [row.status for row in drive.rows(select(Outbox.status).order_by(Outbox.at))]


def test_what_did_not_arrive_is_listed_without_an_address(drive: Drive) -> None:
    first, second = dead(drive, 2)
    lines = nrm(drive, "list").output.splitlines()
    assert [line.split() for line in lines] == [
        [one, READER, "safety", "2026-03-02", at, "1", "refused", "550"]
        for one, at in ((first, "09:00Z"), (second, "09:00Z"))
    ]
    assert nrm(drive, "list", "--retrying").output == ""


@pytest.mark.parametrize(("act", "after"), [("retry", "waiting"), ("discard", "dropped")])
def test_one_letter_or_all(drive: Drive, act: str, after: str) -> None:
    first, _, _ = dead(drive, 3)
    assert "1 letters" in nrm(drive, act, first).output
    assert statuses(drive) == [after, "failed", "failed"]
    assert "2 letters" in nrm(drive, act, "--all").output
    assert statuses(drive) == [after] * 3


@pytest.mark.parametrize("words", [(), ("one", "--all")])
def test_which_letters_has_to_be_said(drive: Drive, words: tuple[str, ...]) -> None:
    answer = nrm(drive, "discard", *words)
    assert answer.exit_code == 2
    assert "--all" in answer.output


def test_a_letter_that_is_not_there(drive: Drive) -> None:
    assert nrm(drive, "retry", "nothing").exit_code == 2


@pytest.mark.parametrize(("fate", "code", "said"), [
    (Fate.TAKE, 0, "Sent."), (Fate.REFUSE_FOR_EVER, 1, "not sent: refused 554"),
])
def test_a_trial_goes_the_way_of_every_letter(drive: Drive, fate: Fate, code: int, said: str) -> None:
    with PostOffice(lambda: fate) as office:
        (drive.installation.settings.dir / SETTINGS_FILE).write_text(
            f"outbox: smtp\nsmtp_host: 127.0.0.1\nsmtp_port: {office.port}\nsmtp_security: none\nmail_from: {SENDER}\n"
        )
        answer = nrm(drive, "test", READER)
    assert (answer.exit_code, answer.output.startswith(said)) == (code, True)
    assert [letter.to for letter in office.letters] == ([f"{READER}@velmara.example"] if code == 0 else [])


def test_a_trial_for_nobody(drive: Drive) -> None:
    assert nrm(drive, "test", "nobody").exit_code == 2
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == READER, email=None)
    assert "no address" in nrm(drive, "test", READER).output
