"""Clocks of a person's life: turning 18, a permit that ends, a guardian's term (domain 2.5, X16 and X17)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from nrm.commands.case_life import reopen_case
from nrm.commands.correct_record import correct_record
from nrm.commands.form_acts.dates import adult_month
from nrm.commands.settling.clocks import FACT
from nrm.commands.start_run import start_run
from nrm.records.consents import read_consents
from nrm.records.sealing import read_parts
from nrm.records.tables.case import TeamMember
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.fact import FactVersion
from nrm.records.tables.run import Run
from nrm.rules.consent import Recipient, covers
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.categories import Category
from tests.fault.agreement import disagreements
from tests.support.driving import Drive

TODAY = date(2026, 3, 2)
CALM = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}
CONSENTS = {"consent_interview": "given", "consent_case_management": "given", "consent_referral": "given"}


@pytest.mark.parametrize(("born", "month"), [
    (date(2008, 9, 14), date(2026, 9, 1)),
    (date(2008, 9, 1), date(2026, 9, 1)),
    (date(2008, 3, 31), date(2026, 3, 1)),  # this month: still to be asked
    (date(2008, 2, 29), None),  # a leap day, and over
    (date(1990, 1, 1), None),
    (date(2026, 2, 28), date(2044, 2, 1)),
])
def test_a_birth_date_becomes_a_month(born: date, month: date | None) -> None:
    assert adult_month(born, TODAY) == month


@pytest.fixture
def heard(drive: Drive) -> tuple[Drive, str]:
    """A child of seventeen whose rights are explained; the guardian's term has a day."""
    case_id = drive.open_case({"is_child": "yes"})
    drive.complete(case_id, "record_safety", {"is_child": "yes", **CALM})
    drive.complete(case_id, "case.assemble_team")
    drive.complete(case_id, "tell_child_protection", {"is_child": "yes"})
    drive.complete(case_id, "fill_guardian", {
        "guardian_conflict": False, "guardian_in_place": True, "guardian_until": date(2026, 10, 31),
    }, {"guardian_agency": "guardians"})
    drive.complete(case_id, "guardian_consent_and_assent", {**CONSENTS, "child_assents": "yes"})
    drive.complete(case_id, "explain_rights")
    return drive, case_id


def screened(drive: Drive, case_id: str, born: str) -> str:
    """Hold the first conversation; returns the record that tells the date of birth."""
    return drive.complete(case_id, "screening", {"is_child": "yes"}, {"birth_date": born}).record_id


def waiting(drive: Drive, case_id: str) -> dict[str, datetime | None]:
    """Date fact -> when the clock that counts to it runs out, for events of the diagrams that are open."""
    rows = drive.rows(select(Deadline.basis, Deadline.due_at).where(
        Deadline.case_id == case_id, Deadline.kind == "event", Deadline.status == "running",
        Deadline.basis.startswith(FACT)))
    return {row.basis.removeprefix(FACT): row.due_at for row in rows}


def runs(drive: Drive, case_id: str, process: str) -> list[str]:
    query = select(Run.status).where(Run.case_id == case_id, Run.process == process).order_by(Run.started_at)
    return [row.status for row in drive.rows(query)]


def test_a_date_that_becomes_known_starts_its_run_once(heard: tuple[Drive, str]) -> None:
    drive, case_id = heard
    # Velmara's winter time ends on 25 October; 1 October is a Thursday.
    assert waiting(drive, case_id) == {"guardian_until": datetime(2026, 10, 1, 5, 0, tzinfo=UTC)}
    screened(drive, case_id, "2008-09-14")
    assert waiting(drive, case_id)["adult_from"] == datetime(2026, 6, 3, 5, 0, tzinfo=UTC)
    assert runs(drive, case_id, "coming_of_age") == ["open"]
    assert runs(drive, case_id, "guardian_term") == ["open"]
    assert disagreements(drive, case_id) == []


def test_no_fact_tells_a_birthday(heard: tuple[Drive, str]) -> None:
    drive, case_id = heard
    screened(drive, case_id, "2008-09-14")
    values = [row.value for row in drive.rows(select(FactVersion.value).where(FactVersion.case_id == case_id))]
    assert "2026-09-01" in values
    assert not [value for value in values if isinstance(value, str) and value.endswith("-09-14")]


def test_a_corrected_birth_date_moves_the_clock(heard: tuple[Drive, str]) -> None:
    drive, case_id = heard
    record_id = screened(drive, case_id, "2008-09-14")
    before = waiting(drive, case_id)["adult_from"]
    answers = answers_of(drive, record_id) | {"birth_date": "2008-12-14"}
    correct_record(drive.system, drive.person("CM"), record_id=record_id, answers=answers, reason="typing_mistake")
    after = waiting(drive, case_id)["adult_from"]
    assert before == datetime(2026, 6, 3, 5, 0, tzinfo=UTC)
    assert after == datetime(2026, 9, 2, 5, 0, tzinfo=UTC)
    assert runs(drive, case_id, "coming_of_age") == ["open"], "the run that waits is counted anew, no other starts"
    assert "clock.recounted" in drive.acts(case_id)


def test_turning_18_the_own_word_counts_and_the_guardian_reads_no_more(heard: tuple[Drive, str]) -> None:
    drive, case_id = heard
    screened(drive, case_id, "2008-09-14")
    to(drive, datetime(2026, 6, 3, 6, 0, tzinfo=UTC))
    drive.complete(case_id, "plan_transition")
    to(drive, datetime(2026, 9, 15, 8, 0, tzinfo=UTC))
    refused = dict.fromkeys(CONSENTS, "given") | {"consent_police": "refused", "consent_referral": "not_asked"}
    drive.complete(case_id, "ask_in_own_name", {"is_child": "no", **refused})
    with drive.system.database.reader(SYSTEM) as unit:
        consents = read_consents(unit, case_id)
    for purpose, allowed in (("interview", True), ("police", False), ("referral", False)):
        found = covers(consents, Recipient("harbour_house"), purpose, [Category.IDENTITY], drive.clock.now())
        assert found.allowed is allowed, purpose
    drive.complete(case_id, "end_guardian", None, {"guardian_ended": "yes", "handed_over": "Invented words."})
    seats = drive.rows(select(TeamMember.id).where(
        TeamMember.case_id == case_id, TeamMember.role == "GUARD", TeamMember.to_at.is_(None)))
    assert not seats
    assert runs(drive, case_id, "coming_of_age") == ["ended"]
    assert waiting(drive, case_id) == {"guardian_until": None}, "no term is waited for any more"


def to(drive: Drive, at: datetime) -> None:
    drive.wait(at - drive.clock.now())


def test_what_only_waits_keeps_no_case_open_and_waits_again_when_it_is_reopened(drive: Drive) -> None:
    case_id = drive.open_case()
    drive.complete(case_id, "record_safety", {"is_child": "no", **CALM})
    drive.complete(case_id, "case.assemble_team")
    drive.complete(case_id, "identification.explain_rights")
    drive.complete(case_id, "record_consent", {"mechanism_declined": True})
    with_permit(drive, case_id)
    drive.complete(case_id, "offer_open_door")
    assert drive.case(case_id).status == "closed"
    assert runs(drive, case_id, "document_expiry") == ["cancelled"]
    assert not waiting(drive, case_id)
    drive.clock.advance(timedelta(days=3))
    reopen_case(drive.system, drive.person("COORD"), case_id=case_id, reason="new_need")
    assert runs(drive, case_id, "document_expiry") == ["cancelled", "open"]
    assert waiting(drive, case_id) == {"permit_ends_on": datetime(2026, 7, 2, 5, 0, tzinfo=UTC)}
    assert disagreements(drive, case_id) == []


def with_permit(drive: Drive, case_id: str) -> None:
    """Let a needs assessment tell the day on which the permit ends."""
    start_run(drive.system, drive.person("CM"), case_id=case_id, process="needs_assessment")
    drive.complete(case_id, "assess_needs", {"needs_known": True, "permit_ends_on": date(2026, 8, 31)})


def answers_of(drive: Drive, record_id: str) -> dict[str, object]:
    """What a record says now."""
    with drive.system.database.reader(SYSTEM) as unit:
        return {key: value for part in read_parts(unit, record_id, list(Category)).values()
                for key, value in part.items()}
