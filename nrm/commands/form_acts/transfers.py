"""form:F24: another agency is asked to take a case over, and its coordinator answers (domain X6)."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.commands.form_acts.consents import enter_consent
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.transfers import ACCEPTED, LEAD, REFUSED, answer_transfer, propose_transfer, transfer_of
from nrm.vocabulary.errors import InvalidInput

COORDINATOR = "COORD"
FOR_CHILDREN = "child_protection"


def transfer_propose(act: FormAct) -> Mapping[str, object]:
    """Ask the agency, on the person's yes or a basis in law; without either the case stays where it is."""
    basis = str(act.answers.get("transfer_basis") or "none")
    if basis == "none":
        return {"transfer_proposed": False}
    to_agency, district = str(act.answers.get("to_agency")), str(act.answers.get("to_district"))
    _require_receiver(act, to_agency, district)
    if basis == FOR_CHILDREN and not act.case.standing.treated_as_child:
        raise InvalidInput(fields={"transfer_basis": ["This basis holds for a child only."]})
    by_law = basis not in ("consent", "guardian")
    enter_consent(
        act.case, purpose="case_management", status="override" if by_law else "given",
        given_by="override" if by_law else {"consent": "person"}.get(basis, "guardian"), record_id=act.record_id,
        recipients=[to_agency], categories=(), until=None, basis=basis if by_law else None,
        approver_id=act.case.actor.user_id if by_law else None,
    )
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
        answer_transfer(act.case.settlement, transfer, ACCEPTED if taken else REFUSED)
    return {}


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
