"""The demo's clock: one press moves it to the same hour of the next working day, for all its processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from nrm.commands.send_outbox import send_outbox
from nrm.commands.sweep import sweep
from nrm.records.grants import SESSION
from nrm.records.tables.account import Session
from nrm.rules.calendars import Calendar
from nrm.rules.working_days import next_working_day
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import OffsetClock
from nrm.vocabulary.errors import NotAllowed
from nrm.wiring.system import System

NATIONAL = "national_unit"
"""Whose calendar says what a working day is."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """What one press did: the new instant, reminders and messages about missed limits, limits of diagrams."""

    now: datetime
    told: int
    fired: int


def advance_one_working_day(system: System) -> Advanced:
    """Move the clock of a demo forward by one working day and do what became due. Raises NotAllowed elsewhere."""
    if not system.settings.is_demo or not isinstance(system.clock, OffsetClock):
        raise NotAllowed("Only the clock of a demo can be moved.", rule="demo:clock")
    before = system.clock.now()
    by = same_hour_next_day(before, _calendar(system)) - before
    system.clock.move(by)
    _keep_signed_in(system, by)
    told = fired = 0
    while True:
        swept = sweep(system)
        told, fired = told + swept.rungs, fired + swept.fired
        if not (swept.rungs or swept.fired):
            break
    while send_outbox(system):
        pass
    return Advanced(system.clock.now(), told, fired)


def same_hour_next_day(at: datetime, calendar: Calendar) -> datetime:
    """Return the same local hour of the next working day."""
    local = calendar.local(at)
    day = next_working_day(calendar, local.date() + timedelta(days=1))
    return calendar.instant(day, local.time())


def _calendar(system: System) -> Calendar:
    known = system.configuration
    if any(agency.id == NATIONAL for agency in known.agencies):
        return known.calendar_of(NATIONAL)
    return next(iter(known.calendars.values()))


def _keep_signed_in(system: System, by: timedelta) -> None:
    """Sessions move along: a visitor who moves the clock was not away from the screen."""
    with system.database.unit(SYSTEM) as unit:
        for row in unit.conn.execute(select(Session)).all():
            SESSION.change_row(
                unit, row, last_seen_at=row.last_seen_at + by, expires_at=row.expires_at + by,
                fresh_until=row.fresh_until and row.fresh_until + by,
            )
