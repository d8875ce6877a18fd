"""Runs that stopped and why, for those who may help them on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import cases_in_scope, require_role
from nrm.records.tables.case import Case
from nrm.records.tables.run import Incident, Run
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.facts import FactType
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

STATUSES = ("open", "waiting_second", "resolved")


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One stopped run: where, why, what is missing, which ways a person may choose."""

    id: str
    case_id: str
    case_code: str
    run_id: str | None
    process: str
    process_title: str
    element: str | None
    kind: str
    sentence: str
    facts: tuple[str, ...]
    flows: tuple[str, ...]
    opened_at: datetime
    status: str
    proposed_flow: str | None
    proposed_by: str | None
    resolved_at: datetime | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident with words for what it asks: titles of the ways, types of the missing facts."""

    line: IncidentLine
    element_title: str
    ways: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Flow id -> where it leads, in words."""
    missing: tuple[FactType, ...] = ()
    may_resolve: bool = False
    may_confirm: bool = False


def incidents_list(
    system: System, actor: Actor, *, status: str | None = None, after: str | None = None, limit: int | None = None
) -> Page[IncidentLine]:
    """List incidents, the newest first; without ``status`` those that are not resolved.

    Raises NotAllowed without the permission, InvalidInput for an unknown status or cursor.
    """
    require_role(actor, Permission.INCIDENT_LIST, system.configuration.policy)
    if status is not None and status not in STATUSES:
        raise InvalidInput(fields={"status": [f"Choose one of: {', '.join(STATUSES)}."]})
    place = read_cursor(after, datetime, str)
    query = _incidents().where(
        cases_in_scope(actor, Permission.INCIDENT_RESOLVE, system.configuration.policy),
        Incident.status == status if status else Incident.status.in_(("open", "waiting_second")),
    )
    if place is not None:
        query = query.where(following((Incident.opened_at, Incident.id), place, descending=True))
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(
            query.order_by(Incident.opened_at.desc(), Incident.id.desc()).limit(take(limit))
        ).all()
    shown, more = one_page(rows, page_size(limit))
    return Page(tuple(map(_line, shown)), cursor(shown[-1].opened_at, shown[-1].id) if more else None)


def incident_view(system: System, actor: Actor, *, incident_id: str) -> IncidentView:
    """Return one incident with what may be done. Raises NotFound outside the scope."""
    policy = system.configuration.policy
    with system.database.reader(actor) as unit:
        may_confirm = cases_in_scope(actor, Permission.INCIDENT_CONFIRM, policy).label("may_confirm")
        row = unit.conn.execute(
            _incidents().add_columns(may_confirm).where(
                Incident.id == incident_id, cases_in_scope(actor, Permission.INCIDENT_RESOLVE, policy)
            )
        ).first()
        if row is None:
            raise NotFound
        return _view(system, unit, actor, row)


def _view(system: System, unit: Unit, actor: Actor, row: Row[Any]) -> IncidentView:
    line = _line(row)
    if row.bundle is None:
        return IncidentView(line, line.element or "")
    published = system.library.published(unit.conn, row.bundle)
    element = published.elements.get(line.element or "")
    ways = {}
    for flow in published.process.flows:
        if flow.id in line.flows:
            target = published.elements.get(flow.target)
            ways[flow.id] = f"{flow.name}: {target.title}" if flow.name and target else flow.name or flow.target
    missing = tuple(fact for name in line.facts if (fact := published.fact(name)) is not None)
    return IncidentView(
        line, element.title if element else "", ways, missing, line.status != "resolved",
        bool(row.may_confirm) and line.status == "waiting_second" and line.proposed_by != actor.user_id,
    )


def _incidents() -> Select[*tuple[Any, ...]]:
    return (
        select(Incident, Case.code, Run.process, Run.title.label("process_title"), Run.bundle)
        .join(Case, Case.id == Incident.case_id).outerjoin(Run, Run.id == Incident.run_id)
    )


def _line(row: Row[Any]) -> IncidentLine:
    flow = (row.proposal or {}).get("flow")
    return IncidentLine(
        row.id, row.case_id, row.code, row.run_id, row.process or "", row.process_title or "", row.element,
        row.kind, row.sentence, tuple(row.facts or ()), tuple(row.flows or ()), row.opened_at, row.status,
        str(flow) if flow else None, row.proposed_by, row.resolved_at, row.resolution,
    )
