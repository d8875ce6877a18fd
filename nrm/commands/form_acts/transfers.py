"""form:F24: another agency is asked to take a case over, and its coordinator answers (domain X6)."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.commands.form_acts.consents import SHARED_BY_DEFAULT, enter_consent
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.overrides import propose_override
from nrm.commands.transfers import (
    ACCEPTED,
    LEAD,
    PURPOSE,
    REFUSED,
    answer_transfer,
    may_be_told,
    propose_transfer,
    transfer_of,
)
from nrm.vocabulary.errors import Conflict, InvalidInput

COORDINATOR = "COORD"
FOR_CHILDREN, GUARDIAN = "child_protection", "guardian"
VOICES: Mapping[str, tuple[str, ...]] = {"consent": ("person",), GUARDIAN: ("guardian", "assent")}
"""Whose yes a basis is; the others are the law's."""


def transfer_propose(act: FormAct) -> Mapping[str, object]:
    """Ask the agency, on the person's yes or a basis in law; without either the case stays where it is."""
    basis = str(act.answers.get("transfer_basis") or "none")
    if basis == "none":
        return {"transfer_proposed": False}
    to_agency, district = str(act.answers.get("to_agency")), str(act.answers.get("to_district"))
    _require_receiver(act, to_agency, district)
    if basis == FOR_CHILDREN and not act.case.standing.treated_as_child:
        raise InvalidInput(fields={"transfer_basis": ["This basis holds for a child only."]})
    _keep_basis(act, to_agency, basis)
    propose_transfer(
        act.case.settlement, act.run, to_agency=to_agency, to_district=district,
        reason=str(act.answers.get("transfer_reason")), basis=basis,
    )
    return {"transfer_proposed": True}


def transfer_answer(act: FormAct) -> Mapping[str, object]:
    """Take the case over, or refuse with a reason; the case moves in this same act."""
    transfer = transfer_of(act.case.unit, act.run.id)
    if transfer is not None:
        taken = act.answers.get("transfer_answer") == ACCEPTED
        if taken and not may_be_told(act.case.settlement.agencies, act.case.standing, transfer.to_agency):
            raise Conflict(
                "Nothing lets you be told yet: a second person has to confirm the legal basis.", code="basis_open"
            )
        answer_transfer(act.case.settlement, transfer, ACCEPTED if taken else REFUSED)
    return {}


def _keep_basis(act: FormAct, to_agency: str, basis: str) -> None:
    """Enter the yes, in the voices that count for this person; or propose the basis in law to a second person."""
    is_child = act.case.standing.treated_as_child
    if basis not in VOICES:
        propose_override(
            act.case, recipient=to_agency, purpose=PURPOSE, categories=map(str, SHARED_BY_DEFAULT[PURPOSE]),
            basis=basis, reason=str(act.answers.get("transfer_reason") or ""), record_id=act.record_id,
        )
        return
    if is_child is not (basis == GUARDIAN):
        raise InvalidInput(fields={"transfer_basis": [
            "For a child the guardian and the child agree, for an adult the person."
        ]})
    for voice in VOICES[basis]:
        enter_consent(
            act.case, purpose=PURPOSE, status="given", given_by=voice, record_id=act.record_id,
            recipients=[to_agency], categories=(), until=None,
        )


def _require_receiver(act: FormAct, agency_id: str, district: str) -> None:
    """Refuse an agency that cannot lead a case in the district, and the one that has it there already."""
    agencies = act.case.settlement.agencies
    agency = agencies.by_id.get(agency_id)
    if agency is None or agency_id not in agencies.active_ids or not agency.manages_cases or not {
        COORDINATOR, LEAD
    } <= set(agency.serves):
        raise InvalidInput(fields={"to_agency": ["Choose an agency that leads cases."]})
    if district not in agency.districts:
        raise InvalidInput(fields={"to_district": ["This agency does not work in this district."]})
    if (agency_id, district) == (act.case.case.agency_id, act.case.case.district):
        raise InvalidInput(fields={"to_agency": ["This agency has the case in this district already."]})
