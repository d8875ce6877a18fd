"""The board of clocks: what is overdue or due soon, by agency and by rung of the ladder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.engine import Row

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import cases_in_scope, require_role
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import IS_TICKING, Deadline, RungFired
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

STATES = ("overdue", "soon", "later", "all")
SOON = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """One armed time limit: by code, with the task it belongs to and how far its ladder has climbed."""

    id: str
    case_id: str
    case_code: str
    task_id: str | None
    title: str
    role: str
    agency_id: str
    agency_name: str
    assignee_name: str | None
    limit_key: str
    kind: str
    armed_at: datetime
    due_at: datetime
    is_overdue: bool
    rung: int
    """The highest rung that was told; 0 where nobody was."""
    next_rung_at: datetime | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgencyClocks:
    """How an agency's clocks stand."""

    agency_id: str
    agency_name: str
    running: int
    overdue: int
    by_rung: tuple[tuple[int, int], ...]
    """(highest rung told, how many clocks), rungs in order."""


def deadlines_board(
    system: System, actor: Actor, *, state: str = "overdue", agency: str | None = None, rung: int | None = None,
    after: str | None = None, limit: int | None = None,
) -> Page[DeadlineLine]:
    """List clocks that run, the one due first on top.

    ``state``: overdue, soon (within two days), later, all; ``rung``: the highest rung told.

    Raises NotAllowed without the permission, InvalidInput for an unknown state or cursor.
    """
    if state not in STATES:
        raise InvalidInput(fields={"state": [f"Choose one of: {', '.join(STATES)}."]})
    require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    place = read_cursor(after, datetime, str)
    with system.database.reader(actor) as unit:
        query = (
            select(
                Deadline, Case.code, Task.title, Task.role, User.name.label("assignee_name"), _TOLD.label("told"),
            )
            .join(Case, Case.id == Deadline.case_id).outerjoin(Task, Task.id == Deadline.task_id)
            .outerjoin(User, User.id == Task.assignee_id)
            .where(IS_TICKING, _reach(system, actor), *_filters(state, agency, rung, unit.now))
        )
        if place is not None:
            query = query.where(following((Deadline.due_at, Deadline.id), place))
        rows = unit.conn.execute(query.order_by(Deadline.due_at, Deadline.id).limit(take(limit))).all()
        shown, more = one_page(rows, page_size(limit))
        lines = tuple(_line(system, unit, row) for row in shown)
    return Page(lines, cursor(shown[-1].due_at, shown[-1].id) if more else None)


def clocks_by_agency(system: System, actor: Actor) -> tuple[AgencyClocks, ...]:
    """Count the running clocks by agency and rung, in the actor's scope. Raises NotAllowed."""
    require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    with system.database.reader(actor) as unit:
        late_now = case((Deadline.due_at < unit.now, 1), else_=0).label("late")
        each = (
            select(Deadline.agency_id, _TOLD.label("told"), late_now)
            .join(Case, Case.id == Deadline.case_id).where(IS_TICKING, _reach(system, actor)).subquery()
        )
        rows = unit.conn.execute(
            select(each.c.agency_id, each.c.told, func.count(), func.sum(each.c.late))
            .group_by(each.c.agency_id, each.c.told).order_by(each.c.agency_id, each.c.told)
        ).all()
        agencies = system.agencies(unit)
    found: dict[str, list[Any]] = {}
    for agency_id, rung, count, late in rows:
        found.setdefault(agency_id or "", []).append((int(rung), int(count), int(late)))
    return tuple(
        AgencyClocks(
            agency_id, agencies.name(agency_id), sum(count for _, count, _ in some),
            sum(late for _, _, late in some), tuple((rung, count) for rung, count, _ in some),
        )
        for agency_id, some in sorted(found.items())
    )


_TOLD = (
    select(func.coalesce(func.max(RungFired.rung), 0)).where(RungFired.deadline_id == Deadline.id).scalar_subquery()
)
"""The highest rung that was told."""


def _reach(system: System, actor: Actor) -> ColumnElement[bool]:
    """Clocks of cases in scope, and those of tasks that are with the actor's own agency."""
    scope = cases_in_scope(actor, Permission.CASE_PROCESS, system.configuration.policy)
    return or_(scope, Deadline.agency_id == actor.agency_id)


def _filters(state: str, agency: str | None, rung: int | None, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = {
        "overdue": [Deadline.due_at < now], "soon": [Deadline.due_at >= now, Deadline.due_at < now + SOON],
        "later": [Deadline.due_at >= now + SOON], "all": [],
    }[state]
    if agency:
        found = [*found, Deadline.agency_id == agency]
    if rung is not None:
        found = [*found, _TOLD.in_([rung])]
    return found


def _line(system: System, unit: Unit, row: Row[*tuple[Any, ...]]) -> DeadlineLine:
    return DeadlineLine(
        row.id, row.case_id, row.code, row.task_id, row.title or "", row.role or "", row.agency_id or "",
        system.agencies(unit).name(row.agency_id), row.assignee_name, row.limit_key, row.kind, row.armed_at,
        row.due_at, row.due_at < unit.now, row.told, row.next_rung_at, tuple(row.why or ()),
    )
