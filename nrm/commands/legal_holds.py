"""Legal holds: a case that must not be erased, on which ground and until when; lifting one is an act too."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, select, update

from nrm.commands.case_act import case_act
from nrm.records.tables.erasure import LegalHold
from nrm.rules.retention import HoldGround
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def place_hold(system: System, actor: Actor, *, case_id: str, ground: str, until: date | None = None) -> str:
    """Hold a case back from erasure; without a last day until somebody lifts the hold. Returns the hold's id.

    Raises InvalidInput, NotFound, NotAllowed, CaseErased.
    """
    with case_act(system, actor, Permission.RETENTION_PROPOSE, case_id, open_only=False) as act:
        if ground not in list(HoldGround):
            raise InvalidInput(fields={"ground": ["Say on which ground the case is held back."]})
        if until is not None and until < act.unit.now.date():
            raise InvalidInput(fields={"until": ["Choose a day that is not over, or leave it empty."]})
        hold_id = system.new_id()
        act.unit.conn.execute(insert(LegalHold), [{
            "id": hold_id, "case_id": case_id, "ground": ground, "until_on": until, "by_id": actor.user_id,
            "at": act.unit.now, "lifted_by": None, "lifted_at": None,
        }])
        act.enter("hold.placed", f"hold:{hold_id}", outcome=ground)
        return hold_id


def lift_hold(system: System, actor: Actor, *, hold_id: str) -> None:
    """End a legal hold. Raises NotFound, NotAllowed, Conflict where it was lifted already."""
    with system.database.reader(actor) as unit:
        case_id = unit.conn.execute(select(LegalHold.case_id).where(LegalHold.id == hold_id)).scalar()
    if case_id is None:
        raise NotFound
    with case_act(system, actor, Permission.RETENTION_PROPOSE, case_id, open_only=False) as act:
        lifted = act.unit.conn.execute(
            update(LegalHold).where(LegalHold.id == hold_id, LegalHold.lifted_at.is_(None))
            .values(lifted_by=actor.user_id, lifted_at=act.unit.now)
        ).rowcount
        if not lifted:
            raise Conflict("This hold was lifted already.")
        act.enter("hold.lifted", f"hold:{hold_id}")
