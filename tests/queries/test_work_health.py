"""Whether the work of the workers gets done: who is there, what is late, what failed, and when that is an alarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select, update

from nrm.commands.working import Rounds
from nrm.entrypoints.cli import main
from nrm.queries.work_health import Alarm, WorkCounts, work_counts, work_health
from nrm.records.grants import TASK
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.notice import Outbox
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import NotAllowed
from tests.support.driving import START, Drive

ADMIN = Actor("u-adm", "national_unit", frozenset({"ADMIN"}), None)


def counts(drive: Drive) -> WorkCounts:
    return work_counts(drive.system, ADMIN)


def tick(drive: Drive) -> None:
    Rounds(drive.system).tick()


def test_all_is_well_while_a_worker_ticks(any_drive: Drive) -> None:
    drive = any_drive
    drive.open_case()
    tick(drive)
    found = work_health(drive.system, ADMIN)
    assert found.counts.alarms == ()
    assert (found.counts.workers, found.counts.lag_s, found.counts.cases_due) == (1, 0, 0)
    assert [(line.is_alive, line.cases) for line in found.workers] == [(True, 0)]
    told = {line.key: line for line in found.ladders}
    assert "quiet" not in told, "a ladder without rungs tells nobody"
    assert told["standard"].last_at is None
    assert told["standard"].next_at is not None
    assert START < told["standard"].next_at < START + timedelta(days=1)


def test_a_ladder_that_told_somebody_says_when(any_drive: Drive) -> None:
    drive = any_drive
    drive.open_case()
    later = START + timedelta(days=1, hours=8)
    drive.clock.move_to(later)
    tick(drive)
    told = {line.key: line for line in work_health(drive.system, ADMIN).ladders}
    assert told["standard"].last_at == later
    assert told["standard"].next_at is not None
    assert told["standard"].next_at > later


# -- what must not stay so --------------------------------------------------------------------------


def nobody_ticks(drive: Drive) -> None:
    tick(drive)
    drive.clock.advance(timedelta(minutes=2))


def a_worker_does_not_get_on(drive: Drive) -> None:
    drive.open_case()
    drive.clock.advance(timedelta(days=20))
    Rounds(drive.system, work=()).tick()


def mail_is_dead(drive: Drive) -> None:
    tick(drive)
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(Outbox).values(
            id="dead", user_id="nobody", template="something_to_see", at=unit.now, status="failed", message_id="dead",
        ))


def a_task_has_nobody(drive: Drive) -> None:
    case_id = drive.open_case()
    tick(drive)
    with drive.system.database.unit(SYSTEM) as unit:
        TASK.change(unit, Task.case_id == case_id, assignee_id="nobody")


@pytest.mark.parametrize(("arrange", "alarm"), [
    (nobody_ticks, Alarm.NO_WORKER), (a_worker_does_not_get_on, Alarm.LATE), (mail_is_dead, Alarm.DEAD_LETTERS),
    (a_task_has_nobody, Alarm.LEFT_BEHIND),
])
def test_what_must_not_stay_so_is_an_alarm(drive: Drive, arrange: Callable[[Drive], None], alarm: Alarm) -> None:
    tick(drive)
    assert counts(drive).alarms == ()
    arrange(drive)
    assert counts(drive).alarms == (alarm,)


def test_what_is_late_is_measured_and_counted(any_drive: Drive) -> None:
    drive = any_drive
    for _ in range(3):
        drive.open_case()
    first = drive.one(select(func.min(Deadline.next_rung_at)))[0]
    drive.clock.move_to(first + timedelta(minutes=6))
    found = counts(drive)
    assert (found.lag_s, found.cases_due) == (360, 3)
    tick(drive)
    found = counts(drive)
    assert (found.lag_s, found.cases_due) == (0, 0)


def test_a_worker_that_stopped_is_shown_for_a_day_and_is_no_worker(drive: Drive) -> None:
    rounds = Rounds(drive.system)
    rounds.tick()
    rounds.end()
    assert Alarm.NO_WORKER in counts(drive).alarms
    [line] = work_health(drive.system, ADMIN).workers
    assert (line.is_alive, line.stopped_at) == (False, START)
    drive.clock.advance(timedelta(days=1))
    assert work_health(drive.system, ADMIN).workers == ()


def test_a_case_that_cannot_be_handled_is_counted(drive: Drive) -> None:
    case_id = drive.open_case()
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Deadline).where(Deadline.case_id == case_id).values(calendar="gone"))
    drive.clock.advance(timedelta(days=20))
    tick(drive)
    found = counts(drive)
    assert (found.sweep_incidents, found.cases_due, found.lag_s) == (1, 0, 0), "it is tried again in an hour"


# -- who is told, and how ---------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "may"), [
    ("COORD", True), ("SUP", True), ("NCU", True), ("ADMIN", True), ("CM", False), ("AUD", False), ("RAP", False),
])
def test_coordinators_and_administrators_see_it(drive: Drive, role: str, may: bool) -> None:
    actor = Actor("u-1", "sa_norvale", frozenset({role}), None)
    if may:
        assert work_health(drive.system, actor).counts == work_counts(drive.system, actor)
    else:
        for ask in (work_health, work_counts):
            with pytest.raises(NotAllowed):
                ask(drive.system, actor)


def test_the_command_tells_a_monitoring_program(drive: Drive) -> None:
    folder = str(drive.installation.settings.dir)
    came = CliRunner().invoke(main, ["health", "--json", "--dir", folder])
    assert came.exit_code == 1
    told = json.loads(came.output)
    assert told["alarms"] == ["no_worker"]
    assert {type(value) for name, value in told.items() if name != "alarms"} == {int}
    assert CliRunner().invoke(main, ["worker", "--once", "--dir", folder]).exit_code == 0
    assert "No worker process was seen" in CliRunner().invoke(main, ["health", "--dir", folder]).output, "it stopped"
