"""A path somebody proposed past a stopped gateway: who, when, and the reason, which only the history holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.queries.incidents_list import incident_view
from nrm.records.history import open_payload
from nrm.records.keys import KeyGone, SealBroken
from nrm.records.tables.account import User
from nrm.records.tables.history import History
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System

ACT = "incident.path_proposed"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a second person reads before confirming. ``reason`` is empty where its key was destroyed."""

    flow: str
    reason: str
    by_id: str
    by_name: str
    at: datetime


def incident_proposal(system: System, actor: Actor, *, incident_id: str) -> Proposal | None:
    """Return the last proposal for an incident, or None. Raises NotFound outside the scope, NotAllowed."""
    line = incident_view(system, actor, incident_id=incident_id).line
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(
            select(History.seq, History.at, History.actor, History.outcome, History.sealed, User.name)
            .outerjoin(User, User.id == History.actor)
            .where(History.chain == line.case_id, History.act == ACT, History.object == f"incident:{incident_id}")
            .order_by(History.seq.desc()).limit(1)
        ).first()
        if row is None:
            return None
        reason = ""
        if row.sealed is not None:
            try:
                payload, _ = open_payload(unit.keys, line.case_id, row.seq, row.sealed)
                reason = str(payload.get("reason", ""))
            except (KeyGone, SealBroken):
                reason = ""
    return Proposal(row.outcome, reason, row.actor, row.name or "", row.at)
