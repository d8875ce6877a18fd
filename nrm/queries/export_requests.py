"""Requests to take much out: what waits for a second person, who asked and why, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.queries.case_clocks import names_of
from nrm.queries.scope import require_having, roles_with
from nrm.records.history import open_payload
from nrm.records.keys import KeyGone, SealBroken
from nrm.records.same_person import accounts_of
from nrm.records.tables.history import INSTALLATION, History
from nrm.records.tables.two_persons import ExportRequest
from nrm.records.unit import Unit
from nrm.rules.exports import ALLOWED_FOR, state
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

NEWEST = 100


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """One request; ``what`` is ``history`` (of the whole installation) or ``cases`` (more than fifty in a day)."""

    id: str
    what: str
    state: str
    """asked, allowed, refused, used, lapsed."""
    reason: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    until: datetime | None
    """Until when it may be taken, while it is allowed."""
    is_own: bool
    may_decide: bool


def export_requests(system: System, actor: Actor) -> tuple[ExportAsked, ...]:
    """Return the newest hundred requests: of everybody for who allows them, else one's own. Raises NotAllowed."""
    policy = system.configuration.policy
    require_having(actor, policy, Permission.EXPORT_ALLOW, Permission.AUDIT_EXPORT, Permission.DEADLINES_BOARD)
    allows = bool(roles_with(actor, Permission.EXPORT_ALLOW, policy))
    with system.database.reader(actor) as unit:
        mine = accounts_of(unit.conn, actor.user_id)
        query = select(ExportRequest).order_by(ExportRequest.asked_at.desc(), ExportRequest.id).limit(NEWEST)
        if not allows:
            query = query.where(ExportRequest.asked_by == actor.user_id)
        rows = unit.conn.execute(query).all()
        names = names_of(unit, {one for row in rows for one in (row.asked_by, row.decided_by) if one})
        found = []
        for row in rows:
            stands = state(row.status, asked_at=row.asked_at, decided_at=row.decided_at, now=unit.now)
            found.append(ExportAsked(
                row.id, row.what, stands, _reason(unit, row.history_seq), names.get(row.asked_by, row.asked_by),
                row.asked_at, names.get(row.decided_by or "", row.decided_by or ""), row.decided_at,
                row.decided_at + ALLOWED_FOR if stands == "allowed" and row.decided_at else None,
                row.asked_by == actor.user_id, allows and stands == "asked" and row.asked_by not in mine,
            ))
        return tuple(found)


def _reason(unit: Unit, seq: int) -> str:
    sealed = unit.conn.execute(
        select(History.sealed).where(History.chain == INSTALLATION, History.seq == seq)
    ).scalar()
    if sealed is None:
        return ""
    try:
        payload, _ = open_payload(unit.keys, INSTALLATION, seq, sealed)
    except (KeyGone, SealBroken):
        return ""
    return str(payload.get("reason", ""))
