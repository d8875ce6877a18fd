"""What follows when a referral is sent or accepted: the ledger keeps what left, the first responder may hear of it."""

from __future__ import annotations

from collections.abc import Iterable

from nrm.commands.disclosing import Way, disclose
from nrm.commands.settling.feedback import Stage, tell_first_responder
from nrm.commands.settling.settlement import Settlement
from nrm.queries.standing import treated_as_child
from nrm.records.consents import read_consents
from nrm.rules.consent import Recipient, covers, waits_for_a_second_person
from nrm.vocabulary.categories import Category

PURPOSE = "referral"


def referral_moved(
    settlement: Settlement, to_agency: str, status: str, *, categories: Iterable[Category], fields: Iterable[str],
) -> None:
    """Keep what an agency received: asked, what the plan's line says; once it has accepted, what the referral names."""
    if status == "sent":
        _keep(settlement, to_agency, Way.REFERRAL_SENT, frozenset({Category.PLAN}), ())
    elif status == "accepted":
        _keep(settlement, to_agency, Way.REFERRAL_ACCEPTED, frozenset(categories), fields)
        tell_first_responder(settlement, Stage.SUPPORT_STARTED)


def _keep(
    settlement: Settlement, to_agency: str, way: Way, categories: frozenset[Category], fields: Iterable[str]
) -> None:
    unit = settlement.unit
    consents = read_consents(unit, settlement.case_id)
    covered = covers(
        consents, Recipient(to_agency, settlement.agencies.kind(to_agency)), PURPOSE, categories, unit.now,
        child=treated_as_child(unit.conn, settlement.case_id),
    )
    if not covered.allowed and waits_for_a_second_person(consents, to_agency, PURPOSE):
        return  # it sees nothing yet: what it reads once the basis is confirmed is kept then
    disclose(
        settlement.system, unit, case_id=settlement.case_id, agency_id=to_agency, way=way, categories=categories,
        consents=[one for one in consents if one.id in covered.used], purpose=PURPOSE, elements=fields,
    )
