"""The outbox: which rows make one letter, who may send it, and what a try that was overtaken may still change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Row

from nrm.records.outgoing import (
    LONGEST_WAIT,
    add_outgoing,
    begin_try,
    drop_outgoing,
    end_try,
    fail_try,
    postpone,
    take_outgoing,
)
from nrm.records.tables.notice import Outbox
from nrm.records.unit import Database, Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock import MovableClock
from nrm.vocabulary.mail import Weight

MINUTE = timedelta(minutes=1)


@pytest.fixture
def postbox(database: Database, actor: Actor, clock: MovableClock) -> Postbox:
    """The outbox of a fresh database."""
    return Postbox(database, actor, clock)


class Postbox:
    """Writes rows by a name of their own and shows what became of them."""

    def __init__(self, database: Database, actor: Actor, clock: MovableClock) -> None:
        self.database, self.actor, self.clock = database, actor, clock
        self.names: dict[str, str] = {}

    def add(self, name: str, user_id: str, weight: Weight = Weight.ORDINARY, *, due: timedelta = MINUTE * 0) -> None:
        """Write a row; each is written a second after the one before."""
        self.clock.advance(timedelta(seconds=1))
        with self.database.unit(self.actor) as unit:
            row_id = add_outgoing(unit, user_id=user_id, weight=weight, next_at=unit.now + due)
        self.names[row_id] = name

    def take(self, unit: Unit, *, safety: bool = False) -> list[str]:
        """The names of the rows of the next letter."""
        return [self.names[row.id] for row in take_outgoing(unit, safety=safety)]

    def begin(self) -> tuple[list[Row[Any]], datetime]:
        """Begin a try of the next letter."""
        with self.database.unit(self.actor) as unit:
            rows = list(take_outgoing(unit, safety=False))
            return rows, begin_try(unit, rows)

    def states(self) -> Mapping[str, str]:
        """What became of each row."""
        with self.database.reader(self.actor) as unit:
            return {self.names[row.id]: row.status for row in unit.conn.execute(select(Outbox.id, Outbox.status))}

    def of(self, name: str) -> Row[Any]:
        """One row."""
        with self.database.reader(self.actor) as unit:
            found = {self.names[row.id]: row for row in unit.conn.execute(select(Outbox))}
        return found[name]


def test_what_is_due_for_one_person_makes_one_letter(postbox: Postbox) -> None:
    postbox.add("first", "ana")
    postbox.add("other person", "bogdan")
    postbox.add("second", "ana", Weight.STATUTORY)
    postbox.add("tomorrow", "ana", due=MINUTE * 600)
    with postbox.database.unit(postbox.actor) as unit:
        assert postbox.take(unit) == ["first", "second"]


def test_letters_about_danger_go_each_by_itself(postbox: Postbox) -> None:
    postbox.add("one", "ana", Weight.SAFETY)
    postbox.add("another", "ana", Weight.SAFETY)
    postbox.add("can wait", "ana")
    with postbox.database.unit(postbox.actor) as unit:
        assert postbox.take(unit, safety=True) == ["one"]
        assert postbox.take(unit) == ["can wait"]


@pytest.mark.postgres
def test_who_holds_a_persons_first_row_holds_the_letter(postbox: Postbox) -> None:
    if postbox.database.dialect != "postgresql":
        return  # SQLite has one writer
    for name, user_id in (("first", "ana"), ("second", "ana"), ("other person", "bogdan")):
        postbox.add(name, user_id)
    with postbox.database.unit(postbox.actor) as one, postbox.database.unit(postbox.actor) as other:
        assert postbox.take(one) == ["first", "second"]
        assert postbox.take(other) == ["other person"]
        with postbox.database.unit(postbox.actor) as third:
            assert postbox.take(third) == []


def test_a_try_is_counted_before_it_is_made(postbox: Postbox) -> None:
    postbox.add("first", "ana")
    waited = []
    for _ in range(9):
        _, again_at = postbox.begin()
        waited.append(again_at - postbox.clock.now())
        with postbox.database.unit(postbox.actor) as unit:
            assert postbox.take(unit) == [], "a sender that died: nobody else tries meanwhile"
        postbox.clock.move_to(again_at)
    assert waited == [MINUTE * (2 ** tries) for tries in range(1, 8)] + [LONGEST_WAIT] * 2
    assert postbox.of("first").attempts == 9


def test_another_try_has_the_same_first_row_whatever_joined_it(postbox: Postbox) -> None:
    postbox.add("first", "ana")
    postbox.add("second", "ana")
    _, again_at = postbox.begin()
    with postbox.database.unit(postbox.actor) as unit:  # a clock was set back: it looks older than the first
        row_id = add_outgoing(unit, user_id="ana", next_at=unit.now)
        unit.conn.execute(
            update(Outbox).where(Outbox.id == row_id).values(at=unit.now - timedelta(days=1))
        )
    postbox.names[row_id] = "joined"
    with postbox.database.unit(postbox.actor) as unit:
        assert postbox.take(unit) == [], "it waits with the letter it belongs to"
    for _ in range(3):
        postbox.clock.move_to(again_at)
        rows, again_at = postbox.begin()
        assert [postbox.names[row.id] for row in rows] == ["first", "joined", "second"]


def test_the_first_row_of_a_letter_that_went_stands_for_all(postbox: Postbox) -> None:
    for name in ("first", "second", "third"):
        postbox.add(name, "ana")
    rows, again_at = postbox.begin()
    with postbox.database.unit(postbox.actor) as unit:
        drop_outgoing(unit, rows[1:2])
        end_try(unit, [rows[0], rows[2]], again_at)
    assert postbox.states() == {"first": "sent", "second": "dropped", "third": "sent"}
    counted = [postbox.of(name)._mapping["count"] for name in ("first", "third")]
    assert counted == [2, 0]
    assert postbox.of("first").sent_at == postbox.clock.now()
    assert postbox.of("second").sent_at is None


@pytest.mark.parametrize(("final", "status"), [(False, "waiting"), (True, "failed")])
def test_a_try_that_failed(postbox: Postbox, final: bool, status: str) -> None:
    postbox.add("first", "ana")
    rows, again_at = postbox.begin()
    with postbox.database.unit(postbox.actor) as unit:
        fail_try(unit, rows, again_at, error="no answer", final=final)
    row = postbox.of("first")
    assert (row.status, row.error, row.next_at) == (status, "no answer", None if final else again_at)


def test_a_try_that_was_overtaken_changes_nothing(postbox: Postbox) -> None:
    postbox.add("first", "ana")
    slow, mark = postbox.begin()
    postbox.clock.move_to(mark)
    quick, newer = postbox.begin()
    with postbox.database.unit(postbox.actor) as unit:
        fail_try(unit, slow, mark, error="no answer", final=True)
    assert postbox.of("first").status == "waiting"
    with postbox.database.unit(postbox.actor) as unit:
        end_try(unit, quick, newer)
    with postbox.database.unit(postbox.actor) as unit:
        fail_try(unit, slow, mark, error="no answer", final=True)
    assert postbox.of("first").status == "sent"


def test_to_postpone_is_no_try(postbox: Postbox) -> None:
    postbox.add("first", "ana")
    with postbox.database.unit(postbox.actor) as unit:
        postpone(unit, take_outgoing(unit, safety=False), unit.now + MINUTE)
        assert postbox.take(unit) == []
    assert postbox.of("first").attempts == 0
