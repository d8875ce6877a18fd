"""The worker: APScheduler as a ticker only. It holds no state of the business; losing it loses nothing (design 6)."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from nrm.commands.note_configuration import note_configuration
from nrm.commands.working import Rounds
from nrm.deployment.safe_start import require_safe
from nrm.entrypoints.logs import keep_words_out, write_lines
from nrm.records import schema
from nrm.vocabulary.clock import Clock, SystemClock
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.wiring.system import System

EVERY_S = 5
TICK = "tick"


def run_worker(system: System, *, every_s: float = EVERY_S) -> None:
    """Tick until told to stop, by SIGTERM or Ctrl-C. On SQLite only one worker may run.

    Raises UnsafeStart, ConfigurationRefused where the database is not up to date.
    """
    require_safe(system.settings, os.environ)
    schema.check(system.settings.database_url)
    keep_words_out()
    write_lines(system.settings.log_format)
    note_configuration(system)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    tick_until(stop, system, every_s=every_s)


def tick_once(system: System) -> None:
    """Do what is due now, and end. On SQLite only one worker may run."""
    with only_one(system):
        rounds = Rounds(system)
        rounds.tick()
        rounds.end()


def tick_until(stop: threading.Event, system: System, *, every_s: float = EVERY_S) -> None:
    """Tick until ``stop`` is set; the case in hand is finished first. On SQLite only one worker may run."""
    # A backlog makes a tick long. The ones that come meanwhile have nothing to add, and need no warning each.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    with only_one(system):
        rounds = Rounds(system, stopping=stop.is_set)
        scheduler = BackgroundScheduler(timezone="UTC")
        scheduler.add_job(
            rounds.tick, "interval", id=TICK, seconds=every_s, coalesce=True, max_instances=1, misfire_grace_time=None,
            next_run_time=SystemClock().now(),
        )
        scheduler.start()
        while not stop.wait(every_s):
            keep_ticking(scheduler, SystemClock(), every_s)
        scheduler.shutdown(wait=True)
        rounds.end()


def keep_ticking(scheduler: BackgroundScheduler, machine: Clock, every_s: float) -> None:
    """Tick at once where the machine's clock was set back: the ticker would wait until it has caught up."""
    job = scheduler.get_job(TICK)
    now = machine.now()
    if job is not None and job.next_run_time - now > timedelta(seconds=2 * every_s):
        job.modify(next_run_time=now)


@contextmanager
def only_one(system: System) -> Iterator[None]:
    """On SQLite, hold the lock file that makes this the only worker. Raises ConfigurationRefused."""
    if not system.settings.on_sqlite:
        yield
        return
    path = system.settings.dir / "worker.lock"
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigurationRefused(
                "another worker runs on this SQLite installation; SQLite takes one, PostgreSQL any number",
                file=str(path.name),
            ) from None
        yield
