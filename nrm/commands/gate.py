"""The consent gate before a task (table:D-05, first form): what must hold before an act shares anything."""

from __future__ import annotations

from nrm.commands.case_act import CaseAct
from nrm.rules.consent import Coverage, Recipient, covers
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import ConsentMissing
from nrm.wiring.library import Published


def require_gate(act: CaseAct, published: Published, element_id: str) -> None:
    """Refuse an element whose ``gate="consent:<purpose>"`` no consent of the person satisfies.

    A gate asks that the person agreed to the purpose at all; who may receive which categories is
    asked again at the moment something is shared (:func:`coverage`).
    """
    setting = published.elements[element_id].task
    if setting is None or not setting.gate.startswith("consent:"):
        return
    purpose = setting.gate.removeprefix("consent:")
    now = act.unit.now
    held = [
        consent for consent in act.standing.consents
        if consent.purpose == purpose and str(consent.status) in ("given", "override")
        and (consent.until_at is None or consent.until_at > now)
    ]
    if not held:
        raise ConsentMissing(
            "The person has not agreed to this yet. Ask for consent first; a no is an answer too.",
            rule=f"consent:{purpose}=missing",
        )


def coverage(act: CaseAct, recipient_agency: str, purpose: str, categories: frozenset[Category]) -> Coverage:
    """Say whether an agency may receive categories for a purpose now."""
    kind = act.settlement.agencies.kind(recipient_agency)
    return covers(
        act.standing.consents, Recipient(recipient_agency, kind), purpose, categories, act.unit.now,
        child=act.standing.treated_as_child,
    )
