"""Absences: which there are, who may change them, and what was done while somebody was away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import not_kept, reaches_every_agency, roles_with
from nrm.queries.staffing import STANDS
from nrm.records.tables.account import User
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.tables.working_time import Absence
from nrm.records.unit import Unit
from nrm.rules.calendars import Calendar
from nrm.rules.substitutes import Scope
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

MANAGING = (Permission.USERS_MANAGE, Permission.TASK_REASSIGN)


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """One absence in a list; the last day is included."""

    id: str
    user_id: str
    name: str
    agency_id: str
    substitute_id: str | None
    substitute_name: str | None
    first: date
    last: date
    processes: tuple[str, ...]
    cases: tuple[str, ...]
    status: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A task of somebody absent: where it is now. ``status``: open, claimed, done, withdrawn."""

    task_id: str
    label: str
    case_code: str
    status: str
    by_name: str | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """One absence with what became of the tasks meanwhile, by case code."""

    line: AbsenceLine
    meanwhile: tuple[Meanwhile, ...] = field(default=())


def require_absence_of(system: System, actor: Actor, user_id: str, agency_id: str) -> None:
    """Refuse who is neither that person, nor manages the accounts or tasks of their agency. Raises NotAllowed."""
    if not may_change_absence(system, actor, user_id, agency_id):
        raise NotAllowed("You note absences of yourself and of your own agency only.", rule="own_agency:absence")


def may_change_absence(system: System, actor: Actor, user_id: str, agency_id: str) -> bool:
    """Whether somebody may plan and end an absence of a person of an agency."""
    policy = system.configuration.policy
    if actor.is_system or user_id == actor.user_id:
        return True
    if not any(roles_with(actor, permission, policy) for permission in MANAGING):
        return False
    return agency_id == actor.agency_id or reaches_every_agency(actor, Permission.USERS_MANAGE, policy)


def absences(
    system: System, actor: Actor, *, over: bool = False, after: str | None = None, limit: int | None = None
) -> Page[AbsenceLine]:
    """List absences the actor may know of: their own, where they stand in, and those of the people they manage.

    ``over``: those that have ended or were cancelled too. Raises InvalidInput for a damaged cursor.
    """
    place = read_cursor(after, datetime, str)
    query = _with_names().where(_visible(system, actor))
    if not over:
        query = query.where(STANDS)
    if place is not None:
        query = query.where(following((Absence.from_at, Absence.id), place))
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(query.order_by(Absence.from_at, Absence.id).limit(take(limit))).all()
        shown, more = one_page(rows, page_size(limit))
        lines = tuple(_line(system, unit, actor, row) for row in shown)
    return Page(lines, cursor(shown[-1].from_at, shown[-1].id) if more else None)


def absence_view(system: System, actor: Actor, *, absence_id: str) -> AbsenceView:
    """Return one absence and what became of the tasks. Raises NotFound, NotAllowed."""
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(_with_names().where(Absence.id == absence_id)).first()
        if row is None:
            raise NotFound
        if row.substitute_id != actor.user_id:
            require_absence_of(system, actor, row.user_id, row.agency_id)
        holder = aliased(User)
        tasks = unit.conn.execute(
            select(Task.id, Task.title, Task.case_code, Task.status, Task.done_at, holder.name.label("by_name"))
            .outerjoin(holder, holder.id == Task.assignee_id)
            .where(Task.stands_in_for == row.user_id, or_(
                IS_OPEN, Task.done_at.between(row.from_at, row.to_at)
            ), not_kept(Task.case_id, actor)).order_by(Task.case_code, Task.opened_at).limit(500)
        ) if row.status in ("running", "ended") else ()
        return AbsenceView(_line(system, unit, actor, row), tuple(
            Meanwhile(task.id, task.title, task.case_code, task.status, task.by_name, task.done_at) for task in tasks
        ))


def calendar_of(system: System, unit: Unit, agency_id: str) -> Calendar:
    """Return the calendar that says when a day of an agency begins."""
    return system.calendars(unit)[system.agencies(unit).agency(agency_id).calendar]


def _with_names() -> Any:
    substitute = aliased(User)
    return (
        select(Absence, User.name, User.agency_id, substitute.name.label("substitute_name"))
        .join(User, User.id == Absence.user_id).outerjoin(substitute, substitute.id == Absence.substitute_id)
    )


def _visible(system: System, actor: Actor) -> Any:
    policy = system.configuration.policy
    mine = or_(Absence.user_id == actor.user_id, Absence.substitute_id == actor.user_id)
    if reaches_every_agency(actor, Permission.USERS_MANAGE, policy):
        return Absence.id.is_not(None)
    if any(roles_with(actor, permission, policy) for permission in MANAGING):
        return or_(mine, User.agency_id == actor.agency_id)
    return mine


def _line(system: System, unit: Unit, actor: Actor, row: Row[Any]) -> AbsenceLine:
    scope = Scope.read(row.scope)
    first, last = days_of(calendar_of(system, unit, row.agency_id), row)
    return AbsenceLine(
        row.id, row.user_id, row.name, row.agency_id, row.substitute_id, row.substitute_name, first, last,
        tuple(sorted(scope.processes)), tuple(sorted(scope.cases)), row.status,
        row.status in ("planned", "running") and may_change_absence(system, actor, row.user_id, row.agency_id),
    )


def days_of(calendar: Calendar, absence: Row[Any]) -> tuple[date, date]:
    """Return the first and the last day of an absence, as the agency's place counts them."""
    return (
        calendar.local(absence.from_at).date(),
        calendar.local(absence.to_at - timedelta(microseconds=1)).date(),
    )
