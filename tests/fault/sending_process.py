"""Run by the fault tests in a process of its own: sends the outbox, hour after hour, until nothing waits or killed.

An hour passes for every sender at once, when the test says so: a sender whose clock ran ahead would take what another
is sending for a letter whose sender died.
"""

from __future__ import annotations

from datetime import timedelta
from multiprocessing.connection import Connection

from sqlalchemy import func, select

from nrm.commands.send_outbox import send_outbox
from nrm.records.tables.notice import IS_WAITING, Outbox
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import MovableClock
from nrm.wiring.system import System
from tests.support.driving import Installation


def send_until_done(line: Connection, made: Installation) -> None:
    """Start when told, say ``idle`` and wait for the next hour, and say ``done`` when nothing waits any more."""
    system = made.system()
    clock = made.clock
    assert isinstance(clock, MovableClock)
    line.recv()
    while waiting(system):
        if send_outbox(system) == 0:
            line.send("idle")
            line.recv()
            clock.advance(timedelta(hours=1))
    line.send("done")


def waiting(system: System) -> int:
    """How many rows are still to be sent."""
    with system.database.reader(SYSTEM) as unit:
        return unit.conn.execute(select(func.count()).select_from(Outbox).where(IS_WAITING)).scalar_one()
