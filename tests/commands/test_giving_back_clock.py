"""A recipient's clock after a withdrawal: its own time, then who leads it, the case manager, the officer (X1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.giving_back import confirm_given_back
from nrm.commands.withdraw_consent import record_consent, withdraw_purposes
from nrm.queries.recall_clocks import recall_clocks
from nrm.queries.recalls import asked_back
from nrm.records.tables.deadline import RungFired
from nrm.records.tables.notice import Notice
from nrm.vocabulary.actor import SYSTEM
from tests.commands.referred_case import with_accepted_referral
from tests.support.driving import Drive

PROVIDER = "health_centre"
AGAIN = "giving_back.ask_again"
DAY = timedelta(days=1)


def taken_back(drive: Drive) -> str:
    """The health centre holds what the person has just taken back; returns the case."""
    case_id = with_accepted_referral(drive)
    drive.clock.advance(timedelta(minutes=1))
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["referral"])
    return case_id


def told(drive: Drive, kind: str) -> int:
    return len(drive.rows(select(Notice.id).where(Notice.kind == kind)))


def officers_told(drive: Drive) -> set[str]:
    rows = drive.rows(select(RungFired.told).where(RungFired.ladder == "recall"))
    return {user_id for row in rows for user_id in row.told if user_id.startswith("dpo-")}


def test_nobody_answers_and_the_ladder_is_climbed(any_drive: Drive) -> None:
    drive = any_drive
    case_id = taken_back(drive)
    (asked,) = asked_back(drive.system, drive.person("PROV", PROVIDER))
    assert asked.clock is not None
    assert asked.clock.due_at.date() == drive.clock.now().date(), "the same day"
    assert asked.clock.why
    before = told(drive, "give_back")
    drive.wait(DAY)
    assert told(drive, "give_back") > before, "who leads the agency, or everybody there, hears of it"
    assert AGAIN not in drive.open(case_id)
    assert asked_back(drive.system, drive.person("PROV", PROVIDER))[0].clock == recall_of(drive, case_id)
    drive.wait(2 * DAY)
    task = drive.task(case_id, AGAIN)
    assert (task.role, task.agency_id) == ("CM", "sa_norvale")
    assert not officers_told(drive)
    drive.wait(4 * DAY)
    assert officers_told(drive)
    drive.complete(case_id, AGAIN, answers={"asked_again": "will_answer"}, late_reason="workload")
    assert drive.run_of(case_id, "giving_back").outcome == "seen_to"
    assert asked_back(drive.system, drive.person("PROV", PROVIDER)), "its own word is still awaited"


def recall_of(drive: Drive, case_id: str) -> object:
    with drive.system.database.reader(SYSTEM) as unit:
        return recall_clocks(unit, case_id)[PROVIDER]


@pytest.mark.parametrize("days", [0, 1, 3], ids=["in time", "late", "when the case manager asks"])
def test_the_answer_ends_the_clock_whenever_it_comes(drive: Drive, days: int) -> None:
    case_id = taken_back(drive)
    for _ in range(days):
        drive.wait(DAY)
    code = str(drive.case(case_id).code)
    confirm_given_back(drive.system, drive.person("PROV", PROVIDER), case=code, answer="erased")
    assert drive.run_of(case_id, "giving_back").status == "cancelled"
    assert AGAIN not in drive.open(case_id)
    drive.wait(10 * DAY)
    assert AGAIN not in drive.open(case_id)
    assert not officers_told(drive)


def test_whoever_the_person_lets_know_again_is_not_asked(drive: Drive) -> None:
    case_id = taken_back(drive)
    drive.clock.advance(timedelta(minutes=1))
    record_consent(
        drive.system, drive.person("CM"), case_id=case_id, purpose="referral", answer="given",
        categories=["contact", "identity", "plan"],
    )
    drive.wait(DAY)
    assert drive.run_of(case_id, "giving_back").outcome == "nothing_held"


def test_a_second_withdrawal_starts_no_second_clock(drive: Drive) -> None:
    case_id = taken_back(drive)
    drive.clock.advance(timedelta(minutes=1))
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["referral", "case_management"])
    runs = [entry for entry in drive.history(case_id) if entry.object == "process:giving_back"]
    assert len(runs) == 1
