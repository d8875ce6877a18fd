"""Taking much out needs two persons: one asks and says why, another allows it, once and for a day (goal:S21)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.settling.ledger import Ledger
from nrm.queries.scope import require_having, require_role, roles_with
from nrm.records.same_person import accounts_of, is_same_person
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.two_persons import ExportRequest, TakenOut
from nrm.records.unit import Unit
from nrm.rules.exports import SPAN, Large, is_large, state
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

LONGEST_REASON = 2_000
ASKED = "export.asked"
NEEDED = "second_person_needed"
WHO_ASKS = {
    Large.HISTORY: (Permission.AUDIT_EXPORT,), Large.CASES: (Permission.AUDIT_EXPORT, Permission.DEADLINES_BOARD),
}


def ask_export(system: System, actor: Actor, *, what: str, reason: str) -> str:
    """Ask to take much out; returns the id to allow. ``what``: one of :class:`~nrm.rules.exports.Large`.

    Raises InvalidInput, NotAllowed, Conflict where the same waits already or may be taken.
    """
    policy = system.configuration.policy
    rule = require_having(actor, policy, *WHO_ASKS[Large(what) if what in list(Large) else Large.CASES])
    wrong: dict[str, list[str]] = {}
    if what not in list(Large):
        wrong["what"] = ["Choose what is taken out."]
    if not reason.strip() or len(reason) > LONGEST_REASON:
        wrong["reason"] = ["Say why it is taken out, in at most 2000 characters."]
    if wrong:
        raise InvalidInput(fields=wrong)
    with system.database.unit(actor) as unit:
        if any(_state(unit, row) in ("asked", "allowed") for row in _own(unit, actor, what)):
            raise Conflict("You have asked for this already.")
        request_id = system.new_id()
        seq = Ledger(unit, INSTALLATION).enter(
            ASKED, f"export:{request_id}", outcome=what, rule=rule, payload={"reason": reason.strip()},
        )
        unit.conn.execute(insert(ExportRequest), [{
            "id": request_id, "what": what, "status": "asked", "asked_by": actor.user_id, "asked_at": unit.now,
            "history_seq": seq, "decided_by": None, "decided_at": None, "used_at": None,
        }])
        return request_id


def allow_export(system: System, actor: Actor, *, request_id: str) -> None:
    """Allow, as the second person, that an export is taken once within a day.

    Raises NotFound, NotAllowed for who asked (by person and not by account), Conflict where it no longer waits.
    """
    _decide(system, actor, request_id, "allowed")


def refuse_export(system: System, actor: Actor, *, request_id: str) -> None:
    """Refuse an export. Raises as :func:`allow_export`."""
    _decide(system, actor, request_id, "refused")


def use_allowance(system: System, unit: Unit, actor: Actor, what: Large) -> None:
    """Use up what a second person allowed. Raises NotAllowed where nobody did, or not within a day."""
    found = next((row for row in _own(unit, actor, what) if _state(unit, row) == "allowed"), None)
    if found is None:
        raise NotAllowed("A second person has to allow this export first.", rule="two_persons:export", code=NEEDED)
    unit.conn.execute(
        update(ExportRequest).where(ExportRequest.id == found.id).values(status="used", used_at=unit.now)
    )
    Ledger(unit, INSTALLATION).enter("export.used", f"export:{found.id}", outcome=what, rule="two_persons:export")


def count_taken(system: System, unit: Unit, actor: Actor, case_ids: Iterable[str]) -> None:
    """Count cases that somebody takes out; beyond fifty within a day a second person has to have allowed it.

    The same case counts once a day; all accounts of a person count together. Raises NotAllowed.
    """
    cases = frozenset(case_ids)
    rows = unit.conn.execute(select(TakenOut.cases).where(
        TakenOut.by_id.in_(accounts_of(unit.conn, actor.user_id)), TakenOut.at > unit.now - SPAN,
    )).scalars()
    if is_large(frozenset().union(*rows), cases):
        use_allowance(system, unit, actor, Large.CASES)
    unit.conn.execute(insert(TakenOut), [{
        "id": system.new_id(), "by_id": actor.user_id, "at": unit.now, "cases": sorted(cases),
    }])


def count_one_taken(system: System, actor: Actor, case_id: str) -> None:
    """Count one case that an auditor takes out; who may not is refused for that, later. Raises NotAllowed."""
    if not roles_with(actor, Permission.AUDIT_EXPORT, system.configuration.policy):
        return
    with system.database.unit(actor) as unit:
        count_taken(system, unit, actor, [case_id])


def _decide(system: System, actor: Actor, request_id: str, status: str) -> None:
    rule = require_role(actor, Permission.EXPORT_ALLOW, system.configuration.policy)
    with system.database.unit(actor) as unit:
        row = unit.conn.execute(
            select(ExportRequest).where(ExportRequest.id == request_id).with_for_update()
        ).first()
        if row is None:
            raise NotFound
        if is_same_person(unit.conn, row.asked_by, actor.user_id):
            raise NotAllowed("A second person has to decide this.", rule="separation:proposer",
                             code="separation_of_duties")
        if _state(unit, row) != "asked":
            raise Conflict("This request no longer waits.")
        unit.conn.execute(update(ExportRequest).where(ExportRequest.id == request_id).values(
            status=status, decided_by=actor.user_id, decided_at=unit.now,
        ))
        Ledger(unit, INSTALLATION).enter(f"export.{status}", f"export:{request_id}", outcome=row.what, rule=rule)


def _own(unit: Unit, actor: Actor, what: str) -> list[Row[Any]]:
    return list(unit.conn.execute(
        select(ExportRequest).where(
            ExportRequest.asked_by == actor.user_id, ExportRequest.what == what,
            ExportRequest.status.in_(("asked", "allowed")),
        ).order_by(ExportRequest.asked_at, ExportRequest.id).with_for_update()
    ))


def _state(unit: Unit, row: Row[Any]) -> str:
    return state(row.status, asked_at=row.asked_at, decided_at=row.decided_at, now=unit.now)
