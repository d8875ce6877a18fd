"""goal:R7: a mail server that drops, delays and acknowledges twice, and senders that are killed; nothing is lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from sqlalchemy import select

from nrm.commands.sweep import sweep
from nrm.deployment.settings import Security
from nrm.deployment.written_settings import SETTINGS_FILE
from nrm.records.outgoing import add_outgoing
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.notice import Outbox
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.mail import Weight
from tests.fault.sending_process import waiting
from tests.fault.shaking import Worker
from tests.support.driving import START, Drive
from tests.support.long import LONG
from tests.support.post_office import SENDER, TAKEN, Fate, PostOffice

LETTERS = 2000 if LONG else 200
KILLS = 20 if LONG else 4
"""Of senders, those that are killed together counted one by one."""
FAULTS = (Fate.TAKE_AND_SAY_TWICE, Fate.TAKE_LATE, Fate.TAKE_AND_HANG_UP, Fate.TAKE_AND_REFUSE, Fate.REFUSE,
          Fate.HANG_UP)
"""Three of ten letters meet one of these."""
CASES = 4


def test_no_letter_is_lost_and_none_comes_twice_under_another_id(any_drive: Drive) -> None:
    drive = any_drive
    dice = random.Random(20260307)
    fill_outbox(drive)
    with PostOffice(lambda: dice.choice(FAULTS) if dice.random() < 0.3 else Fate.TAKE) as office:
        send_here(drive, office)
        rounds = KILLS // how_many(drive)
        for number in range(rounds):
            shake(drive, office, number, LETTERS * (number + 1) // (rounds + 2))
        finish(drive, rounds)
    drive.reload()
    assert waiting(drive.system) == 0
    rows = drive.rows(select(Outbox))
    first = [row for row in rows if row._mapping["count"]]
    assert Counter(row.status for row in rows) == {"sent": len(rows)}
    assert sum(row._mapping["count"] for row in rows) == len(rows) >= LETTERS, "each row stands in exactly one letter"
    arrived = Counter(letter.message_id for letter in office.letters)
    assert set(arrived) == {row.message_id for row in first}, "none lost, and every repetition under its own id"
    heard = Counter(letter.message_id for letter in office.letters if letter.fate in TAKEN)
    assert sum(times - 1 for times in heard.values()) <= KILLS, "at most the letter that a killed sender had in hand"
    assert canaries(drive, [letter.text for letter in office.letters]) == []


def fill_outbox(drive: Drive) -> None:
    """Letters of real rungs, and as many invented ones of both kinds as it takes."""
    for _ in range(CASES):
        drive.open_case()
    drive.clock.advance(timedelta(days=20))
    while sweep(drive.system).rungs:
        pass
    people = [row.id for row in drive.rows(select(User.id).order_by(User.id))]
    with drive.system.database.unit(SYSTEM) as unit:
        for number in range(LETTERS):
            add_outgoing(
                unit, user_id=people[number % len(people)], next_at=unit.now,
                weight=Weight.STATUTORY if number % 10 == 0 else Weight.SAFETY,
            )


def send_here(drive: Drive, office: PostOffice) -> None:
    """Let the installation's letters go to a mail server."""
    (drive.installation.settings.dir / SETTINGS_FILE).write_text(
        f"outbox: smtp\nsmtp_host: 127.0.0.1\nsmtp_port: {office.port}\nsmtp_security: {Security.NONE}\n"
        f"mail_from: {SENDER}\n"
    )


def shake(drive: Drive, office: PostOffice, number: int, arrived: int) -> None:
    """Send until so many letters arrived, then kill every sender at a moment nobody chose."""
    with senders(drive, number) as hour:
        while len(office.letters) < arrived and not hour.over():
            hour.passes()
        hour.kill()


def finish(drive: Drive, number: int) -> None:
    """Send the rest."""
    with senders(drive, number) as hour:
        while not hour.over():
            hour.passes()


@contextmanager
def senders(drive: Drive, number: int) -> Iterator[Hours]:
    """Processes that send, a day after those before, and the hours that pass for them."""
    at = START + timedelta(days=21 + number)
    with ExitStack() as stack:
        started = [stack.enter_context(Worker(drive.installation, "send", at)) for _ in range(how_many(drive))]
        for one in started:
            one.ready()
        for one in started:
            one.go()
        yield Hours(started)


class Hours:
    """Lets an hour pass for all senders when each is idle or done."""

    def __init__(self, senders: Sequence[Worker]) -> None:
        self._senders = senders
        self._idle: set[Worker] = set()
        self._done: set[Worker] = set()

    def over(self) -> bool:
        """Whether nothing waits any more."""
        return len(self._done) == len(self._senders)

    def passes(self) -> None:
        """Hear what they say; once all are idle, an hour passes."""
        for one in self._senders:
            if one not in self._done and one.answered():  # a line whose other end is closed has something to read too
                {"idle": self._idle, "done": self._done}[one.next()].add(one)
        if self._idle and len(self._idle) + len(self._done) == len(self._senders):
            for one in self._idle:
                one.go()
            self._idle.clear()
        self._senders[0].process.join(0.001)

    def kill(self) -> None:
        """Kill -9, all at once."""
        for one in self._senders:
            one.process.kill()
        for one in self._senders:
            one.process.join()


def how_many(drive: Drive) -> int:
    """On SQLite one process sends."""
    return 1 if drive.system.settings.on_sqlite else 2


def canaries(drive: Drive, texts: Sequence[str]) -> list[str]:
    """What an outsider must not read, as far as it stands in a letter."""
    configuration = drive.system.configuration
    words = {row.code for row in drive.rows(select(Case.code))} | {"Invented", "@", "norvale"}
    words |= {row.title for row in drive.rows(select(Task.title))} | set(configuration.districts.values())
    words |= {agency.name for agency in configuration.agencies}
    return sorted(word for word in words for text in texts if word.casefold() in text.casefold())
