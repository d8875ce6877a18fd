"""Sharing without consent: a legal basis, a reason, and a second person (table:D-05). Never silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.consent_effects import close_what_lost_its_consent
from nrm.commands.settling.audience import people_of
from nrm.records.consents import add_consents, follow, is_proven
from nrm.records.keys import SealBroken
from nrm.records.same_person import is_same_person
from nrm.records.tables.consent import Consent
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

BASES = ("danger_to_life", "child_protection", "court_order", "statutory_duty")
PURPOSES = ("referral", "police", "justice", "case_management", "family_assessment")
LASTS = timedelta(days=30)
CONFIRMING = ("COORD", "SUP")
"""Who is told that a second person is waited for."""


def ask_override(
    system: System, actor: Actor, *, case_id: str, recipient: str, purpose: str, categories: Iterable[str],
    basis: str, reason: str, seen_version: int | None = None,
) -> str:
    """Propose to share with one agency on a legal basis; nothing is shared before a second person confirms.

    Returns the id to confirm. Raises InvalidInput.
    """
    names = [str(name) for name in categories]
    wrong: dict[str, list[str]] = {}
    if basis not in BASES:
        wrong["basis"] = ["Choose the legal basis."]
    if purpose not in PURPOSES:
        wrong["purpose"] = ["Choose what it is for."]
    if not names or any(name not in set(Category) for name in names):
        wrong["categories"] = ["Choose what would be shared."]
    if not reason.strip():
        wrong["reason"] = ["Say why this cannot wait for the person's consent."]
    with case_act(system, actor, Permission.CONSENT_RECORD, case_id, seen_version=seen_version) as act:
        if recipient not in act.settlement.agencies.active_ids:
            wrong["recipient"] = ["Choose an agency from the list."]
        if wrong:
            raise InvalidInput(fields=wrong)
        return propose_override(
            act, recipient=recipient, purpose=purpose, categories=names, basis=basis, reason=reason,
        )


def propose_override(
    act: CaseAct, *, recipient: str, purpose: str, categories: Iterable[str], basis: str, reason: str,
    record_id: str | None = None,
) -> str:
    """Enter a proposal in the ledger; it opens nothing before somebody else confirms it, and they are told at once.

    ``recipient``: an agency id, or ``*`` for any agency that the purpose needs. ``record_id``: the form it stands in.
    """
    override_id, now, named = act.system.new_id(), act.unit.now, sorted(categories)
    add_consents(act.unit, [{
        "id": override_id, "case_id": act.case.id, "purpose": purpose, "recipient": recipient,
        "categories": named, "status": "proposed", "given_by": "override", "from_at": now, "until_at": now,
        "basis": basis, "record_id": record_id,
    }])
    act.enter("override.proposed", f"consent:{override_id}", outcome=basis, payload={
        "recipient": recipient, "purpose": purpose, "categories": named, "reason": reason.strip()[:2000],
    })
    act.standing.forget_consents()
    for user_id in people_of(act.unit, (str(act.case.agency_id),), CONFIRMING):
        act.settlement.notices.tell(user_id, "override_proposed", None, now)
    return override_id


def confirm_override(system: System, actor: Actor, *, override_id: str) -> None:
    """Confirm an override as the second person; it holds for thirty days. Raises NotAllowed for who asked."""
    with case_act(system, actor, Permission.CONSENT_OVERRIDE, _case_of(system, actor, override_id)) as act:
        row = _newest(act.unit, override_id)
        if row.status != "proposed":
            raise Conflict("This was confirmed already, or is not a legal basis somebody proposed.")
        if is_same_person(act.unit.conn, row.entered_by, actor.user_id):
            raise NotAllowed("A second person has to confirm this.", rule="separation:proposer",
                             code="separation_of_duties")
        follow(
            act.unit, Consent.id == override_id, status="override", approver_id=actor.user_id,
            from_at=act.unit.now, until_at=act.unit.now + LASTS,
        )
        act.enter("override.confirmed", f"consent:{override_id}", outcome=str(row.basis))
        act.standing.forget_consents()


def revoke_override(system: System, actor: Actor, *, override_id: str, reason: str) -> None:
    """Take a legal basis back before its time, or refuse a proposed one; what rested on it ends in the same act.

    Raises InvalidInput without a reason, Conflict where it is over already.
    """
    with case_act(system, actor, Permission.CONSENT_OVERRIDE, _case_of(system, actor, override_id)) as act:
        if not reason.strip():
            raise InvalidInput(fields={"reason": ["Say why it no longer holds."]})
        row = _newest(act.unit, override_id)
        if row.status not in ("proposed", "override"):
            raise Conflict("This legal basis is over already.")
        follow(act.unit, Consent.id == override_id, status="revoked", until_at=act.unit.now)
        act.enter("override.revoked", f"consent:{override_id}", outcome=str(row.basis), payload={
            "reason": reason.strip()[:2000],
        })
        act.standing.forget_consents()
        close_what_lost_its_consent(act)


def _case_of(system: System, actor: Actor, override_id: str) -> str:
    with system.database.reader(actor) as unit:
        return str(_newest(unit, override_id).case_id)


def _newest(unit: Unit, override_id: str) -> Row[Any]:
    row = unit.conn.execute(select(Consent).where(Consent.id == override_id)).first()
    if row is None:
        raise NotFound
    if not is_proven(row, unit.ring):
        raise SealBroken
    return row
