"""goal:R8: clocks that jump, an outage, the edges of summer time, a leap day, six zones: each rung once, none early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from nrm.commands.sweep import sweep
from nrm.records.tables.deadline import HAS_RUNG, Deadline, RungFired
from nrm.vocabulary.clock import MovableClock
from tests.fault.agreement import disagreements_everywhere
from tests.fault.shaking import RUNGS_OF_A_NEW_CASE
from tests.support.driving import START, Drive, Installation

OVER = timedelta(days=30)
"""By then every ladder of a new case has been climbed."""
BREACH = 2
JUMPS = {
    "an hour back": timedelta(hours=-1), "an hour ahead": timedelta(hours=1),
    "five minutes back": timedelta(minutes=-5), "a week back": timedelta(days=-7),
}


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_a_clock_that_jumps_at_every_rung_tells_each_once(any_drive: Drive, jump: timedelta) -> None:
    drive = any_drive
    clocks = armed(drive, drive.open_case())

    def there_and_back(at: datetime) -> None:
        for moment in (at + jump, at):
            drive.clock.move_to(moment)
            sweep(drive.system)

    climb_to_the_end(drive, there_and_back)
    told = fired(drive)
    assert set(told.values()) == {1}
    assert sum(one in clocks for one, _, _ in told) == RUNGS_OF_A_NEW_CASE
    true_times(drive)
    assert disagreements_everywhere(drive) == []


def test_a_week_without_a_worker_moves_no_rungs_own_time(any_drive: Drive) -> None:
    """What is told at once after an outage names the instants that a worker on time would have named."""
    drive = any_drive
    named = []
    for climb in (climb_to_the_end, climb_at_once):
        drive.clock.move_to(START)
        clocks = armed(drive, drive.open_case())
        climb(drive)
        named.append({(clocks[one], rung): at for (one, rung), at in true_times(drive).items() if one in clocks})
    assert named[0] == named[1]
    assert len(named[0]) == RUNGS_OF_A_NEW_CASE
    assert sweep(drive.system).rungs == 0
    assert disagreements_everywhere(drive) == []


# -- zones, the edges of summer time, leap days -----------------------------------------------------

EDGES = [
    # zone                   opened        due: the next working day, when the office closes
    ("Europe/Chisinau", "2026-03-27", "2026-03-30"),  # an hour forward on Sunday
    ("Europe/Chisinau", "2026-10-23", "2026-10-26"),  # an hour back on Sunday
    ("America/New_York", "2026-03-06", "2026-03-10"),  # forward on Sunday; Monday is Lantern Day
    ("America/New_York", "2026-10-30", "2026-11-02"),
    ("Australia/Lord_Howe", "2026-10-02", "2026-10-05"),  # half an hour forward
    ("America/Santiago", "2026-09-04", "2026-09-07"),  # there is no midnight on Sunday
    ("Africa/Casablanca", "2026-02-13", "2026-02-16"),  # an hour back for Ramadan
    ("Asia/Kathmandu", "2028-02-28", "2028-02-29"),  # a leap day, and a zone of five hours and three quarters
]


@pytest.mark.parametrize(("zone", "opened", "due"), EDGES, ids=[f"{zone} {day}" for zone, day, _ in EDGES])
def test_the_office_closes_by_its_own_clock_and_the_breach_is_told_then(
    installation: Installation, zone: str, opened: str, due: str
) -> None:
    there = installation.configuration
    calendars = {name: replace(calendar, zone=zone) for name, calendar in there.calendars.items()}
    installation.configuration = replace(there, calendars=calendars)
    installation.clock = MovableClock(at_local(opened, time(10), zone))
    drive = Drive(installation)
    case_id = drive.open_case()
    [clock] = drive.rows(select(Deadline.id, Deadline.due_at).where(
        Deadline.case_id == case_id, Deadline.limit_key == "T_team",
    ))
    assert clock.due_at == at_local(due, time(17), zone)
    drive.clock.move_to(clock.due_at - timedelta(seconds=1))
    sweep(drive.system)
    assert (clock.id, BREACH) not in true_times(drive)
    drive.clock.move_to(clock.due_at)
    sweep(drive.system)
    assert true_times(drive)[clock.id, BREACH] == clock.due_at
    climb_to_the_end(drive)
    assert set(fired(drive).values()) == {1}


def at_local(day: str, hour: time, zone: str) -> datetime:
    """An instant, told as the clock on the wall tells it."""
    return datetime.combine(date.fromisoformat(day), hour, ZoneInfo(zone)).astimezone(UTC)


# -- looking and moving -----------------------------------------------------------------------------


def armed(drive: Drive, case_id: str) -> dict[str, str]:
    """The clocks of a case: id -> limit."""
    rows = drive.rows(select(Deadline.id, Deadline.limit_key).where(Deadline.case_id == case_id))
    return {row.id: row.limit_key for row in rows}


def fired(drive: Drive) -> Counter[tuple[str, int, int]]:
    rows = drive.rows(select(RungFired.deadline_id, RungFired.round, RungFired.rung))
    return Counter((row.deadline_id, row.round, row.rung) for row in rows)


def true_times(drive: Drive) -> dict[tuple[str, int], datetime]:
    """When each rung was due by itself; none was told earlier."""
    rows = drive.rows(select(RungFired.deadline_id, RungFired.rung, RungFired.at, RungFired.true_due_at))
    assert all(row.true_due_at <= row.at for row in rows)
    return {(row.deadline_id, row.rung): row.true_due_at for row in rows}


def climb_at_once(drive: Drive) -> None:
    """Nobody sweeps until a week after the last rung; then once."""
    drive.clock.advance(OVER + timedelta(days=7))
    assert sweep(drive.system).failed == 0


def climb_to_the_end(drive: Drive, after_each: Callable[[datetime], None] = lambda _: None) -> None:
    """Move the clock from rung to rung and sweep; do something after each."""
    end = drive.clock.now() + OVER
    for _ in range(200):
        coming = select(func.min(Deadline.next_rung_at)).where(HAS_RUNG)
        at: datetime | None = drive.one(coming)[0]
        if at is None or at > end:
            return
        drive.clock.move_to(max(at, drive.clock.now()))
        assert sweep(drive.system).failed == 0
        after_each(at)
    raise AssertionError("the ladders have no end")
