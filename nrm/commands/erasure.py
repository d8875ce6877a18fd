"""Erasing a closed case: one proposes, another person approves, a worker carries it out in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.case_act import CLOSED, CaseAct, case_act
from nrm.records.same_person import is_same_person
from nrm.records.tables.erasure import CaseKeeping, Erasure, LegalHold
from nrm.records.unit import Unit
from nrm.rules.retention import Basis, Hold, what_stops
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

PROPOSED = "erasure.proposed"
LONGEST_REASON = 2000


def propose_erasure(system: System, actor: Actor, *, case_id: str, basis: str, reason: str = "") -> str:
    """Propose to erase a closed case; a second person decides. Returns the erasure's id.

    The reason is sealed in the case's history and goes with it; before the time has come there has to be one.

    Raises InvalidInput, NotFound, NotAllowed, Conflict where something stops it or a proposal waits already.
    """
    with case_act(system, actor, Permission.RETENTION_PROPOSE, case_id, open_only=False) as act:
        if basis not in list(Basis):
            raise InvalidInput(fields={"basis": ["Say why the case is to be erased."]})
        if Basis(basis) is not Basis.TIME_HAS_COME and not reason.strip():
            raise InvalidInput(fields={"reason": ["Say why the case is to be erased before its time."]})
        _require_nothing_stops(act.unit, act.case, basis)
        waits = select(Erasure.id).where(Erasure.case_id == case_id, Erasure.status.in_(("proposed", "approved")))
        if act.unit.conn.execute(waits).first() is not None:
            raise Conflict("The erasure of this case is proposed already.")
        erasure_id = system.new_id()
        act.unit.conn.execute(insert(Erasure), [{
            "id": erasure_id, "case_id": case_id, "case_code": act.case.code, "basis": basis, "status": "proposed",
            "proposed_by": actor.user_id, "proposed_at": act.unit.now, "decided_by": None, "decided_at": None,
            "done_at": None, "counts": {}, "history_seq": None, "digest": None, "written_at": None,
        }])
        act.enter(PROPOSED, f"erasure:{erasure_id}", outcome=basis,
                  payload={"reason": reason.strip()[:LONGEST_REASON]})
        return erasure_id


def approve_erasure(system: System, actor: Actor, *, erasure_id: str) -> None:
    """Approve, as the second person, what a worker then carries out.

    Raises NotFound, NotAllowed for who proposed it, Conflict where it was decided or something stops it.
    """
    with _deciding(system, actor, erasure_id) as (act, erasure):
        _require_nothing_stops(act.unit, act.case, erasure.basis)
        _decided(act, erasure, "approved")


def refuse_erasure(system: System, actor: Actor, *, erasure_id: str) -> None:
    """Refuse a proposal, or take one's own back. Raises NotFound, NotAllowed, Conflict where it was decided."""
    with _deciding(system, actor, erasure_id, may_be_own=True) as (act, erasure):
        _decided(act, erasure, "refused")


def stopped_by(unit: Unit, case: Row[Any], basis: str) -> str:
    """Say what stops the erasure of a locked case now; empty where nothing does."""
    holds = unit.conn.execute(select(LegalHold).where(LegalHold.case_id == case.id))
    until = unit.conn.execute(select(CaseKeeping.until_on).where(CaseKeeping.case_id == case.id)).scalar()
    return what_stops(
        Basis(basis), unit.now.date(), is_closed=case.status in CLOSED, until=until,
        holds=[Hold(row.ground, row.until_on, row.lifted_at is not None) for row in holds],
    )


def _require_nothing_stops(unit: Unit, case: Row[Any], basis: str) -> None:
    sentence = stopped_by(unit, case, basis)
    if sentence:
        raise Conflict(sentence, code="erasure_stopped")


@contextmanager
def _deciding(
    system: System, actor: Actor, erasure_id: str, *, may_be_own: bool = False
) -> Iterator[tuple[CaseAct, Row[Any]]]:
    with system.database.reader(actor) as unit:
        found = unit.conn.execute(select(Erasure).where(Erasure.id == erasure_id)).first()
    if found is None:
        raise NotFound
    own = may_be_own and found.proposed_by == actor.user_id
    permission = Permission.RETENTION_PROPOSE if own else Permission.RETENTION_APPROVE
    with case_act(system, actor, permission, found.case_id, open_only=False) as act:
        erasure = act.unit.conn.execute(select(Erasure).where(Erasure.id == erasure_id)).one()
        if erasure.status != "proposed":
            raise Conflict("This proposal was decided in the meantime.")
        if not own and is_same_person(act.unit.conn, erasure.proposed_by, actor.user_id):
            raise NotAllowed("A second person has to decide this.", rule="separation:proposer",
                             code="separation_of_duties")
        yield act, erasure


def _decided(act: CaseAct, erasure: Row[Any], status: str) -> None:
    act.unit.conn.execute(update(Erasure).where(Erasure.id == erasure.id).values(
        status=status, decided_by=act.actor.user_id, decided_at=act.unit.now,
    ))
    act.enter(f"erasure.{status}", f"erasure:{erasure.id}", outcome=erasure.basis)
