"""A person out of contact: clocks that need the person rest, those that keep people safe go on (X2, limit:T29)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.start_run import start_run
from nrm.records.tables.deadline import Deadline, Pause
from tests.fault.agreement import disagreements
from tests.support.driving import Drive

DAY = timedelta(days=1)


@pytest.fixture
def searched(any_drive: Drive) -> tuple[Drive, str]:
    """An adult who left and is not found yet: first calls are done, the search goes on."""
    case_id = any_drive.open_case()
    any_drive.complete(
        case_id, "record_safety", {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"})
    any_drive.complete(case_id, "case.assemble_team")
    start_run(any_drive.system, any_drive.person("CM"), case_id=case_id, process="missing_person")
    any_drive.complete(case_id, "call_chain", {"left_by_choice": "yes"})
    return any_drive, case_id


def clocks(drive: Drive, case_id: str) -> dict[str, str]:
    """Limit -> how its clock stands, for those that have not ended."""
    rows = drive.rows(select(Deadline.limit_key, Deadline.status).where(
        Deadline.case_id == case_id, Deadline.status.in_(("running", "paused", "breached"))))
    return {row.limit_key: row.status for row in rows}


def test_only_clocks_that_need_the_person_rest(searched: tuple[Drive, str]) -> None:
    drive, case_id = searched
    assert drive.case(case_id).status == "suspended"
    assert clocks(drive, case_id) == {"T_explain": "paused", "T20_high": "running"}
    assert drive.task(case_id, "explain_rights").due_at is None
    assert "clock.paused" in drive.acts(case_id)


def test_found_again_the_clocks_go_on_with_the_days_given_back(searched: tuple[Drive, str]) -> None:
    drive, case_id = searched
    before = drive.one(select(Deadline).where(Deadline.case_id == case_id, Deadline.limit_key == "T_explain"))
    drive.wait(3 * DAY)
    drive.complete(case_id, "search", {"search_result": "back"})
    assert drive.case(case_id).status == "open"
    after = drive.one(select(Deadline).where(Deadline.id == before.id))
    assert (after.status, after.breached_at) == ("running", None)
    # The closing of Tuesday and of Wednesday fell into the search.
    assert after.due_at == before.original_due_at + 2 * DAY
    assert drive.task(case_id, "explain_rights").due_at == after.due_at
    pause = drive.one(select(Pause).where(Pause.deadline_id == before.id))
    assert (pause.ground, pause.to_at) == ("missing", drive.clock.now())
    assert disagreements(drive, case_id) == []
