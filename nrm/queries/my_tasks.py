"""The inbox: tasks that are mine, my team's, or to be claimed; one indexed query, never a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, union_all
from sqlalchemy.engine import Row
from sqlalchemy.sql.selectable import Subquery

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import not_kept, of_my_unit, require_role, roles_with
from nrm.records.tables.account import User
from nrm.records.tables.run import Run
from nrm.records.tables.task import IS_CLAIMABLE, IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

QUEUES = ("mine", "team", "claimable", "all")
LATE = ("overdue", "soon")
SOON = timedelta(hours=24)
COUNTED_TO = 999
"""Counts stop here: nobody reads a larger number, and counting costs."""


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task in a list: a code, a safe label and a date, nothing about the person."""

    id: str
    title: str
    process: str
    process_title: str
    run_id: str
    element: str
    case_code: str
    case_id: str
    role: str
    agency_id: str
    assignee_id: str | None
    assignee_name: str | None
    status: str
    due_at: datetime | None
    is_overdue: bool
    is_soon: bool
    priority: int
    safety: bool
    help: bool
    question: bool
    version: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks wait in each queue; at most 999 each."""

    mine: int
    mine_overdue: int
    team: int
    claimable: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    late: str | None
    process: str | None
    district: str | None
    role: str | None


def my_tasks(
    system: System, actor: Actor, *, queue: str = "mine", late: str | None = None, process: str | None = None,
    district: str | None = None, role: str | None = None, after: str | None = None, limit: int | None = None,
) -> Page[TaskLine]:
    """List open tasks, the one due first on top (what is overdue comes first).

    ``queue``: mine (I hold them), team (with my role and agency, whoever holds them; for a supervisor the
    whole agency), claimable (nobody holds them), all. ``late``: overdue, or soon (due within 24 hours).

    Raises NotAllowed without the permission, InvalidInput for an unknown queue, filter or cursor.
    """
    require_role(actor, Permission.TASK_LIST, system.configuration.policy)
    _check(queue, late)
    place = read_cursor(after, datetime, str)
    with system.database.reader(actor) as unit:
        wanted = _Wanted(late, process, district, role)
        branches = _branches(system, actor, queue, wanted, unit.now)
        rows = _rows(unit, branches, place, take(limit))
        shown, more = one_page(rows, page_size(limit))
        lines = tuple(line_of(row, unit.now) for row in shown)
    return Page(lines, cursor(shown[-1].due_at, shown[-1].id) if more else None)


def counts(system: System, actor: Actor) -> Counts:
    """Count the queues for the page's head; zeros for somebody who does no tasks."""
    if not roles_with(actor, Permission.TASK_LIST, system.configuration.policy):
        return Counts(0, 0, 0, 0)
    with system.database.reader(actor) as unit:
        def counted(queue: str, late: str | None = None) -> int:
            wanted = _Wanted(late, None, None, None)
            return _count(unit, _branches(system, actor, queue, wanted, unit.now))

        return Counts(counted("mine"), counted("mine", "overdue"), counted("team"), counted("claimable"))


def _check(queue: str, late: str | None) -> None:
    if queue not in QUEUES:
        raise InvalidInput(fields={"queue": [f"Choose one of: {', '.join(QUEUES)}."]})
    if late is not None and late not in LATE:
        raise InvalidInput(fields={"late": [f"Choose one of: {', '.join(LATE)}."]})


def _branches(
    system: System, actor: Actor, queue: str, wanted: _Wanted, now: datetime
) -> list[tuple[ColumnElement[bool], ...]]:
    """Return the conditions of the queries whose union is the queue: each of them walks one index.

    One condition with several roles would make PostgreSQL sort all their tasks instead.
    """
    policy = system.configuration.policy
    roles = [r for r in roles_with(actor, Permission.TASK_LIST, policy) if wanted.role in (None, r)]
    mine: tuple[ColumnElement[bool], ...] = (IS_OPEN, Task.assignee_id == actor.user_id)
    if wanted.role is not None:
        mine = (*mine, Task.role == wanted.role)
    here = Task.agency_id == actor.agency_id
    team: tuple[ColumnElement[bool], ...] = (IS_OPEN, here, *_of_team(system, actor, wanted))
    not_mine = or_(Task.assignee_id.is_(None), Task.assignee_id != actor.user_id)
    found: dict[str, list[tuple[ColumnElement[bool], ...]]] = {
        "mine": [mine],
        "claimable": [(IS_CLAIMABLE, Task.role == role, here, of_my_unit(actor)) for role in roles],
        "team": [team],
        "all": [mine, (*team, not_mine)],
    }
    more = [*_filters(system, actor, wanted, now), not_kept(Task.case_id, actor)]
    return [(*branch, *more) for branch in found[queue]]


def _of_team(system: System, actor: Actor, wanted: _Wanted) -> tuple[ColumnElement[bool], ...]:
    """A supervisor sees the whole agency's tasks; everybody else those of their roles and unit."""
    policy = system.configuration.policy
    if roles_with(actor, Permission.TASK_REASSIGN, policy):
        return () if wanted.role is None else (Task.role == wanted.role,)
    roles = [r for r in roles_with(actor, Permission.TASK_LIST, policy) if wanted.role in (None, r)]
    return (Task.role.in_(roles), of_my_unit(actor))


def _filters(system: System, actor: Actor, wanted: _Wanted, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.late == "overdue":
        found.append(Task.due_at < now)
    elif wanted.late == "soon":
        found.extend((Task.due_at >= now, Task.due_at < now + SOON))
    if wanted.process:
        found.append(Task.process == wanted.process)
    if wanted.district:
        # Who does a task without seeing its case must not learn the district of stay by filtering for it.
        may_know = roles_with(actor, Permission.CASES_LIST, system.configuration.policy)
        found.extend((Task.district == wanted.district, Task.role.in_(may_know)))
    return found


_COLUMNS = (
    Task.id, Task.title, Task.process, Task.run_id, Task.element, Task.case_code, Task.case_id, Task.role,
    Task.agency_id, Task.assignee_id, Task.status, Task.due_at, Task.priority, Task.safety, Task.help_asked_at,
    Task.question, Task.version, Task.opened_at,
)


def _rows(
    unit: Unit, branches: Sequence[tuple[ColumnElement[bool], ...]], place: Sequence[object] | None, most: int
) -> Sequence[Row[Any]]:
    if not branches:
        return []
    parts = [_part(branch, place, most) for branch in branches]
    wanted = parts[0] if len(parts) == 1 else union_all(*(select(part) for part in parts)).subquery()
    return unit.conn.execute(with_names(wanted).order_by(wanted.c.due_at, wanted.c.id).limit(most)).all()


def _part(branch: tuple[ColumnElement[bool], ...], place: Sequence[object] | None, most: int) -> Subquery:
    query = select(*_COLUMNS).where(*branch)
    if place is not None:
        query = query.where(following((Task.due_at, Task.id), place))
    return query.order_by(Task.due_at, Task.id).limit(most).subquery()


def with_names(tasks: Subquery) -> Select[Any]:
    """Add the title of the process and the name of who holds the task: one row each by primary key."""
    return (
        select(tasks, Run.title.label("process_title"), User.name.label("assignee_name"))
        .join(Run, Run.id == tasks.c.run_id)
        .outerjoin(User, User.id == tasks.c.assignee_id)
    )


def _count(unit: Unit, branches: Sequence[tuple[ColumnElement[bool], ...]]) -> int:
    """Count the rows of a queue, up to so many.

    In the order of the index where it is one: PostgreSQL would read all of it before it counts the first. Of several,
    the first is often enough.
    """
    counted = 0
    for branch in branches:
        some: Select[Any] = select(literal_column("1")).select_from(Task).where(*branch).limit(COUNTED_TO - counted)
        if len(branches) == 1:
            some = some.order_by(Task.due_at, Task.id)
        counted += unit.conn.execute(select(func.count()).select_from(some.subquery())).scalar_one()
        if counted >= COUNTED_TO:
            break
    return counted


def line_of(row: Row[Any], now: datetime) -> TaskLine:
    """Return a row of tasks with names as a line."""
    overdue = row.due_at is not None and row.due_at < now
    return TaskLine(
        row.id, row.title, row.process, row.process_title, row.run_id, row.element, row.case_code,
        row.case_id, row.role, row.agency_id, row.assignee_id, row.assignee_name, row.status, row.due_at, overdue,
        not overdue and row.due_at is not None and row.due_at < now + SOON, row.priority, row.safety,
        row.help_asked_at is not None, row.question, row.version, row.opened_at,
    )


def open_tasks_of_case(unit: Unit, case_id: str, *, agency_id: str | None = None) -> tuple[TaskLine, ...]:
    """Return a case's open tasks, due first on top; with ``agency_id`` only those of one agency."""
    query = select(*_COLUMNS).where(Task.case_id == case_id, IS_OPEN)
    if agency_id is not None:
        query = query.where(Task.agency_id == agency_id)
    part = query.subquery()
    rows = unit.conn.execute(with_names(part).order_by(part.c.due_at, part.c.id)).all()
    return tuple(line_of(row, unit.now) for row in rows)
