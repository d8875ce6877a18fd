"""A real worker process: stops in seconds when told to, and goes on ticking whatever the machine's clock does."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select

from nrm.entrypoints.worker import TICK, keep_ticking
from nrm.records.tables.deadline import RungFired
from nrm.records.tables.work import Worker as WorkerRow
from nrm.vocabulary.clock import MovableClock, SystemClock
from tests.fault.agreement import disagreements_everywhere
from tests.fault.shaking import PATIENCE_S, Worker
from tests.support.driving import START, Drive

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
