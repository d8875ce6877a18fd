"""The worker: APScheduler as a ticker only. It holds no state of the business; losing it loses nothing (design 6)."""

from __future__ import annotations

import fcntl
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from nrm.commands.forgetting import forget
from nrm.commands.send_outbox import send_outbox
from nrm.commands.sweep import sweep
from nrm.vocabulary.errors import ConfigurationRefused, NrmError
from nrm.wiring.system import System

log = logging.getLogger("nrm.worker")
EVERY_S = 5


def tick(system: System) -> None:
    """Do what is due once. What fails is logged by its kind and tried again at the next tick."""
    try:
        swept = sweep(system)
        sent = send_outbox(system)
        forget(system)
    except NrmError as error:
        log.warning("tick failed: %s", error.code)
        return
    if swept.cases or sent:
        log.info("cases=%d rungs=%d fired=%d failed=%d sent=%d",
                 swept.cases, swept.rungs, swept.fired, swept.failed, sent)


def run_worker(system: System, *, every_s: int = EVERY_S) -> None:
    """Tick until told to stop. On SQLite only one worker may run."""
    with only_one(system):
        stop = threading.Event()

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        scheduler = ticking(system, every_s=every_s)
        stop.wait()
        scheduler.shutdown(wait=True)


def ticking(system: System, *, every_s: int = EVERY_S) -> BackgroundScheduler:
    """Start the ticker in the background and return it."""
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(tick, "interval", [system], seconds=every_s, coalesce=True, max_instances=1)
    scheduler.start()
    return scheduler


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
