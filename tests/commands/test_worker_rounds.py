"""A worker's rounds: each kind of work by itself, a backlog without waiting, a row that says who is there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from nrm.commands.sweep import sweep
from nrm.commands.working import Done, Rounds, Stopping, sweep_some
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.work import Worker
from nrm.records.workers import KEPT
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import SystemClock
from nrm.vocabulary.errors import NotReady
from nrm.wiring.system import System
from tests.support.driving import START, Drive, Installation

RUNGS = 5 + 5
"""Of a new case: the standard ladder on its team, the safety ladder on its safety check."""


def workers(drive: Drive) -> list[Row[tuple[object, ...]]]:
    return list(drive.rows(select(Worker).order_by(Worker.started_at, Worker.id)))


def fired(drive: Drive) -> int:
    return int(drive.one(select(func.count(RungFired.rung)))[0])


def test_a_tick_does_what_is_due_and_says_so_in_the_workers_row(any_drive: Drive) -> None:
    drive = any_drive
    drive.open_case()
    rounds = Rounds(drive.system)
    rounds.tick()
    [row] = workers(drive)
    assert (row.id, row.started_at, row.seen_at, row.cases, row.rungs) == (rounds.id, START, START, 0, 0)
    late = START + timedelta(days=20)
    drive.clock.move_to(late)
    rounds.tick()
    [row] = workers(drive)
    assert (row.started_at, row.seen_at, row.cases, row.rungs, row.failed) == (START, late, 1, RUNGS, 0)
    assert row.sent > 0
    assert row.stopped_at is None
    rounds.end()
    assert workers(drive)[0].stopped_at == late


@pytest.mark.parametrize("broken", ["first", "last"])
@pytest.mark.parametrize("error", [NotReady(), ZeroDivisionError()], ids=["refused", "defect"])
def test_work_that_fails_stops_no_other(drive: Drive, broken: str, error: Exception) -> None:
    def fail(_: System, __: Stopping) -> Done:
        raise error

    drive.open_case()
    drive.clock.advance(timedelta(days=20))
    work = [("broken", fail), ("sweep", sweep_some)]
    Rounds(drive.system, work=work if broken == "first" else work[::-1]).tick()
    assert fired(drive) == RUNGS
    [row] = workers(drive)
    assert (row.rungs, row.failed) == (RUNGS, 1)


def test_a_backlog_is_worked_through_in_one_tick(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nrm.commands.working.CASES", 2)
    for _ in range(5):
        drive.open_case()
    drive.clock.advance(timedelta(days=20))
    Rounds(drive.system).tick()
    assert fired(drive) == 5 * RUNGS
    assert workers(drive)[0].lag_s == 0


def test_told_to_stop_it_finishes_the_case_in_hand_and_begins_no_other(drive: Drive) -> None:
    for _ in range(3):
        drive.open_case()
    drive.clock.advance(timedelta(days=20))
    rounds = Rounds(drive.system, stopping=lambda: fired(drive) > 0)
    rounds.tick()
    rounds.end()
    assert fired(drive) == RUNGS
    [row] = workers(drive)
    assert row.cases == 1
    assert row.stopped_at == drive.clock.now()
    assert row.lag_s > 0, "what waits is late, and the row says how much"


def test_a_row_that_nobody_writes_any_more_goes_after_a_month(drive: Drive) -> None:
    Rounds(drive.system).tick()
    drive.clock.advance(KEPT + timedelta(days=1))
    again = Rounds(drive.system)
    again.tick()
    assert [row.id for row in workers(drive)] == [again.id]


# -- whose clock ------------------------------------------------------------------------------------


class Wrong(SystemClock):
    """A machine's clock that was set wrong."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


@pytest.mark.postgres
@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "behind"])
def test_a_worker_whose_machine_clock_is_wrong_goes_by_the_databases(
    postgres_installation: Installation, by: timedelta
) -> None:
    """goal:R8: on PostgreSQL the time of a transaction is the database's, so workers agree on what is due."""
    postgres_installation.clock = Wrong(by)
    drive = Drive(postgres_installation)
    drive.open_case()
    half_hour = timedelta(minutes=30)
    now = SystemClock().now()
    _next_rungs_at(drive, now + half_hour)
    assert sweep(drive.system).cases == 0, "half an hour early by the database's clock"
    _next_rungs_at(drive, now - half_hour)
    assert sweep(drive.system).cases == 1, "half an hour late by the database's clock"
    Rounds(drive.system).tick()
    seen = workers(drive)[0].seen_at
    assert isinstance(seen, datetime)
    assert abs(seen - SystemClock().now()) < half_hour


def _next_rungs_at(drive: Drive, at: datetime) -> None:
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Deadline).values(next_rung_at=at))
