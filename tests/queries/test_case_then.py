"""A case as it stood: its team, its tasks, its versions, and who could see what before something changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from nrm.commands.case_life import change_team
from nrm.commands.conflicts import lift_conflict, note_conflict
from nrm.commands.note_configuration import note_configuration
from nrm.commands.read_history import read_then
from nrm.commands.withdraw_consent import record_consent, withdraw_consent
from nrm.deployment.configuration import load_configuration
from nrm.deployment.paths import shipped
from nrm.queries.case_then import CaseThen
from nrm.queries.standing_then import StandingThen
from nrm.records.tables.case import Case
from nrm.records.tables.consent import Consent
from nrm.records.tables.history import History
from nrm.rules.routing import Seat
from nrm.vocabulary.actor import SYSTEM, Actor
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


def test_a_conflict_lifted_since_kept_its_person_away_in_its_time(any_drive: Drive, case_id: str) -> None:
    drive, system = any_drive, any_drive.system
    seated = drive.person("POL", "police")
    change_team(
        system, drive.person("COORD"), case_id=case_id,
        members=[(Seat("POL", "police", user_id=seated.user_id), True)],
    )
    drive.clock.advance(HOUR)
    away = drive.clock.now()
    note_conflict(system, drive.person("COORD"), case_id=case_id, user_id=seated.user_id, reason="relative")
    drive.clock.advance(HOUR)
    kept = keeps(drive, case_id, seated)
    lift_conflict(system, drive.person("SUP"), case_id=case_id, user_id=seated.user_id)
    drive.clock.advance(HOUR)
    assert (keeps(drive, case_id, seated, away - HOUR), kept, keeps(drive, case_id, seated)) == (False, True, False)
    assert keeps(drive, case_id, seated, away + HOUR / 2)


def keeps(drive: Drive, case_id: str, actor: Actor, at: datetime | None = None) -> bool:
    """Whether a conflict kept somebody from the case, at an instant or now."""
    with drive.system.database.reader(SYSTEM) as unit:
        case = unit.conn.execute(select(Case).where(Case.id == case_id)).one()
        policy, agencies = drive.system.configuration.policy, drive.system.agencies(unit)
        then = StandingThen(unit, policy, agencies, actor, case, at or drive.clock.now())
        return actor.user_id in then.kept_away


def test_who_could_see_what_is_decided_by_the_rules_of_then(any_drive: Drive, tmp_path: Path) -> None:
    drive = any_drive
    case_id = drive.open_case()
    drive.clock.advance(HOUR)
    note_configuration(drive.system)
    before = drive.clock.now()
    drive.clock.advance(HOUR)
    changed = shutil.copytree(shipped("config"), tmp_path / "config")
    rules = changed / "visibility.yaml"
    as_shipped = rules.read_text(encoding="utf-8")
    rules.write_text(as_shipped.replace('  CM:\n    identity: "yes"', '  CM:\n    identity: "no"', 1), encoding="utf-8")
    stricter = replace(drive.system, configuration=load_configuration(changed))
    note_configuration(stricter)
    note_configuration(stricter)
    drive.clock.advance(HOUR)
    auditor = drive.person("AUD", "national_unit")
    first = read_then(stricter, auditor, case_id=case_id, at=before)
    later = read_then(drive.system, auditor, case_id=case_id, at=drive.clock.now())
    assert (sees(first, "CM").get("identity"), sees(later, "CM").get("identity")) == ("all", None)
    assert (first.configuration, later.configuration) == (1, 2)
    entries = drive.rows(select(History.object).where(History.act == "configuration.changed").order_by(History.seq))
    assert [row.object for row in entries] == ["configuration:1", "configuration:2"]
