"""The time machine: what it foretells of a case is what the worker then does, and it leaves no trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from nrm.commands.clock_acts import pause_clock, resume_clock
from nrm.commands.foretelling import (
    DONE,
    OPENED,
    PAUSED,
    REACHED,
    RESUMED,
    RUNG,
    STOPPED,
    WITHDRAWN,
    Assumption,
    Foretold,
    foretell,
    foretell_invented,
)
from nrm.commands.sweep import sweep
from nrm.records.tables.all_tables import metadata
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock_words import PauseGround
from nrm.vocabulary.errors import InvalidInput
from tests.support.driving import START, Drive

MONTH = timedelta(days=30)


def foretold(drive: Drive, case_id: str, *assumed: Assumption, days: int = 30) -> tuple[Foretold, ...]:
    with drive.system.database.reader(SYSTEM) as unit:
        return foretell(
            drive.system, unit, case_id=case_id, until=drive.clock.now() + timedelta(days=days), assumed=assumed,
        )


def told(drive: Drive, case_id: str, since: datetime) -> list[tuple[object, ...]]:
    """Every rung that was really told, with its true time and everybody who heard of it."""
    rows = drive.rows(
        select(RungFired.true_due_at, Deadline.limit_key, RungFired.rung, RungFired.told, Task.title)
        .join(Deadline, Deadline.id == RungFired.deadline_id).join(Task, Task.id == Deadline.task_id)
        .where(Deadline.case_id == case_id, RungFired.at >= since)
    )
    return sorted((row.true_due_at, row.limit_key, row.rung, tuple(row.told), row.title) for row in rows)


def rungs(lines: tuple[Foretold, ...]) -> list[tuple[object, ...]]:
    return sorted(
        (line.at, line.limit_key, line.rung, tuple(one.user_id for one in line.told), line.task_title)
        for line in lines if line.kind == RUNG
    )


def kinds(lines: tuple[Foretold, ...]) -> set[str]:
    return {line.kind for line in lines}


def everything(drive: Drive) -> dict[str, int]:
    """How many rows every table has."""
    with drive.system.database.reader(SYSTEM) as unit:
        return {
            table.name: unit.conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def live(drive: Drive, until: datetime) -> None:
    """Let the worker pass by at every instant at which something is due."""
    while True:
        rows = drive.rows(
            select(func.min(Deadline.next_rung_at).label("at"))
            .where(Deadline.status.in_(("running", "breached")), Deadline.next_rung_at.is_not(None))
        )
        at = rows[0].at
        if at is None or at > until:
            return
        drive.clock.move_to(max(at, drive.clock.now()))
        sweep(drive.system)


def test_what_is_foretold_is_what_the_worker_then_does(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    before = everything(drive)
    lines = foretold(drive, case_id)
    assert everything(drive) == before
    assert kinds(lines) == {RUNG, OPENED}, "escalations open tasks of their own, whose clocks run too"
    assert {"T01", "T_team", "T_escalation"} <= {line.limit_key for line in lines}
    live(drive, START + MONTH)
    assert told(drive, case_id, START) == rungs(lines)
    opened = sorted(line.task_title for line in lines if line.kind == OPENED)
    real = drive.rows(select(Task.title).where(Task.case_id == case_id, Task.opened_at > START))
    assert sorted(row.title for row in real) == opened


def test_what_comes_is_told_in_order_with_whom_it_tells(drive: Drive) -> None:
    case_id = drive.open_case()
    lines = foretold(drive, case_id)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    breach = next(line for line in lines if line.limit_key == "T_team" and line.level == "L1")
    assert breach.at == datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    assert breach.effect == "reason"
    assert {one.agency_id for one in breach.told} == {"sa_norvale"}
    assert all(one.name for one in breach.told)


def test_a_task_that_is_done_in_time_tells_nobody(drive: Drive) -> None:
    case_id = drive.open_case()
    team = drive.task(case_id, "case.assemble_team")
    lines = foretold(drive, case_id, Assumption(START + timedelta(hours=1), DONE, team.id))
    assert not [line for line in lines if line.limit_key == "T_team"]
    late = foretold(drive, case_id, Assumption(START + timedelta(days=3), DONE, team.id))
    assert WITHDRAWN in kinds(late), "the escalation that was opened ends with the task"
    assert max(line.at for line in late if line.limit_key == "T_team") <= START + timedelta(days=3)


def test_a_clock_that_stands_still_tells_later(drive: Drive) -> None:
    drive.open_case()
    case_id = drive.open_case()
    drive.complete(case_id, "case.assemble_team")
    clock = next(one for one in drive.rows(select(Deadline).where(
        Deadline.case_id == case_id, Deadline.status == "running")) if pausable(drive, one.limit_key))
    ground = PauseGround(drive.system.configuration.limits[clock.limit_key].pauses[0])
    begin = drive.clock.now() + timedelta(minutes=5)
    lines = foretold(
        drive, case_id, Assumption(begin, PAUSED, ground=ground),
        Assumption(begin + timedelta(days=7), RESUMED, ground=ground),
    )
    moved = min(line.at for line in lines if line.clock_id == clock.id and line.level == "L1")
    assert moved > clock.due_at
    drive.clock.move_to(begin)
    actor = drive.person("COORD", "sa_norvale")
    for one in paused_by(drive, case_id, ground):
        pause_clock(drive.system, actor, deadline_id=one, ground=str(ground))
    live(drive, begin + timedelta(days=7))
    drive.clock.move_to(begin + timedelta(days=7))
    for one in drive.rows(select(Deadline.id).where(Deadline.case_id == case_id, Deadline.status == "paused")):
        resume_clock(drive.system, actor, deadline_id=one.id)
    live(drive, START + MONTH)
    assert [one for one in told(drive, case_id, begin) if one[1] == clock.limit_key] == [
        one for one in rungs(lines) if one[1] == clock.limit_key
    ]


def pausable(drive: Drive, key: str) -> bool:
    return bool(drive.system.configuration.limits[key].pauses)


def paused_by(drive: Drive, case_id: str, ground: PauseGround) -> list[str]:
    rows = drive.rows(select(Deadline.id, Deadline.limit_key).where(
        Deadline.case_id == case_id, Deadline.status == "running"))
    return [row.id for row in rows if ground in drive.system.configuration.limits[row.limit_key].pauses]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.sampled_from(["case.assemble_team", "immediate_assistance.record_safety", ""]),
       opened=st.integers(0, 700 * 24 * 60), days=st.integers(1, 20))
def test_on_any_day_of_the_year_it_is_what_the_worker_does(
    drive: Drive, done: str, opened: int, days: int
) -> None:
    drive.clock.move_to(START + timedelta(minutes=opened))
    start = drive.clock.now()
    case_id = drive.open_case()
    if done:
        drive.complete(case_id, done)
    lines = foretold(drive, case_id, days=days)
    live(drive, start + timedelta(days=days))
    assert told(drive, case_id, start) == rungs(lines)


def test_a_limit_of_the_process_is_reached_and_the_process_goes_on(drive: Drive) -> None:
    with drive.system.database.reader(SYSTEM) as unit:
        lines = foretell_invented(
            drive.system, unit, process="case", district="norvale", until=START + timedelta(days=200),
        )
    assert {OPENED, RUNG} <= kinds(lines) <= {OPENED, RUNG, REACHED, WITHDRAWN, STOPPED}
    assert lines[0].kind == OPENED
    assert everything(drive)["case"] == 0


def test_an_invented_case_needs_a_district_somebody_manages(drive: Drive) -> None:
    with drive.system.database.reader(SYSTEM) as unit, pytest.raises(InvalidInput):
        foretell_invented(drive.system, unit, process="case", district="nowhere", until=START + MONTH)


