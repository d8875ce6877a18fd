"""Which cases have something due, and taking one without waiting for whoever holds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import bindparam, insert, select

from nrm.records.due import count_due_cases, due_cases, longest_due
from nrm.records.keys import KeyRing
from nrm.records.prepared import Read
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import Deadline
from nrm.records.unit import Database, Unit
from nrm.records.verify import verify
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock import MovableClock, SystemClock
from nrm.vocabulary.errors import Conflict

CLOCKS_OF = Read(select(Deadline.id).where(Deadline.case_id == bindparam("case")))


def arm(unit: Unit, case_id: str, at: datetime, kind: str = "task", status: str = "running") -> None:
    unit.conn.execute(insert(Deadline).values(
        id=f"{case_id}-{kind}-{status}-{at.isoformat()}", case_id=case_id, wait_id="w", kind=kind,
        limit_key="T01", length=1, unit="hours", armed_at=unit.now, status=status, due_at=at,
        next_rung_at=at,
    ))


def test_cases_with_something_due(
    database: Database, actor: Actor, add_case: Callable[[Unit, str], str], clock: MovableClock
) -> None:
    soon = clock.now() + timedelta(hours=1)
    with database.unit(actor) as unit:
        cases = [add_case(unit, f"N-{n}") for n in range(6)]
        arm(unit, cases[0], soon + timedelta(minutes=3))
        arm(unit, cases[0], soon - timedelta(minutes=1))
        arm(unit, cases[1], soon - timedelta(minutes=2), kind="event")
        arm(unit, cases[2], soon, status="breached")
        arm(unit, cases[3], soon - timedelta(minutes=9), status="paused")
        arm(unit, cases[4], soon - timedelta(minutes=9), kind="event", status="fired")
        arm(unit, cases[5], soon + timedelta(microseconds=1))
        assert due_cases(unit, 10) == []
        assert longest_due(unit) is None
        clock.move_to(soon)
    with database.unit(actor) as unit:
        assert due_cases(unit, 10) == [cases[1], cases[0], cases[2]]
        assert due_cases(unit, 1) == [cases[1]]
        assert due_cases(unit, 2, without=[cases[1]]) == [cases[0], cases[2]]
        assert longest_due(unit) == soon - timedelta(minutes=2)
        assert (count_due_cases(unit, 9), count_due_cases(unit, 2)) == (3, 2)


def test_a_case_is_taken_with_everything_that_is_asked(
    database: Database, actor: Actor, add_case: Callable[[Unit, str], str], clock: MovableClock
) -> None:
    with database.unit(actor) as unit:
        case_id = add_case(unit, "N-1")
        arm(unit, case_id, unit.now)
        unit.append(chain=case_id, act="case.opened", object="case", payload={"a": 1})
    with database.unit(actor) as unit:
        taken = unit.take_case(case_id, (CLOCKS_OF, {"case": case_id}), (CLOCKS_OF, {"case": "another"}))
        assert taken is not None
        assert (taken.case.id, taken.case.version) == (case_id, 1)
        assert [len(rows) for rows in taken.answers] == [1, 0]
        assert unit.lock_case(case_id) is taken.case, "locked already"
        assert unit.now == clock.now()
        assert unit.append(chain=case_id, act="limit.missed", object="task", payload={"b": 2}) == 2
        assert unit.take_case("no such case") is None
    with database.reader(actor) as unit:
        assert all(result.ok for result in verify(unit.conn, unit.ring, case_id))


@pytest.mark.postgres
def test_workers_take_different_cases_and_wait_for_none(
    postgres_url: str, ring: KeyRing, actor: Actor, add_case: Callable[[Unit, str], str]
) -> None:
    database = Database(postgres_url, clock=SystemClock(), keys=ring)
    with database.unit(actor) as unit:
        for number in range(3):
            unit.append(chain=add_case(unit, f"N-{number}"), act="case.opened", object="case")
    with database.unit(actor) as one, database.unit(actor) as two:
        assert one.take_case("case-N-0") is not None
        assert two.take_case("case-N-0") is None, "held as a case"
        two.append(chain="case-N-1", act="read", object="case")
        assert one.take_case("case-N-1") is None, "its history is being written"
        assert two.take_case("case-N-2") is not None
        assert abs(one.now - SystemClock().now()) < timedelta(minutes=1), "the database's, on the same machine"
    database.dispose()


def test_acts_on_one_connection_are_transactions_of_their_own(
    database: Database, actor: Actor, add_case: Callable[[Unit, str], str]
) -> None:
    with database.on_one_connection() as lent:
        with lent.unit(actor) as unit:
            add_case(unit, "N-1")
        with pytest.raises(Conflict), lent.unit(actor) as unit:
            add_case(unit, "N-1")
        with lent.unit(actor) as unit:
            add_case(unit, "N-3")
        with database.reader(actor) as unit:
            assert unit.conn.execute(select(Case.code).order_by(Case.code)).scalars().all() == ["N-1", "N-3"]
