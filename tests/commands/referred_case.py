"""A case in which a provider has accepted a referral by the person's word: what withdrawals are tried on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from nrm.records.tables.consent import Consent
from tests.support.driving import Drive

SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}
LINES = [{"need": "Invented need", "service": "medical", "agency": "health_centre", "urgent": True}]
ANSWERS = [{"no": 1, "answer": "agreed", "may_share": "yes"}]


STEPS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("record_safety", SAFE), ("assemble_team", {}), ("explain_rights", {}),
    ("record_consent", {"consent_interview": "refused", "consent_referral": "not_asked", "mechanism_declined": False}),
    ("ask_about_family", {"consent_family_assessment": "refused"}),
    ("assess_safety", {"threats_since_exit": "no"}),
    ("hold_meeting", {"present_social": True, "present_health": True, "person_voice": "present"}),
)


def draft_plan(drive: Drive, case_id: str, lines: Sequence[Mapping[str, object]]) -> None:
    """Lead a case that was just opened to a plan of these lines, which the person has not answered yet."""
    for element, facts in STEPS:
        drive.complete(case_id, element, facts)
    drive.complete(case_id, "draft_plan", answers={"lines": lines})


def with_agreed_plan(drive: Drive, lines: Sequence[Mapping[str, object]]) -> str:
    """A case whose plan has these lines, to which the person has said yes; returns its id."""
    case_id = drive.open_case()
    draft_plan(drive, case_id, lines)
    drive.complete(case_id, "person_agrees", {"plan_changes_wanted": False}, {"lines": ANSWERS})
    return case_id


def with_accepted_referral(drive: Drive) -> str:
    """A case in which the health centre has accepted an urgent line by the person's word; returns its id."""
    case_id = with_agreed_plan(drive, LINES)
    drive.complete(case_id, "answer_urgent_referral", {"referral_answer": "accepted"})
    return case_id


def given(drive: Drive, case_id: str) -> str:
    """The id of the newest consent given for a referral."""
    rows = drive.rows(
        select(Consent.id).where(
            Consent.case_id == case_id, Consent.purpose == "referral", Consent.status == "given"
        ).order_by(Consent.from_at.desc())
    )
    return str(rows[0].id)
