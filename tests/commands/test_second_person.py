"""goal:S21: what stands in the place of a person's yes is one's proposal and another's confirmation (table:D-05)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from nrm.commands.case_act import case_act
from nrm.commands.form_acts.consents import consent
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.open_task import open_task
from nrm.commands.overrides import confirm_override, revoke_override
from nrm.commands.start_run import start_run
from nrm.commands.withdraw_consent import withdraw_purposes
from nrm.queries.standing import Standing
from nrm.records.tables.case import Case
from nrm.records.tables.consent import Consent, Disclosure
from nrm.records.tables.notice import Notice
from nrm.records.tables.referral import Referral, Transfer
from nrm.rules.visibility import Extent
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from tests.support.driving import Drive

NEW, HOUSE = "sa_midmar", "harbour_house"
SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}
PROPOSAL: Mapping[str, Any] = {
    "transfer_reason": "safety", "to_agency": NEW, "to_district": "midmar", "transfer_summary": "Invented summary.",
}


def proposed(drive: Drive, case_id: str) -> str:
    """The id of the one legal basis that waits."""
    return str(drive.one(select(Consent).where(Consent.case_id == case_id, Consent.status == "proposed")).id)


def by_law(drive: Drive, case_id: str) -> list[str]:
    """How each legal basis of a case stands."""
    rows = drive.rows(select(Consent.status).where(Consent.case_id == case_id, Consent.given_by == "override"))
    return sorted(row.status for row in rows)


def referred(drive: Drive, actor: Actor, case_id: str) -> set[Category]:
    """The categories of which somebody reads what a referral to their agency names."""
    with drive.system.database.reader(actor) as unit:
        case = unit.conn.execute(select(Case).where(Case.id == case_id)).one()
        policy, agencies = drive.system.configuration.policy, drive.system.agencies(unit)
        decisions = Standing(unit, policy, agencies, actor, case, unit.now).readable()
    return {category for category, decision in decisions.items() if decision.extent is Extent.REFERRED}


# -- an answer in the person's place ----------------------------------------------------------------


@pytest.mark.parametrize(("answer", "child", "expected"), [
    ("given", "no", [("proposed", "statutory_duty")]),
    ("given", "yes", [("proposed", "child_protection")]),
    ("refused", "no", []),
    ("not_asked", "yes", []),
])
def test_an_authority_that_answers_for_the_person_only_proposes(
    drive: Drive, answer: str, child: str, expected: list[tuple[str, str]]
) -> None:
    case_id = drive.open_case({"is_child": child})
    with case_act(drive.system, drive.person("CM"), Permission.CONSENT_RECORD, case_id) as act:
        run = act.settlement.run(drive.run_of(case_id, "case").id)
        answers = {"given_by": "authority", "consent_police": answer, "given_by_basis": "Invented reason."}
        consent(FormAct(act, run, run.published, None, answers, "no-record", None))  # type: ignore[arg-type]
    rows = drive.rows(select(Consent).where(Consent.case_id == case_id, Consent.purpose == "police"))
    assert [(row.status, row.basis) for row in rows] == expected
    if expected:
        with pytest.raises(NotAllowed):
            confirm_override(drive.system, drive.person("CM"), override_id=proposed(drive, case_id))
        told = {row.user_id for row in drive.rows(select(Notice).where(Notice.kind == "override_proposed"))}
        assert told == {drive.person(role, number=n).user_id for role in ("COORD", "SUP") for n in (1, 2)}


# -- a place for a child ----------------------------------------------------------------------------


def placed(drive: Drive, basis: str) -> str:
    """A child for whom the authority has found a place on the phone; returns the case."""
    case_id = drive.open_case({"is_child": "yes"})
    drive.complete(case_id, "record_safety", {**SAFE, "shelter_wanted": "yes", "is_child": "yes"})
    drive.complete(case_id, "arrange_child_place", {}, {
        "child_place": "shelter", "place_agency": HOUSE, "basis": basis,
    })
    return case_id


@pytest.mark.parametrize(("basis", "named"), [
    ("urgent_protection", "child_protection"), ("court_order", "court_order"),
])
def test_a_child_is_taken_in_at_once_and_what_is_told_waits_for_a_second_person(
    any_drive: Drive, basis: str, named: str
) -> None:
    drive = any_drive
    case_id, provider = placed(drive, basis), drive.person("PROV", HOUSE)
    row = drive.one(select(Consent).where(Consent.id == proposed(drive, case_id)))
    assert (row.recipient, row.basis, row.approver_id) == (HOUSE, named, None)
    assert drive.one(select(Referral.status).where(Referral.case_id == case_id)).status == "accepted"
    assert not drive.rows(select(Disclosure).where(Disclosure.way == "referral_accepted"))
    assert referred(drive, provider, case_id) == set()
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["police"])
    assert drive.one(select(Referral.status).where(Referral.case_id == case_id)).status == "accepted", "it only waits"
    confirm_override(drive.system, drive.person("COORD"), override_id=row.id)
    assert Category.CONTACT in referred(drive, provider, case_id)


def test_a_basis_that_is_refused_ends_what_waited_for_it(drive: Drive) -> None:
    case_id = placed(drive, "urgent_protection")
    revoke_override(
        drive.system, drive.person("SUP"), override_id=proposed(drive, case_id), reason="There is a guardian.",
    )
    assert drive.one(select(Referral.status).where(Referral.case_id == case_id)).status == "revoked"


def test_the_wish_of_child_and_guardian_is_a_consent_of_both(drive: Drive) -> None:
    case_id = placed(drive, "consent")
    rows = drive.rows(select(Consent).where(Consent.case_id == case_id, Consent.recipient == HOUSE))
    assert {(row.given_by, row.status) for row in rows} == {("guardian", "given"), ("assent", "given")}


# -- a case that goes to another agency -------------------------------------------------------------


def asked(drive: Drive, basis: str, child: str = "no") -> str:
    case_id = drive.open_case({"is_child": child})
    drive.complete(case_id, "record_safety", {**SAFE, "is_child": child})
    start_run(drive.system, drive.person("COORD"), case_id=case_id, process="transfer")
    drive.complete(case_id, "propose_transfer", {}, {**PROPOSAL, "transfer_basis": basis})
    return case_id


def shown(drive: Drive, case_id: str) -> Mapping[str, object]:
    """What the receiving coordinator finds filled in."""
    task = drive.task(case_id, "answer_transfer")
    return open_task(drive.system, drive.person("COORD", NEW), task_id=task.id).answers


def test_by_law_the_receiver_is_told_and_answers_only_after_a_second_person(any_drive: Drive) -> None:
    drive = any_drive
    case_id = asked(drive, "danger_to_life")
    assert by_law(drive, case_id) == ["proposed"]
    assert not {"summary_shown", "age_band", "language"} & shown(drive, case_id).keys()
    with pytest.raises(Conflict):
        drive.complete(case_id, "answer_transfer", {"transfer_answer": "accepted"})
    with pytest.raises(NotAllowed) as refused:
        confirm_override(drive.system, drive.person("COORD"), override_id=proposed(drive, case_id))
    assert refused.value.code == "separation_of_duties"
    confirm_override(drive.system, drive.person("SUP"), override_id=proposed(drive, case_id))
    assert shown(drive, case_id)["summary_shown"] == PROPOSAL["transfer_summary"]
    drive.complete(case_id, "answer_transfer", {"transfer_answer": "accepted"})
    assert drive.case(case_id).agency_id == NEW


@pytest.mark.parametrize(("basis", "child", "works"), [
    ("guardian", "yes", True), ("child_protection", "yes", True), ("consent", "no", True),
    ("consent", "yes", False), ("guardian", "no", False), ("child_protection", "no", False),
])
def test_whose_yes_counts_for_whom(drive: Drive, basis: str, child: str, works: bool) -> None:
    if not works:
        with pytest.raises(InvalidInput) as wrong:
            asked(drive, basis, child)
        assert set(wrong.value.fields) == {"transfer_basis"}
        return
    case_id = asked(drive, basis, child)
    if basis == "child_protection":
        confirm_override(drive.system, drive.person("SUP"), override_id=proposed(drive, case_id))
    drive.complete(case_id, "answer_transfer", {"transfer_answer": "accepted"})
    assert drive.case(case_id).agency_id == NEW


def test_a_yes_that_is_taken_back_ends_the_request_in_the_same_act(any_drive: Drive) -> None:
    drive = any_drive
    case_id = asked(drive, "consent")
    task = drive.task(case_id, "answer_transfer")
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["case_management"], recipients=[NEW])
    assert drive.one(select(Transfer.status).where(Transfer.case_id == case_id)).status == "withdrawn"
    assert drive.any_task(task.id).status == "withdrawn"
    assert drive.run_of(case_id, "transfer").status == "cancelled"
    told = {row.user_id for row in drive.rows(select(Notice).where(Notice.kind == "transfer_withdrawn"))}
    assert drive.person("COORD", NEW).user_id in told
    assert "transfer.withdrawn" in drive.acts(case_id)


def test_a_basis_that_is_refused_ends_the_request(drive: Drive) -> None:
    case_id = asked(drive, "danger_to_life")
    revoke_override(drive.system, drive.person("SUP"), override_id=proposed(drive, case_id), reason="It is not so.")
    assert drive.one(select(Transfer.status).where(Transfer.case_id == case_id)).status == "withdrawn"
