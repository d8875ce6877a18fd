"""Consent: recorded, withdrawn, overridden by two people; access ends with the commit (table:D-05)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.overrides import ask_override, confirm_override
from nrm.commands.read_case import read_case
from nrm.commands.withdraw_consent import record_consent, withdraw_consent
from nrm.records.tables.consent import Consent
from nrm.records.tables.notice import Notice
from nrm.records.tables.referral import PlanLine, Referral
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.commands.referred_case import given, with_accepted_referral
from tests.fault.agreement import disagreements
from tests.support.driving import Drive


def test_withdrawal_ends_the_referral_its_tasks_and_the_providers_access(any_drive: Drive) -> None:
    drive = any_drive
    case_id = with_accepted_referral(drive)
    provider, task = drive.person("PROV", "health_centre"), drive.task(case_id, "deliver_service")
    read_case(drive.system, provider, case_id=case_id)
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given(drive, case_id))
    with pytest.raises(NotFound):
        read_case(drive.system, provider, case_id=case_id)
    assert drive.any_task(task.id).status == "withdrawn"
    assert drive.one(select(Referral.status).where(Referral.case_id == case_id)).status == "revoked"
    assert drive.one(select(PlanLine.status).where(PlanLine.case_id == case_id)).status == "declined"
    assert drive.run_of(case_id, "service_referral").status == "cancelled"
    told = drive.rows(select(Notice.user_id).where(Notice.kind == "referral_revoked"))
    assert provider.user_id in {row.user_id for row in told}
    assert disagreements(drive, case_id) == []


def test_withdrawing_twice_is_a_second_no_and_revokes_nothing_twice(drive: Drive) -> None:
    case_id = with_accepted_referral(drive)
    consent_id = given(drive, case_id)
    withdraw_consent(drive.system, drive.person("CM"), consent_id=consent_id)
    withdraw_consent(drive.system, drive.person("CM"), consent_id=consent_id)
    assert drive.acts(case_id).count("referral.revoked") == 1
    assert disagreements(drive, case_id) == []


@pytest.mark.parametrize(("role", "agency", "error"), [
    ("PROV", "health_centre", NotAllowed), ("CM", "sa_southport", NotFound), ("POL", "police", NotFound),
])
def test_only_who_works_with_the_person_records_a_withdrawal(
    drive: Drive, role: str, agency: str, error: type[Exception]
) -> None:
    case_id = with_accepted_referral(drive)
    with pytest.raises(error):
        withdraw_consent(drive.system, drive.person(role, agency), consent_id=given(drive, case_id))
    assert drive.history(case_id)[-1].outcome == "refused"
    assert drive.one(select(Referral.status).where(Referral.case_id == case_id)).status == "accepted"


# -- recorded outside of a form ---------------------------------------------------------------------


def test_a_consent_is_entered_with_recipients_and_the_fact_follows(drive: Drive) -> None:
    case_id = drive.open_case()
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose="police", answer="given",
                   recipients=["police"], categories=["identity"])
    row = drive.one(select(Consent).where(Consent.case_id == case_id))
    assert (row.purpose, row.recipient, row.status, row.categories) == ("police", "police", "given", ["identity"])
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose="interview", answer="refused")
    assert drive.facts(case_id, drive.run_of(case_id, "case").id)["consent_interview"] == "refused"


@pytest.mark.parametrize(("field", "value"), [
    ("purpose", "gossip"), ("answer", "perhaps"), ("recipients", ["nowhere"]), ("categories", ["secrets"]),
    ("given_by", "neighbour"),
])
def test_a_consent_that_makes_no_sense_is_refused_where_it_is_wrong(drive: Drive, field: str, value: object) -> None:
    case_id = drive.open_case()
    arguments: dict[str, object] = {"purpose": "police", "answer": "given", field: value}
    with pytest.raises(InvalidInput) as refused:
        record_consent(drive.system, drive.person("CM"), case_id=case_id, **arguments)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]
    assert drive.rows(select(Consent.id).where(Consent.case_id == case_id)) == []


# -- a legal basis and a second person --------------------------------------------------------------


def ask(drive: Drive, case_id: str, number: int = 1) -> str:
    return ask_override(
        drive.system, drive.person("COORD", number=number), case_id=case_id, recipient="police", purpose="police",
        categories=["identity"], basis="danger_to_life", reason="Invented reason.",
    )


def test_an_override_holds_nothing_until_a_second_person_confirms_it(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    override_id = ask(drive, case_id)
    assert drive.one(select(Consent.status).where(Consent.id == override_id)).status == "proposed"
    with pytest.raises(NotAllowed) as refused:
        confirm_override(drive.system, drive.person("COORD"), override_id=override_id)
    assert refused.value.code == "separation_of_duties"
    confirm_override(drive.system, drive.person("SUP"), override_id=override_id)
    row = drive.one(select(Consent).where(Consent.id == override_id))
    assert (row.status, row.basis, row.approver_id) == ("override", "danger_to_life", "sup-sa_norvale-1")
    assert row.until_at == drive.clock.now() + timedelta(days=30)
    assert [a for a in drive.acts(case_id) if a.startswith("override")] == ["override.proposed", "override.confirmed"]
    with pytest.raises(Conflict):
        confirm_override(drive.system, drive.person("SUP"), override_id=override_id)


def test_a_case_manager_does_not_confirm_an_override(drive: Drive) -> None:
    case_id = drive.open_case()
    override_id = ask(drive, case_id)
    with pytest.raises(NotAllowed):
        confirm_override(drive.system, drive.person("CM", "sa_norvale"), override_id=override_id)
    with pytest.raises(NotFound):
        confirm_override(drive.system, drive.person("SUP", "sa_midmar"), override_id=override_id)
    assert drive.one(select(Consent.status).where(Consent.id == override_id)).status == "proposed"


def test_an_override_needs_basis_reason_recipient_and_categories(drive: Drive) -> None:
    case_id = drive.open_case()
    with pytest.raises(InvalidInput) as refused:
        ask_override(drive.system, drive.person("COORD"), case_id=case_id, recipient="nowhere", purpose="gossip",
                     categories=[], basis="because", reason=" ")
    assert set(refused.value.fields) == {"recipient", "purpose", "categories", "basis", "reason"}
