"""Signals of unusual access and accesses in an emergency: for auditors and the data-protection officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import not_kept, require_role
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.need_to_know import BreakGlass, Signal
from nrm.records.unit import Unit
from nrm.vocabulary.access_words import GlassReason, GlassVerdict, SignalKind
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

STATUSES = ("open", "seen")


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal: who, of which kind, about which case where it is about one. No verdict."""

    id: str
    kind: str
    sentence: str
    user_id: str
    user_name: str
    agency_name: str
    case_code: str | None
    at: datetime
    number: int
    status: str
    seen_by_name: str
    seen_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class EmergencyLine:
    """One access in an emergency. ``verdict`` is empty until it was reviewed."""

    id: str
    case_code: str
    user_id: str
    user_name: str
    agency_name: str
    reason: str
    reason_sentence: str
    stay: bool
    from_at: datetime
    until_at: datetime
    is_running: bool
    verdict: str
    verdict_sentence: str
    reviewed_by_name: str
    reviewed_at: datetime | None


def signals(
    system: System, actor: Actor, *, status: str = "open", after: str | None = None, limit: int | None = None
) -> Page[SignalLine]:
    """List signals, the newest first. Raises NotAllowed, InvalidInput for an unknown status or cursor."""
    require_role(actor, Permission.SIGNALS_READ, system.configuration.policy)
    if status not in STATUSES:
        raise InvalidInput(fields={"status": [f"Choose one of: {', '.join(STATUSES)}."]})
    place = read_cursor(after, datetime, str)
    seer = aliased(User)
    query: Select[*tuple[Any, ...]] = (
        select(Signal, User.name, Case.code, seer.name.label("seer")).outerjoin(User, User.id == Signal.user_id)
        .outerjoin(Case, Case.id == Signal.case_id).outerjoin(seer, seer.id == Signal.seen_by)
        .where(Signal.status == status, or_(Signal.case_id.is_(None), not_kept(Signal.case_id, actor)))
    )
    if place is not None:
        query = query.where(following((Signal.at, Signal.id), place, descending=True))
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(query.order_by(Signal.at.desc(), Signal.id.desc()).limit(take(limit))).all()
        shown, more = one_page(rows, page_size(limit))
        lines = tuple(_signal(system, unit, row) for row in shown)
    return Page(lines, cursor(shown[-1].at, shown[-1].id) if more else None)


def emergencies(
    system: System, actor: Actor, *, after: str | None = None, limit: int | None = None
) -> Page[EmergencyLine]:
    """List accesses in an emergency, the newest first. Raises NotAllowed, InvalidInput for an unknown cursor."""
    require_role(actor, Permission.SIGNALS_READ, system.configuration.policy)
    place = read_cursor(after, datetime, str)
    query = _emergencies().where(not_kept(BreakGlass.case_id, actor))
    if place is not None:
        query = query.where(following((BreakGlass.from_at, BreakGlass.id), place, descending=True))
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(
            query.order_by(BreakGlass.from_at.desc(), BreakGlass.id.desc()).limit(take(limit))
        ).all()
        shown, more = one_page(rows, page_size(limit))
        lines = tuple(_emergency(system, unit, row) for row in shown)
    return Page(lines, cursor(shown[-1].from_at, shown[-1].id) if more else None)


def my_emergencies(system: System, actor: Actor) -> tuple[EmergencyLine, ...]:
    """List the actor's own accesses in an emergency that run now, the newest first. Raises NotAllowed."""
    require_role(actor, Permission.GLASS_BREAK, system.configuration.policy)
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(_emergencies().where(
            BreakGlass.user_id == actor.user_id, BreakGlass.until_at > unit.now
        ).order_by(BreakGlass.from_at.desc())).all()
        return tuple(_emergency(system, unit, row) for row in rows)


def _emergencies() -> Select[*tuple[Any, ...]]:
    reviewer = aliased(User)
    return (
        select(BreakGlass, User.name, Case.code, reviewer.name.label("reviewer"))
        .join(Case, Case.id == BreakGlass.case_id).outerjoin(User, User.id == BreakGlass.user_id)
        .outerjoin(reviewer, reviewer.id == BreakGlass.reviewed_by)
    )


def _signal(system: System, unit: Unit, row: Row[Any]) -> SignalLine:
    return SignalLine(
        row.id, row.kind, SignalKind(row.kind).sentence, row.user_id, row.name or "",
        system.agencies(unit).name(row.agency_id), row.code, row.at, row.number, row.status, row.seer or "",
        row.seen_at, row.note or "",
    )


def _emergency(system: System, unit: Unit, row: Row[Any]) -> EmergencyLine:
    return EmergencyLine(
        row.id, row.code, row.user_id, row.name or "", system.agencies(unit).name(row.agency_id), row.reason,
        GlassReason(row.reason).sentence, row.stay, row.from_at, row.until_at, row.until_at > unit.now,
        row.verdict or "", GlassVerdict(row.verdict).sentence if row.verdict else "", row.reviewer or "",
        row.reviewed_at,
    )
