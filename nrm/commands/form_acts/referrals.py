"""form:F08: a provider's answer, the delivery, and the person's word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Row

from nrm.commands.form_acts.consents import enter_consent
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.form_acts.team import fill_seats
from nrm.commands.overrides import propose_override
from nrm.commands.plan_lines import line_of, require_provider, set_line
from nrm.commands.referral_rows import SHARED, add_referral, referral_of, set_referral, with_words
from nrm.queries.alternatives import other_providers
from nrm.rules.referral_steps import ReferralStatus
from nrm.rules.routing import Seat
from nrm.vocabulary.errors import InvalidInput


def referral_response(act: FormAct) -> Mapping[str, object]:
    """The provider accepts, refuses, or asks first; the referrer is told the same minute (domain 2.8)."""
    answer = str(act.answers.get("referral_answer"))
    referral = referral_of(act.case.unit, act.run.id)
    if referral is not None:
        _ANSWERS[answer](act, referral)
    return {"refusal_reason": act.answers.get("refusal_reason") or "other"} if answer == "refused" else {}


def _accepted(act: FormAct, referral: Row[Any]) -> None:
    set_referral(act.case.settlement, referral, ReferralStatus.ACCEPTED, answered_at=act.case.unit.now)
    if referral.plan_line_id:
        set_line(act.case.unit, referral.plan_line_id, status="in_progress")


def _refused(act: FormAct, referral: Row[Any]) -> None:
    """Other providers of the district are named in the same act."""
    others = other_providers(act.case.unit.conn, act.case.settlement.agencies, referral, str(act.case.case.district))
    set_referral(
        act.case.settlement, referral, ReferralStatus.REFUSED, answered_at=act.case.unit.now,
        reason_code=act.answers.get("refusal_reason"), alternatives=list(others),
        sealed=with_words(act.case.unit, referral, note=act.answers.get("refusal_note")),
        payload={"alternatives": list(others)},
    )
    if referral.plan_line_id:
        set_line(act.case.unit, referral.plan_line_id, status="returned")


def _returned(act: FormAct, referral: Row[Any]) -> None:
    set_referral(
        act.case.settlement, referral, ReferralStatus.RETURNED,
        sealed=with_words(act.case.unit, referral, question=act.answers.get("question")),
    )


_ANSWERS = {"accepted": _accepted, "refused": _refused, "returned": _returned}


def referral_question(act: FormAct) -> Mapping[str, object]:
    """The referrer answers what the provider asked; the provider is asked again, with a clock of its own."""
    referral = referral_of(act.case.unit, act.run.id)
    if referral is not None:
        set_referral(
            act.case.settlement, referral, ReferralStatus.SENT,
            sealed=with_words(act.case.unit, referral, answer=act.answers.get("question_answer")),
        )
    return {}


def delivery(act: FormAct) -> Mapping[str, object]:
    """The provider says what came of it."""
    result = act.answers.get("service_delivered")
    referral = referral_of(act.case.unit, act.run.id)
    delivered = result in ("delivered", "partly")
    if referral is not None and delivered:
        set_referral(
            act.case.settlement, referral, ReferralStatus.DELIVERED,
            sealed=with_words(act.case.unit, referral, note=act.answers.get("outcome")),
        )
    if act.run.item:
        set_line(act.case.unit, act.run.item, status="delivered" if delivered else "not_delivered")
    return {}


def delivery_confirm(act: FormAct) -> Mapping[str, object]:
    """The person's own word counts: a delivery they did not see is none."""
    result = act.answers.get("service_delivered")
    referral = referral_of(act.case.unit, act.run.id)
    delivered = result in ("delivered", "partly")
    if referral is not None:
        set_referral(
            act.case.settlement, referral, ReferralStatus.CONFIRMED if delivered else ReferralStatus.NOT_DELIVERED,
            done_at=act.case.unit.now,
        )
    if act.run.item:
        status = "declined" if result == "declined" else "delivered" if delivered else "not_delivered"
        set_line(act.case.unit, act.run.item, status=status)
    return {}


def referral_consent(act: FormAct) -> Mapping[str, object]:
    """The person says whether this one provider may be told what it needs to know."""
    line = line_of(act.case.settlement, act.run)
    answer = "given" if act.answers.get("consent_covers") == "yes" else "refused"
    child = act.answers.get("given_by") == "child_guardian"
    for voice in ("guardian", "assent") if child else ("person",):
        enter_consent(
            act.case, purpose="referral", status=answer, given_by=voice, record_id=act.record_id,
            recipients=[line.agency_id], categories=[str(c) for c in SHARED], until=None,
        )
    return {}


def line_provider(act: FormAct) -> Mapping[str, object]:
    """Another provider for a line that came back."""
    agency = act.answers.get("agency")
    if agency and act.run.item:
        require_provider(act.case.settlement, agency, "agency")
        set_line(act.case.unit, act.run.item, agency_id=agency, status="agreed")
    return {}


def place(act: FormAct) -> Mapping[str, object]:
    """A safe place was found: the shelter is in the team from now on, and is told only what it needs.

    Nothing leaves without the person's yes. For a child the authority's decision stands in its place: the shelter
    takes the child in at once, and what the referral names opens when a second person has confirmed the basis.
    """
    agency = act.answers.get("place_agency")
    if not agency:
        return {}
    settlement = act.case.settlement
    if agency not in settlement.agencies.active_ids:
        raise InvalidInput(fields={"place_agency": ["Choose an agency from the list."]})
    child = act.case.standing.treated_as_child
    if not child and act.answers.get("person_agrees") == "no":
        raise InvalidInput(fields={"person_agrees": [
            "Without the person's yes no place is told about them. Look for another way with them."
        ]})
    _keep_basis(act, str(agency), child=child)
    fill_seats(act.case, [(Seat("SHEL", str(agency)), False, "place_agency")], basis="gives the person a place")
    add_referral(settlement, act.run, to_agency=str(agency), service="accommodation", urgency="1h", line_id=None,
                 status="accepted")
    return {}


def _keep_basis(act: FormAct, agency: str, *, child: bool) -> None:
    """Enter the yes in the voices that count; or propose to a second person what stands in its place."""
    shared = act.answers.get("shared_categories") or [str(c) for c in SHARED]
    basis = act.answers.get("basis")
    if child and basis != "consent":
        propose_override(
            act.case, recipient=agency, purpose="referral", categories=shared, reason=str(basis or ""),
            basis="court_order" if basis == "court_order" else "child_protection", record_id=act.record_id,
        )
        return
    for voice in ("guardian", "assent") if child else ("person",):
        enter_consent(
            act.case, purpose="referral", status="given", given_by=voice, record_id=act.record_id,
            recipients=[agency], categories=shared, until=None,
        )


def onward_referral(act: FormAct) -> Mapping[str, object]:
    """The onward provider after a negative finding; running services go on until it has accepted (I-043)."""
    agency = act.answers.get("onward_agency")
    if not agency or act.answers.get("onward_wanted") == "no":
        return {}
    require_provider(act.case.settlement, agency, "onward_agency")
    if act.answers.get("person_agrees") != "yes":
        raise InvalidInput(fields={"person_agrees": [
            "Without the person's yes this provider is not asked. Choose another, or record that no support is wanted."
        ]})
    enter_consent(
        act.case, purpose="referral", status="given", given_by="person", record_id=act.record_id,
        recipients=[str(agency)], until=None,
        categories=act.answers.get("shared_categories") or [str(c) for c in SHARED],
    )
    add_referral(
        act.case.settlement, act.run, to_agency=str(agency), service=str(act.answers.get("onward_service") or "other"),
        urgency=str(act.answers.get("urgency") or "7d"), line_id=None, status="sent",
    )
    return {}


def guardian(act: FormAct) -> Mapping[str, object]:
    """The guardian's seat is filled (limit:T16), where one was found without a conflict of interest.

    Where there is a conflict another guardian has to be asked, whatever this one answered (table:D-05).
    """
    if act.answers.get("guardian_conflict") in (True, "yes"):
        return {"answered_for_child": "nobody"}
    agency = act.answers.get("guardian_agency")
    if agency and act.answers.get("guardian_in_place") in (True, "yes"):
        fill_seats(act.case, [(Seat("GUARD", str(agency)), False, "guardian_agency")], basis="guardian appointed")
    return {}
