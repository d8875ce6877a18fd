"""A case as it stood: its team, its tasks, its versions, and who could see what before something changed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from nrm.commands.case_life import change_team
from nrm.commands.read_history import read_then
from nrm.commands.withdraw_consent import record_consent, withdraw_consent
from nrm.queries.case_then import CaseThen
from nrm.records.tables.consent import Consent
from nrm.rules.routing import Seat
from nrm.vocabulary.errors import NotFound
from tests.support.driving import START, Drive

HOUR = timedelta(hours=1)


def stood(drive: Drive, case_id: str, at: datetime) -> CaseThen:
    return read_then(drive.system, drive.person("AUD", "national_unit"), case_id=case_id, at=at)


def sees(then: CaseThen, role: str) -> dict[str, str]:
    return {category: extent for seat in then.team if seat.role == role for category, extent in seat.sees}


@pytest.fixture
def case_id(any_drive: Drive) -> str:
    """A case whose team has the police, an hour after it was opened."""
    case_id = any_drive.open_case()
    any_drive.clock.advance(HOUR)
    change_team(
        any_drive.system, any_drive.person("COORD"), case_id=case_id, members=[(Seat("POL", "police"), False)],
    )
    any_drive.clock.advance(HOUR)
    return case_id


def test_what_a_consent_let_people_see_is_seen_in_its_time_only(any_drive: Drive, case_id: str) -> None:
    drive, worker = any_drive, any_drive.person("COORD", "sa_norvale")
    before = drive.clock.now()
    drive.clock.advance(HOUR)
    record_consent(
        drive.system, worker, case_id=case_id, purpose="police", answer="given", recipients=["police"],
        categories=["identity"],
    )
    during = drive.clock.now()
    drive.clock.advance(HOUR)
    consent = drive.one(select(Consent.id).where(Consent.case_id == case_id, Consent.purpose == "police"))[0]
    withdraw_consent(drive.system, worker, consent_id=consent)
    drive.clock.advance(HOUR)
    seen = [sees(stood(drive, case_id, at), "POL").get("identity") for at in (before, during, drive.clock.now())]
    assert seen == [None, "all", None]


def test_the_team_the_tasks_and_the_versions_are_those_of_then(any_drive: Drive, case_id: str) -> None:
    first, later = stood(any_drive, case_id, START), stood(any_drive, case_id, any_drive.clock.now())
    assert "POL" not in {seat.role for seat in first.team}
    assert "POL" in {seat.role for seat in later.team}
    assert {task.title for task in first.tasks} == {any_drive.task(case_id, e).title for e in any_drive.open(case_id)}
    assert {version.number for version in first.versions} == {1}
    assert first.seq < later.seq
    assert first.after is not None


def test_before_the_case_there_is_nothing(any_drive: Drive, case_id: str) -> None:
    with pytest.raises(NotFound):
        stood(any_drive, case_id, START - HOUR)


def test_only_who_checks_histories_asks(any_drive: Drive, case_id: str) -> None:
    stranger = any_drive.person("CM", "sa_midmar")
    with pytest.raises(NotFound):
        read_then(any_drive.system, stranger, case_id=case_id, at=any_drive.clock.now())
