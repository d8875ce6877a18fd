"""A real worker process: stops in seconds when told to, and goes on ticking whatever the machine's clock does."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import column, func, select, text

from nrm.entrypoints.worker import TICK, keep_ticking
from nrm.records.tables.deadline import HAS_RUNG, Deadline, RungFired
from nrm.records.tables.run import Incident
from nrm.records.tables.work import Worker as WorkerRow
from nrm.vocabulary.clock import MovableClock, SystemClock
from tests.fault.agreement import disagreements_everywhere
from tests.fault.shaking import PATIENCE_S, RUNGS_OF_A_NEW_CASE, Worker
from tests.support.driving import START, Drive, Installation

LATE = START + timedelta(days=20)


def until(worker: Worker, holds: Callable[[], bool]) -> None:
    """Wait for something a real process does."""
    for _ in range(20 * PATIENCE_S):
        if holds():
            return
        worker.process.join(0.05)
        assert worker.process.is_alive(), "the worker ended"
    raise AssertionError("it never came")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_in_seconds_and_leaves_nothing_half_done(any_drive: Drive, number: signal.Signals) -> None:
    drive = any_drive
    for _ in range(8):
        drive.open_case()
    rungs = select(func.count(RungFired.rung))
    with Worker(drive.installation, "work", LATE) as worker:
        worker.ready()
        until(worker, lambda: drive.one(rungs)[0] > 0)
        worker.signal(number)
        worker.process.join(10)
        assert worker.process.exitcode == 0
    drive.reload()
    [row] = drive.rows(select(WorkerRow))
    assert row.stopped_at == LATE
    assert row.rungs == drive.one(rungs)[0]
    assert disagreements_everywhere(drive) == []


@pytest.mark.parametrize(("set_by", "waits"), [
    (timedelta(hours=-1), False), (timedelta(minutes=-5), False), (timedelta(), True), (timedelta(hours=1), True),
], ids=str)
def test_a_machine_clock_that_is_set_back_does_not_keep_the_ticker_waiting(set_by: timedelta, waits: bool) -> None:
    """APScheduler's next tick is an instant of the machine's clock, which may be an hour ahead of it after a jump."""
    scheduler = BackgroundScheduler(timezone="UTC")
    next_tick = SystemClock().now() + timedelta(days=1)
    scheduler.add_job(str, "interval", id=TICK, seconds=5, next_run_time=next_tick)
    scheduler.start(paused=True)
    machine = MovableClock(next_tick - timedelta(seconds=5) + set_by)
    keep_ticking(scheduler, machine, every_s=5)
    planned = scheduler.get_job(TICK).next_run_time
    scheduler.shutdown()
    assert planned == (next_tick if waits else machine.now())


@pytest.mark.postgres
def test_a_worker_whose_sessions_the_database_ends_goes_on_and_does_nothing_twice(
    postgres_installation: Installation,
) -> None:
    """goal:R10, in part: the database goes and comes back while much is due."""
    drive = Drive(postgres_installation)
    for _ in range(30):
        drive.open_case()
    drive.reload()  # no connection of ours is idle: what is cut are the worker's
    with Worker(postgres_installation, "work", LATE) as worker:
        worker.ready()
        for wanted in (1, 60, 120, 180):
            until(worker, lambda wanted=wanted: drive.one(select(func.count(RungFired.rung)))[0] >= wanted)  # type: ignore[misc]
            assert drive.one(select(func.count(func.pg_terminate_backend(column("pid")))).select_from(
                text("pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            ))[0]
            drive.reload()
        until(worker, lambda: drive.one(select(func.count()).where(HAS_RUNG, Deadline.next_rung_at <= LATE))[0] == 0)
        worker.signal(signal.SIGTERM)
        worker.finish()
    drive.reload()
    assert drive.one(select(func.count(RungFired.rung)))[0] == 30 * RUNGS_OF_A_NEW_CASE
    assert drive.rows(select(Incident.id)) == [], "that the database was away is no fault of a case"
    assert disagreements_everywhere(drive) == []
