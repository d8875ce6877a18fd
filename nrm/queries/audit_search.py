"""Any case by process facts, for the auditor: code, district, stage, period; no content whatever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.engine import Row

from nrm.queries.case_list import case_filters, count_tasks
from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import cases_in_scope
from nrm.records.tables.case import Case, TeamMember
from nrm.records.tables.history import ChainHead, History
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What an auditor looks for; the period is that of opening, the agency in any part of the case."""

    code: str | None = None
    district: str | None = None
    stage: str | None = None
    status: str | None = None
    agency: str | None = None
    overdue: bool = False
    opened_from: datetime | None = None
    opened_until: datetime | None = None

    def plain(self) -> dict[str, object]:
        """Return what was asked, for the entry the search leaves."""
        wanted: dict[str, object] = {
            "code": self.code, "district": self.district, "stage": self.stage, "status": self.status,
            "agency": self.agency, "overdue": self.overdue or None,
            "from": self.opened_from.isoformat() if self.opened_from else None,
            "until": self.opened_until.isoformat() if self.opened_until else None,
        }
        return {name: value for name, value in wanted.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One case by process facts, with how long its history is and when it last moved."""

    case_id: str
    code: str
    process: str
    district: str
    district_name: str
    stage: str
    status: str
    agency_id: str
    agency_name: str
    opened_at: datetime
    closed_at: datetime | None
    open_tasks: int
    overdue: int
    entries: int
    last_at: datetime | None


def audit_lines(
    system: System, unit: Unit, actor: Actor, *, wanted: AuditFilter, after: str | None = None,
    limit: int | None = None,
) -> Page[AuditLine]:
    """Return cases that fit, the newest first. Raises InvalidInput for an unknown filter or cursor."""
    place = read_cursor(after, datetime, str)
    query = select(
        Case.id, Case.code, Case.process, Case.district, Case.stage, Case.status, Case.agency_id, Case.opened_at,
        Case.closed_at, ChainHead.seq,
    ).outerjoin(ChainHead, ChainHead.chain == Case.id).where(
        cases_in_scope(actor, Permission.AUDIT_SEARCH, system.configuration.policy), *_conditions(wanted, unit.now)
    )
    if place is not None:
        query = query.where(following((Case.opened_at, Case.id), place, descending=True))
    rows = unit.conn.execute(query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(take(limit))).all()
    shown, more = one_page(rows, page_size(limit))
    return Page(_lines(system, unit, shown), cursor(shown[-1].opened_at, shown[-1].id) if more else None)


def _conditions(wanted: AuditFilter, now: datetime) -> list[ColumnElement[bool]]:
    found = case_filters(status=wanted.status, district=wanted.district, q=wanted.code)
    if wanted.stage:
        found.append(Case.stage == wanted.stage)
    if wanted.agency:
        seats = select(TeamMember.case_id).where(TeamMember.agency_id == wanted.agency)
        found.append(or_(
            Case.agency_id == wanted.agency, Case.referring_agency_id == wanted.agency, Case.id.in_(seats)
        ))
    if wanted.overdue:
        found.append(Case.id.in_(select(Task.case_id).where(IS_OPEN, Task.due_at < now)))
    if wanted.opened_from:
        found.append(Case.opened_at >= wanted.opened_from)
    if wanted.opened_until:
        found.append(Case.opened_at < wanted.opened_until)
    return found


def _lines(system: System, unit: Unit, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[AuditLine, ...]:
    agencies, districts = system.agencies(unit), system.configuration.districts
    ids = [row.id for row in rows]
    numbers = count_tasks(unit, ids)
    last: dict[str, datetime] = {row[0]: row[1] for row in unit.conn.execute(
        select(History.chain, func.max(History.at)).join(
            ChainHead, (ChainHead.chain == History.chain) & (ChainHead.seq == History.seq)
        ).where(History.chain.in_(ids)).group_by(History.chain)
    )} if ids else {}
    return tuple(
        AuditLine(
            row.id, row.code, row.process, row.district, districts.get(row.district, row.district), row.stage,
            row.status, row.agency_id, agencies.name(row.agency_id), row.opened_at, row.closed_at,
            *numbers.get(row.id, (0, 0)), row.seq or 0, last.get(row.id),
        )
        for row in rows
    )
