"""What auditors and the data-protection officer do about access: look through signals, set honey cases, read why."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.commands.emergencies import place
from nrm.commands.settling.ledger import Ledger
from nrm.queries.scope import not_kept, require_role
from nrm.records.same_person import is_same_person
from nrm.records.tables.case import Case
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.need_to_know import BreakGlass, HoneyCase, Signal
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

LONGEST_NOTE = 1000


def mark_signal_seen(system: System, actor: Actor, *, signal_id: str, note: str) -> None:
    """Say what came of a signal; nobody does it for one about themselves.

    Raises NotFound, Conflict where it was done, InvalidInput, NotAllowed.
    """
    rule = require_role(actor, Permission.SIGNALS_READ, system.configuration.policy)
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise InvalidInput(fields={"note": ["Say in a sentence what came of it. Nothing about the person."]})
    with system.database.unit(actor) as unit:
        row = unit.conn.execute(select(Signal).where(Signal.id == signal_id)).first()
        if row is None:
            raise NotFound
        if row.status != "open":
            raise Conflict("Somebody has looked at this in the meantime.")
        if is_same_person(unit.conn, row.user_id, actor.user_id):
            raise NotAllowed("Somebody else has to look at what you did yourself.", rule="separation:signal",
                             code="separation_of_duties")
        unit.conn.execute(update(Signal).where(Signal.id == signal_id).values(
            status="seen", seen_by=actor.user_id, seen_at=unit.now, note=note.strip(),
        ))
        Ledger(unit, INSTALLATION).enter("signal.seen", f"signal:{signal_id}", outcome=row.kind, rule=rule)


def set_honey(system: System, actor: Actor, *, case_code: str, on: bool) -> None:
    """Make a case one that nobody has a reason to open, or an ordinary one again. Raises NotAllowed, InvalidInput.

    The entry stands in the installation's history, which no team reads.
    """
    rule = require_role(actor, Permission.SIGNALS_READ, system.configuration.policy)
    with system.database.unit(actor) as unit:
        case_id = unit.conn.execute(select(Case.id).where(Case.code == case_code.strip().upper())).scalar()
        if case_id is None:
            raise InvalidInput(fields={"case_code": ["There is no case with this code."]})
        if on:
            unit.conn.execute(upsert(HoneyCase).on_conflict_do_nothing(), {
                "case_id": case_id, "set_by": actor.user_id, "set_at": unit.now,
            })
        else:
            unit.conn.execute(delete(HoneyCase).where(HoneyCase.case_id == case_id))
        Ledger(unit, INSTALLATION).enter("honey.set" if on else "honey.taken_back", f"case:{case_id}", rule=rule)


def honey_codes(system: System, actor: Actor) -> tuple[str, ...]:
    """Return the codes of the cases that nobody has a reason to open. Raises NotAllowed."""
    require_role(actor, Permission.SIGNALS_READ, system.configuration.policy)
    with system.database.reader(actor) as unit:
        return tuple(unit.conn.execute(
            select(Case.code).join(HoneyCase, HoneyCase.case_id == Case.id).where(not_kept(Case.id, actor))
            .order_by(Case.code)
        ).scalars())


def read_emergency_words(system: System, actor: Actor, *, emergency_id: str) -> str:
    """Return why somebody opened a case in an emergency, in their words; the look is an entry of the case.

    Raises NotFound, NotAllowed.
    """
    rule = require_role(actor, Permission.SIGNALS_READ, system.configuration.policy)
    with system.database.unit(actor) as unit:
        row = unit.conn.execute(select(BreakGlass).where(
            BreakGlass.id == emergency_id, not_kept(BreakGlass.case_id, actor)
        )).first()
        if row is None or row.sealed is None:
            raise NotFound
        unit.lock_case(row.case_id)
        Ledger(unit, row.case_id).enter("emergency.read", f"emergency:{emergency_id}", rule=rule)
        return unit.open_sealed(row.case_id, Category.PROCESS, row.sealed, place(emergency_id)).decode()
