"""A case in which a provider has accepted a referral by the person's word: what withdrawals are tried on."""

from __future__ import annotations

from sqlalchemy import select

from nrm.records.tables.consent import Consent
from tests.support.driving import Drive

SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}
LINES = [{"need": "Invented need", "service": "medical", "agency": "health_centre", "urgent": True}]
ANSWERS = [{"no": 1, "answer": "agreed", "may_share": "yes"}]


def with_accepted_referral(drive: Drive) -> str:
    """A case in which the health centre has accepted an urgent line by the person's word; returns its id."""
    case_id = drive.open_case()
    for element, facts, answers in (
        ("record_safety", SAFE, {}), ("assemble_team", {}, {}), ("explain_rights", {}, {}),
        ("record_consent", {"consent_interview": "refused", "consent_referral": "not_asked",
                            "mechanism_declined": False}, {}),
        ("ask_about_family", {"consent_family_assessment": "refused"}, {}),
        ("assess_safety", {"threats_since_exit": "no"}, {}),
        ("hold_meeting", {"present_social": True, "present_health": True, "person_voice": "present"}, {}),
        ("draft_plan", {}, {"lines": LINES}),
        ("person_agrees", {"plan_changes_wanted": False}, {"lines": ANSWERS}),
        ("answer_urgent_referral", {"referral_answer": "accepted"}, {}),
    ):
        drive.complete(case_id, element, facts, answers)
    return case_id


def given(drive: Drive, case_id: str) -> str:
    """The id of the newest consent given for a referral."""
    rows = drive.rows(
        select(Consent.id).where(
            Consent.case_id == case_id, Consent.purpose == "referral", Consent.status == "given"
        ).order_by(Consent.from_at.desc())
    )
    return str(rows[0].id)
