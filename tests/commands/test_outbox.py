"""Letters that arrive: gathered, at a decent hour, once is enough; looked at again before they go, and never lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from nrm.commands.ask_for_help import ask_for_help
from nrm.commands.complete_task import complete_task
from nrm.commands.mail_times import letter_of_the_day_at
from nrm.commands.open_task import open_task
from nrm.commands.send_outbox import MOST_TRIES, send_outbox
from nrm.notices.channels import NotDelivered
from nrm.notices.letters import Letter
from nrm.records.outgoing import add_outgoing
from nrm.records.tables.account import User
from nrm.records.tables.agency import Agency
from nrm.records.tables.notice import Notice, Outbox
from nrm.records.tables.task import Task
from nrm.rules.calendars import Calendar
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.mail import Weight
from tests.support.driving import START, Drive
from tests.support.filling import fill

MORNING = START.replace(hour=6)
"""Eight o'clock in Velmara, two hours ahead of UTC in winter; the installation starts at eleven."""
NIGHT = START.replace(hour=21)


@dataclass
class Post:
    """A post office that keeps every letter, or refuses."""

    letters: list[Letter] = field(default_factory=list)
    failure: NotDelivered | None = None
    refused: list[Letter] = field(default_factory=list)

    def __call__(self, letter: Letter) -> None:
        if self.failure is not None:
            self.refused.append(letter)
            raise self.failure
        self.letters.append(letter)


@pytest.fixture
def post() -> Post:
    """A post office where everything arrives."""
    return Post()


def write(drive: Drive, user_id: str, weight: Weight = Weight.ORDINARY, **about: str) -> None:
    """Queue a letter as an act does."""
    with drive.system.database.unit(SYSTEM) as unit:
        agency_id = unit.conn.execute(select(User.agency_id).where(User.id == user_id)).scalar_one()
        add_outgoing(
            unit, user_id=user_id, weight=weight, **about,
            next_at=unit.now if weight is Weight.SAFETY else letter_of_the_day_at(drive.system, unit, agency_id),
        )


def change(drive: Drive, table: type[User | Task | Agency], row_id: str, **values: object) -> None:
    """Change a row behind everybody's back."""
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(table).where(table.id == row_id).values(**values))
    drive.system.directory.forget()


def worker(drive: Drive) -> str:
    """A case worker."""
    return drive.person("CM").user_id


def statuses(drive: Drive) -> Sequence[str]:
    """What became of the rows, in the order in which they were written."""
    return [row.status for row in drive.rows(select(Outbox.status).order_by(Outbox.at, Outbox.id))]


# -- when ---------------------------------------------------------------------------------------------


def test_what_can_wait_is_gathered_into_one_letter_a_day(any_drive: Drive, post: Post) -> None:
    drive = any_drive
    for weight in (Weight.ORDINARY, Weight.STATUTORY, Weight.ORDINARY):
        write(drive, worker(drive), weight)
        drive.clock.advance(timedelta(minutes=1))
    assert send_outbox(drive.system, channel=post) == 0
    drive.clock.move_to(MORNING + timedelta(days=1))
    assert send_outbox(drive.system, channel=post) == 1
    assert "waiting for you: 3. Please sign in today." in post.letters[0].body
    drive.clock.advance(timedelta(minutes=1))
    write(drive, worker(drive))
    drive.clock.advance(timedelta(hours=8))
    assert send_outbox(drive.system, channel=post) == 0, "one letter a day"
    drive.clock.move_to(MORNING + timedelta(days=2))
    assert send_outbox(drive.system, channel=post) == 1
    assert len({letter.message_id for letter in post.letters}) == 2


def test_danger_goes_at_once_day_and_night_before_everything_else(any_drive: Drive, post: Post) -> None:
    drive = any_drive
    write(drive, drive.person("CM", number=2).user_id)
    drive.clock.move_to(MORNING + timedelta(days=1, hours=-10))
    for _ in range(2):
        write(drive, worker(drive), Weight.SAFETY)
    assert send_outbox(drive.system, channel=post) == 2
    assert [letter.body.split("\n")[2] for letter in post.letters] == [
        "something is waiting for you. Please sign in now."
    ] * 2
    drive.clock.move_to(MORNING + timedelta(days=1))
    write(drive, worker(drive), Weight.SAFETY)
    assert send_outbox(drive.system, channel=post, limit=1) == 1
    assert "now" in post.letters[-1].body


def test_after_an_outage_nobody_is_woken(any_drive: Drive, post: Post) -> None:
    drive = any_drive
    write(drive, worker(drive), Weight.STATUTORY)
    drive.clock.move_to(NIGHT + timedelta(days=3))
    assert send_outbox(drive.system, channel=post) == 0
    drive.clock.move_to(MORNING + timedelta(days=4, hours=-1))  # seven o'clock: the quiet hours are over
    assert send_outbox(drive.system, channel=post) == 1
    assert statuses(drive) == ["sent"]


def test_everybody_is_written_to_by_the_clock_of_their_own_agency(drive: Drive, post: Post) -> None:
    system = drive.system
    east = Calendar("east", zone="Asia/Dhaka")
    system.configuration = replace(system.configuration, calendars={**system.configuration.calendars, "east": east})
    far = drive.person("MED")
    change(drive, Agency, far.agency_id, calendar="east")
    write(drive, worker(drive))
    write(drive, far.user_id)
    due = {row.user_id: row.next_at for row in drive.rows(select(Outbox.user_id, Outbox.next_at))}
    assert due == {worker(drive): MORNING + timedelta(days=1), far.user_id: datetime(2026, 3, 3, 2, tzinfo=UTC)}


# -- looked at again ----------------------------------------------------------------------------------


def of_a_task(drive: Drive) -> tuple[str, Any]:
    """A task of a provider's, about which somebody there has a letter waiting."""
    case_id = drive.open_case()
    task = drive.task(case_id, "record_safety")
    write(drive, drive.of(task).user_id, Weight.STATUTORY, case_id=case_id, task_id=task.id)
    return case_id, task


def nothing(drive: Drive, task: Any) -> None:
    """Everything is as it was."""


def completed(drive: Drive, task: Any) -> None:
    """Somebody did it."""
    actor = drive.of(task)
    page = open_task(drive.system, actor, task_id=task.id)
    facts = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}
    complete_task(drive.system, actor, task_id=task.id, answers=fill(page.form, facts), seen_version=page.version)


def account_closed(drive: Drive, task: Any) -> None:
    """The reader works here no more."""
    change(drive, User, drive.of(task).user_id, status="disabled")


def elsewhere(drive: Drive, task: Any) -> None:
    """The reader changed agency, and does not answer for time limits."""
    change(drive, User, drive.of(task).user_id, agency_id=drive.person("POL").agency_id, roles=["POL"])


def moved(drive: Drive, task: Any) -> None:
    """The reader changed agency, and answers for time limits there."""
    change(drive, User, drive.of(task).user_id, agency_id=drive.person("POL").agency_id, roles=["SUP"])


def muted(drive: Drive, task: Any) -> None:
    """The reader wants no ordinary mail: this is none."""
    change(drive, User, drive.of(task).user_id, muted=True)


@pytest.mark.parametrize(("what_happens", "status"), [
    (nothing, "sent"), (completed, "dropped"), (account_closed, "dropped"), (elsewhere, "dropped"), (moved, "sent"),
    (muted, "sent"),
])
def test_a_letter_is_looked_at_again_before_it_goes(
    any_drive: Drive, post: Post, what_happens: Callable[[Drive, Any], None], status: str
) -> None:
    drive = any_drive
    _, task = of_a_task(drive)
    what_happens(drive, task)
    drive.clock.move_to(MORNING + timedelta(days=1))
    send_outbox(drive.system, channel=post)
    of_it = select(Outbox.status).where(Outbox.task_id == task.id, Outbox.weight == Weight.STATUTORY)
    assert drive.one(of_it).status == status
    assert len([letter for letter in post.letters if drive.of(task).user_id in letter.to]) == (status == "sent")


def test_who_mutes_ordinary_mail_gets_none(drive: Drive, post: Post) -> None:
    change(drive, User, worker(drive), muted=True)
    write(drive, worker(drive))
    drive.clock.advance(timedelta(minutes=1))
    write(drive, worker(drive), Weight.STATUTORY)
    drive.clock.move_to(MORNING + timedelta(days=1))
    assert send_outbox(drive.system, channel=post) == 1
    assert "something is waiting for you. Please sign in today." in post.letters[0].body
    assert statuses(drive) == ["dropped", "sent"]


def test_an_act_writes_its_notice_and_its_letter_together(any_drive: Drive, post: Post) -> None:
    drive = any_drive
    case_id = drive.open_case()
    task = drive.task(case_id, "record_safety")
    ask_for_help(drive.system, drive.of(task), task_id=task.id, kind="need_help")
    rows = drive.rows(select(Outbox))
    told = drive.rows(select(Notice.user_id).where(Notice.kind == "help_need_help"))
    assert sorted(row.user_id for row in rows) == sorted(row.user_id for row in told)
    assert {(row.case_id, row.task_id, row.weight) for row in rows} == {(case_id, task.id, "ordinary")}
    drive.clock.move_to(MORNING + timedelta(days=1))
    assert send_outbox(drive.system, channel=post) == len(told)


# -- what goes wrong ----------------------------------------------------------------------------------


def test_what_fails_is_tried_again_under_its_message_id_and_then_a_dead_letter(any_drive: Drive, post: Post) -> None:
    drive = any_drive
    write(drive, worker(drive), Weight.SAFETY)
    post.failure = NotDelivered("refused 451")
    for tries in range(MOST_TRIES):
        assert statuses(drive) == ["waiting"], tries
        assert send_outbox(drive.system, channel=post) == 0
        assert send_outbox(drive.system, channel=post) == 0, "not at once"
        drive.clock.advance(timedelta(hours=4))
    row = drive.one(select(Outbox))
    assert (row.status, row.error, row.attempts) == ("failed", "refused 451", MOST_TRIES)
    assert len(post.refused) == MOST_TRIES
    assert len({letter.message_id for letter in post.refused}) == 1
    assert send_outbox(drive.system, channel=post) == 0


@pytest.mark.parametrize(("failure", "tried"), [
    (NotDelivered("refused 550", final=True), 3), (NotDelivered("no answer", nobody_there=True), 1),
])
def test_one_letter_finds_out_that_the_server_is_away(drive: Drive, failure: NotDelivered, tried: int) -> None:
    for number in (1, 2):
        write(drive, drive.person("CM", number=number).user_id, Weight.SAFETY)
    write(drive, drive.person("SUP").user_id, Weight.SAFETY)
    post = Post(failure=failure)
    assert send_outbox(drive.system, channel=post) == 0
    assert len(post.refused) == tried
    assert statuses(drive).count("failed") == (tried if failure.final else 0)


def test_who_has_no_address_is_a_dead_letter_at_once(drive: Drive, post: Post) -> None:
    change(drive, User, worker(drive), email=None)
    write(drive, worker(drive), Weight.SAFETY)
    send_outbox(drive.system, channel=post)
    row = drive.one(select(Outbox))
    assert (row.status, row.error) == ("failed", "no address")


def test_one_that_dies_while_sending_repeats_one_letter_under_its_message_id(any_drive: Drive, post: Post) -> None:
    drive = any_drive
    for number in (1, 2):
        write(drive, drive.person("CM", number=number).user_id, Weight.SAFETY)

    def dying(letter: Letter) -> None:
        post(letter)
        if len(post.letters) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_outbox(drive.system, channel=dying)
    drive.reload()
    drive.clock.advance(timedelta(minutes=2))
    assert send_outbox(drive.system, channel=post) == 1
    assert [letter.to for letter in post.letters[1:]] == [post.letters[1].to] * 2
    assert post.letters[1].message_id == post.letters[2].message_id
    assert statuses(drive) == ["sent", "sent"]


def test_a_sender_that_is_told_to_stop_stops_after_the_letter_in_hand(drive: Drive, post: Post) -> None:
    for _ in range(3):
        write(drive, worker(drive), Weight.SAFETY)
    assert send_outbox(drive.system, channel=post, stopping=lambda: len(post.letters) >= 2) == 2


def test_the_language_is_the_readers(drive: Drive, post: Post) -> None:
    change(drive, User, worker(drive), language="ro")
    write(drive, worker(drive), Weight.SAFETY)
    send_outbox(drive.system, channel=post)
    assert post.letters[0].subject == "Caseway: Ceva vă așteaptă"
    assert post.letters[0].at == datetime(2026, 3, 2, 9, tzinfo=UTC)
