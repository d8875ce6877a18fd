"""A case's diagram as it stood: step by step back to its beginning and on again, by what the acts left."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from nrm.commands.read_case import read_process
from nrm.queries.case_process import ProcessView
from nrm.records.tables.run import Run
from nrm.records.tables.task import Task
from nrm.vocabulary.errors import NotFound
from tests.support.driving import START, Drive

SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no", "is_child": "no"}


def stood(drive: Drive, case_id: str, run_id: str, at: datetime | None) -> ProcessView:
    return read_process(drive.system, drive.person("COORD", "sa_norvale"), case_id=case_id, run_id=run_id, at=at)


def safety_run(drive: Drive, case_id: str) -> str:
    return str(drive.task(case_id, "record_safety").run_id)


def states(view: ProcessView) -> dict[str, str]:
    return {row.element: row.state for row in view.rows if row.state}


def test_what_was_open_then_is_open_in_the_picture_of_then(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    drive.clock.advance(timedelta(hours=1))
    before = drive.clock.now()
    drive.clock.advance(timedelta(minutes=1))
    run_id = safety_run(drive, case_id)
    drive.complete(case_id, "record_safety", SAFE)
    then, now = stood(drive, case_id, run_id, before), stood(drive, case_id, run_id, None)
    assert states(then)["record_safety"] == "active"
    assert states(now)["record_safety"] == "done"
    assert set(then.marks) < set(now.marks)
    assert then.awaits == ()


def test_step_by_step_back_leads_to_the_beginning_and_on_again_to_now(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    drive.clock.advance(timedelta(hours=1))
    run_id = safety_run(drive, case_id)
    drive.complete(case_id, "record_safety", SAFE)
    now = stood(drive, case_id, run_id, None)
    back = [now]
    while back[-1].before is not None:
        back.append(stood(drive, case_id, run_id, back[-1].before))
    assert len(back) > 1
    assert [len(view.marks) for view in back] == sorted((len(view.marks) for view in back), reverse=True)
    on = [back[-1]]
    while on[-1].after is not None:
        on.append(stood(drive, case_id, run_id, on[-1].after))
    assert states(on[-1]) == states(now)


def test_a_run_that_ended_since_ran_then(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    began, run_id = drive.clock.now(), safety_run(drive, case_id)
    drive.clock.advance(timedelta(minutes=10))
    while drive.rows(select(Task.id).where(Task.run_id == run_id, Task.status.in_(("open", "claimed")))):
        drive.complete(case_id, drive.open(case_id)[0], SAFE)
    assert drive.one(select(Run.status).where(Run.id == run_id))[0] == "ended"
    assert {run.status for run in stood(drive, case_id, run_id, began).runs} == {"open"}


def test_before_the_case_there_is_nothing_to_show(any_drive: Drive) -> None:
    case_id = any_drive.open_case()
    with pytest.raises(NotFound):
        stood(any_drive, case_id, safety_run(any_drive, case_id), START - timedelta(days=1))
