"""goal:R4: deadlines fall due while workers are killed and stopped: each effect once, none lost, none much late."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Select, func, select, update

from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.work import Worker as WorkerRow
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import SystemClock
from tests.fault.agreement import disagreements_everywhere
from tests.fault.shaking import Worker
from tests.support.driving import Drive, Installation
from tests.support.long import LONG

WORKERS = 3
CASES, KILLS, STOPS = (5000, 60, 5) if LONG else (200, 6, 1)
"""Each case has two deadlines: its team, its safety check."""
SPREAD = timedelta(seconds=600 if LONG else 6)
"""Over how long they fall due."""
STOPPED_S = 62 if LONG else 1
"""Twice as long as PostgreSQL lets a transaction stand idle: what a stopped worker held is taken from it."""
MOST_LATE = timedelta(seconds=30)
"""Far more than it ever is, because machines that run tests are busy."""
BREACH = 2


@pytest.mark.postgres
def test_workers_that_are_killed_and_stopped_lose_nothing_and_do_nothing_twice(
    postgres_installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    postgres_installation.clock = SystemClock()  # on PostgreSQL: the time of the database
    drive = Drive(postgres_installation)
    for _ in range(CASES):
        drive.open_case()
    deadlines = [row.id for row in drive.rows(select(Deadline.id).where(Deadline.kind == "task"))]
    assert len(deadlines) == 2 * CASES
    with ExitStack() as stack:
        fleet = _Fleet(postgres_installation, stack)
        last = _fall_due(drive, deadlines)
        recovered = fleet.shaken(random.Random(20260304))
        fleet.work_until(last + timedelta(seconds=1))
        fleet.work_until_done(drive)
        fleet.end(drive)
    drive.reload()
    told = drive.rows(select(RungFired.deadline_id).where(RungFired.rung == BREACH))
    assert sorted(row.deadline_id for row in told) == sorted(deadlines), "each breach once, none lost"
    assert disagreements_everywhere(drive) == []
    late = _lateness(drive, recovered)
    with capsys.disabled():
        print(f"\n{len(deadlines)} deadlines, {WORKERS} workers, {KILLS} kills, {STOPS} stops: "  # noqa: T201 - the number is asked for
              f"p99 of {len(late)} after recovery {late[int(len(late) * 0.99)]:.2f} s late, worst {late[-1]:.2f} s")
    assert late[-1] < MOST_LATE.total_seconds()
    stopped = drive.rows(select(WorkerRow.id).where(WorkerRow.stopped_at.is_not(None)))
    assert len(stopped) == WORKERS, "who was killed wrote no end"


class _Fleet:
    """Worker processes; one that is killed is started again, as a service manager does."""

    def __init__(self, installation: Installation, stack: ExitStack) -> None:
        self._installation = installation
        self._stack = stack
        self._workers = [self._started() for _ in range(WORKERS)]

    def _started(self) -> Worker:
        worker = self._stack.enter_context(Worker(self._installation, "work", None))
        worker.ready()
        return worker

    def shaken(self, dice: random.Random) -> datetime:
        """Kill and stop at moments nobody chose; return when the last of it was over."""
        blows = [signal.SIGKILL] * KILLS + [signal.SIGSTOP] * STOPS
        dice.shuffle(blows)
        for blow, pause in zip(blows, _pauses(dice, len(blows)), strict=True):
            number = dice.randrange(WORKERS)
            self._workers[number].process.join(pause)
            self._workers[number].signal(blow)
            if blow is signal.SIGKILL:
                self._workers[number].kill()
                self._workers[number] = self._started()
            else:
                self._workers[number].process.join(STOPPED_S)
                self._workers[number].signal(signal.SIGCONT)
        return SystemClock().now()

    def work_until(self, at: datetime) -> None:
        """Let them work until an instant."""
        self._workers[0].process.join(max(0.0, (at - SystemClock().now()).total_seconds()))

    def work_until_done(self, drive: Drive) -> None:
        """Let them work until nothing is due."""
        due = select(func.count(Deadline.id)).where(Deadline.next_rung_at <= func.clock_timestamp())
        self._work_until_there_are(0, drive, due)

    def end(self, drive: Drive) -> None:
        """Tell them to stop, those too that were started just now; each ends as it should."""
        alive = select(func.count(WorkerRow.id)).where(WorkerRow.seen_at > SystemClock().now())
        self._work_until_there_are(WORKERS, drive, alive)
        for worker in self._workers:
            worker.signal(signal.SIGTERM)
        for worker in self._workers:
            worker.finish()

    def _work_until_there_are(self, many: int, drive: Drive, counted: Select[int]) -> None:
        for _ in range(2400):
            if drive.one(counted)[0] == many:
                return
            self._workers[0].process.join(0.05)
        raise AssertionError("they do not come to an end")


def _pauses(dice: random.Random, many: int) -> Iterator[float]:
    """Moments spread over the time in which deadlines fall due, as the waits between them."""
    moments = sorted(dice.uniform(0, SPREAD.total_seconds()) for _ in range(many))
    yield from (later - sooner for sooner, later in pairwise([0.0, *moments]))


def _fall_due(drive: Drive, deadlines: Sequence[str]) -> datetime:
    """Move the clocks so that they run out one after the other from now on; return when the last does."""
    step = SPREAD / len(deadlines)
    with drive.system.database.unit(SYSTEM) as unit:
        for number, deadline_id in enumerate(deadlines):
            due = unit.now + number * step
            unit.conn.execute(update(Deadline).where(Deadline.id == deadline_id).values(
                armed_at=due - timedelta(days=1), started_at=due - timedelta(days=1), due_at=due,
                next_rung=BREACH, next_rung_at=due,
            ))
        return unit.now + SPREAD


def _lateness(drive: Drive, since: datetime) -> list[float]:
    """How late each breach was told that fell due since an instant, in seconds, in order; all where none did."""
    rows = drive.rows(select(RungFired.at, RungFired.true_due_at).where(RungFired.rung == BREACH))
    after = [row for row in rows if row.true_due_at >= since] or rows
    return sorted((row.at - row.true_due_at).total_seconds() for row in after)
