"""The list of cases one works on, by code: process facts only, in the same scope as the page of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.engine import Row

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import cases_in_scope, require_role
from nrm.records.tables.case import Case
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

STATUSES = ("open", "follow_up", "suspended", "reopened", "closed", "closed_referred")
RUNNING = ("open", "follow_up", "suspended", "reopened")
ENDED = ("closed", "closed_referred")


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a list.

    ``stage`` is empty for who does not see where the case stands in its process; the numbers then count
    the tasks of the reader's own agency only.
    """

    id: str
    code: str
    district: str
    district_name: str
    stage: str
    status: str
    opened_at: datetime
    agency_id: str
    agency_name: str
    open_tasks: int
    overdue: int


def case_list(
    system: System, actor: Actor, *, status: str | None = None, district: str | None = None,
    stage: str | None = None, q: str | None = None, after: str | None = None, limit: int | None = None,
) -> Page[CaseLine]:
    """List the cases the actor works on, the newest first.

    ``status``: one of STATUSES, or ``running``, ``ended``; ``q``: the beginning of a code; ``stage`` finds
    only cases whose stage the actor sees.

    Raises NotAllowed without the permission, InvalidInput for an unknown filter or cursor.
    """
    policy = system.configuration.policy
    require_role(actor, Permission.CASES_LIST, policy)
    place = read_cursor(after, datetime, str)
    sees_stage = cases_in_scope(actor, Permission.CASE_PROCESS, policy)
    query = select(*_COLUMNS, sees_stage.label("sees_stage")).where(
        cases_in_scope(actor, Permission.CASES_LIST, policy),
        *case_filters(status=status, district=district, q=q),
    )
    if stage:
        query = query.where(Case.stage == stage, sees_stage)
    if place is not None:
        query = query.where(following((Case.opened_at, Case.id), place, descending=True))
    query = query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(take(limit))
    with system.database.reader(actor) as unit:
        shown, more = one_page(unit.conn.execute(query).all(), page_size(limit))
        lines = _lines(system, unit, actor, shown)
    return Page(lines, cursor(shown[-1].opened_at, shown[-1].id) if more else None)


def case_filters(
    *, status: str | None, district: str | None, q: str | None
) -> list[ColumnElement[bool]]:
    """Return the conditions of the filters every list of cases shares. InvalidInput for an unknown status."""
    found: list[ColumnElement[bool]] = []
    if status:
        wanted = {"running": RUNNING, "ended": ENDED}.get(status, (status,))
        if wanted[0] not in STATUSES:
            raise InvalidInput(fields={"status": [f"Choose one of: running, ended, {', '.join(STATUSES)}."]})
        found.append(Case.status.in_(wanted))
    if district:
        found.append(Case.district == district)
    if q:
        found.append(Case.code.startswith(q.strip().upper()[:20], autoescape=True))
    return found


def case_id_of(system: System, actor: Actor, case: str) -> str:
    """Return the id of a case named by its id or its code; who may see it is decided where it is read.

    Raises NotFound where there is none.
    """
    with system.database.reader(actor) as unit:
        column = Case.id if len(case) == 36 else Case.code
        wanted = case if len(case) == 36 else case.strip().upper()
        found: str | None = unit.conn.execute(select(Case.id).where(column == wanted)).scalar()
    if found is None:
        raise NotFound
    return found


_COLUMNS = (Case.id, Case.code, Case.district, Case.stage, Case.status, Case.opened_at, Case.agency_id)


def _lines(
    system: System, unit: Unit, actor: Actor, rows: Sequence[Row[*tuple[Any, ...]]]
) -> tuple[CaseLine, ...]:
    agencies, districts = system.agencies(unit), system.configuration.districts
    whole = count_tasks(unit, [row.id for row in rows if row.sees_stage])
    own = count_tasks(unit, [row.id for row in rows if not row.sees_stage], agency_id=actor.agency_id)
    numbers = {**whole, **own}
    return tuple(
        CaseLine(
            row.id, row.code, row.district, districts.get(row.district, row.district),
            row.stage if row.sees_stage else "", row.status, row.opened_at, row.agency_id,
            agencies.name(row.agency_id), *numbers.get(row.id, (0, 0)),
        )
        for row in rows
    )


def count_tasks(
    unit: Unit, case_ids: Collection[str], *, agency_id: str | None = None
) -> dict[str, tuple[int, int]]:
    """Return case id -> (open tasks, overdue ones) in one query."""
    if not case_ids:
        return {}
    overdue = func.sum(case((Task.due_at < unit.now, 1), else_=0))
    query = select(Task.case_id, func.count(), overdue).where(Task.case_id.in_(list(case_ids)), IS_OPEN)
    if agency_id is not None:
        query = query.where(Task.agency_id == agency_id)
    return {row[0]: (int(row[1]), int(row[2])) for row in unit.conn.execute(query.group_by(Task.case_id))}
