"""Dead letters: seen by who answers for the installation, sent again or thrown away, each with its entry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from nrm.commands.dead_letters import discard_letters, retry_letters
from nrm.commands.mute_mail import mute_mail
from nrm.commands.send_outbox import send_outbox
from nrm.notices.channels import NotDelivered
from nrm.notices.letters import Letter
from nrm.queries.dead_letters import count_unsent, unsent_letters
from nrm.queries.notices import is_mail_muted
from nrm.records.outgoing import add_outgoing
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.notice import Outbox
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.mail import Weight
from tests.support.driving import Drive

ADMIN = Actor("cm-sa_norvale-2", "sa_norvale", frozenset({"ADMIN"}))
READER = "cm-sa_norvale-1"


def fail(drive: Drive, *, final: bool = True, letters: int = 1) -> None:
    """Letters that the server refuses."""
    def refuse(_: Letter) -> None:
        raise NotDelivered("refused 550", final=final)

    for _ in range(letters):
        drive.clock.advance(timedelta(seconds=1))
        with drive.system.database.unit(SYSTEM) as unit:
            add_outgoing(unit, user_id=READER, weight=Weight.SAFETY, next_at=unit.now)
    send_outbox(drive.system, channel=refuse)


def ids(drive: Drive) -> list[str]:
    """The dead letters, the oldest first."""
    return [line.id for line in unsent_letters(drive.system, ADMIN).items]


def entries(drive: Drive) -> list[tuple[str, str]]:
    """What the installation's history says of letters."""
    return [(row.act, row.actor) for row in drive.history(INSTALLATION) if row.act.startswith("letters.")]


def test_a_dead_letter_shows_whose_it_is_and_why_and_no_address(any_drive: Drive) -> None:
    drive = any_drive
    written_at = drive.clock.now() + timedelta(seconds=1)
    fail(drive)
    line, = unsent_letters(drive.system, ADMIN).items
    assert (line.login, line.name, line.weight, line.written_at, line.tries, line.error, line.next_at) == (
        READER, "CM 1 Invented", "safety", written_at, 1, "refused 550", None,
    )
    assert "@" not in repr(line)
    assert count_unsent(drive.system, ADMIN) == 1


def test_what_fails_and_is_tried_again_is_shown_apart(drive: Drive) -> None:
    fail(drive, final=False)
    assert ids(drive) == []
    line, = unsent_letters(drive.system, ADMIN, state="retrying").items
    assert line.next_at == drive.clock.now() + timedelta(minutes=2)
    with pytest.raises(InvalidInput):
        unsent_letters(drive.system, ADMIN, state="lost")


def test_pages_follow_one_another(drive: Drive) -> None:
    fail(drive, letters=5)
    first = unsent_letters(drive.system, ADMIN, limit=3)
    second = unsent_letters(drive.system, ADMIN, limit=3, after=first.after)
    assert [len(first.items), len(second.items), second.after] == [3, 2, None]
    assert [line.id for line in (*first.items, *second.items)] == ids(drive)


def test_a_letter_is_sent_again_as_if_never_tried(any_drive: Drive) -> None:
    drive = any_drive
    fail(drive, letters=2)
    before = drive.one(select(Outbox.message_id).where(Outbox.id == ids(drive)[0]))
    assert retry_letters(drive.system, ADMIN, ids=ids(drive)[:1]) == 1
    arrived: list[Letter] = []
    assert send_outbox(drive.system, channel=arrived.append) == 1
    assert [letter.message_id for letter in arrived] == [before.message_id]
    assert len(ids(drive)) == 1
    assert entries(drive) == [("letters.retried", ADMIN.user_id)]


def test_all_at_once_and_the_second_time_nothing(drive: Drive) -> None:
    fail(drive, letters=3)
    assert retry_letters(drive.system, SYSTEM) == 3
    assert retry_letters(drive.system, SYSTEM) == 0
    assert len(entries(drive)) == 1


def test_a_letter_thrown_away_is_never_sent(drive: Drive) -> None:
    fail(drive, letters=2)
    assert discard_letters(drive.system, ADMIN, ids=ids(drive)[:1]) == 1
    assert discard_letters(drive.system, ADMIN) == 1
    assert send_outbox(drive.system, channel=lambda _: None) == 0
    assert [row.status for row in drive.rows(select(Outbox.status))] == ["dropped"] * 2


def test_only_dead_letters_are_touched(drive: Drive) -> None:
    fail(drive)
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Outbox).values(status="sent"))
        sent = unit.conn.execute(select(Outbox.id)).scalar_one()
    for act in (retry_letters, discard_letters):
        with pytest.raises(NotFound):
            act(drive.system, ADMIN, ids=[sent])
    assert entries(drive) == []


@pytest.mark.parametrize("role", ["CM", "COORD", "NCU", "AUD"])
def test_nobody_else_sees_or_touches_them(drive: Drive, role: str) -> None:
    actor = Actor("u", "sa_norvale", frozenset({role}))
    for act in (unsent_letters, count_unsent, retry_letters, discard_letters):
        with pytest.raises(NotAllowed):
            act(drive.system, actor)


def test_ones_own_mail_is_muted_and_wanted_again(drive: Drive) -> None:
    actor = drive.person("CM")
    for muted in (True, False):
        mute_mail(drive.system, actor, muted=muted)
        assert is_mail_muted(drive.system, actor) is muted
    mute_mail(drive.system, actor, muted=True)
    assert [row.id for row in drive.rows(select(User.id).where(User.muted.is_(True)))] == [actor.user_id]
