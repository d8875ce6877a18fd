"""Review a service gap, quarterly or sooner: what follows from it (the fourth function of the team, I-073)."""

from __future__ import annotations

from sqlalchemy import select, update

from nrm.commands.settling.ledger import Ledger
from nrm.queries.scope import require_role
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.referral import ServiceGap
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def review_gap(system: System, actor: Actor, *, gap_id: str, note: str) -> None:
    """Mark a gap as reviewed with what follows. Raises InvalidInput, Conflict, NotFound."""
    rule = require_role(actor, Permission.GAPS_REVIEW, system.configuration.policy)
    if not note.strip():
        raise InvalidInput(fields={"note": ["Write what follows from this gap."]})
    with system.database.unit(actor) as unit:
        row = unit.conn.execute(select(ServiceGap.status).where(ServiceGap.id == gap_id)).first()
        if row is None:
            raise NotFound
        if row.status == "reviewed":
            raise Conflict("This gap was reviewed in the meantime.")
        unit.conn.execute(update(ServiceGap).where(ServiceGap.id == gap_id).values(
            status="reviewed", reviewed_at=unit.now, reviewed_by=actor.user_id, review_note=note.strip()[:2000],
        ))
        Ledger(unit, INSTALLATION).enter("gap.reviewed", f"gap:{gap_id}", rule=rule)
