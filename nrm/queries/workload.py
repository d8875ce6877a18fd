"""How much each colleague has: shown when a task is given to somebody, and used to spread many."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection, Row

from nrm.queries.scope import not_kept
from nrm.queries.staffing import absent_until, asked_by, colleagues_of, in_parts, kept_from
from nrm.records.tables.account import User
from nrm.records.tables.case import TeamMember
from nrm.records.tables.task import IS_OPEN, Task
from nrm.rules.access import decide
from nrm.rules.relations import CaseResource, TaskResource
from nrm.rules.substitutes import hindrance
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class Load:
    """Open tasks of one person; of them late and urgent ones; until when they are away, where they are."""

    open: int = 0
    late: int = 0
    urgent: int = 0
    absent_until: datetime | None = None


FREE = Load()


@dataclass(frozen=True, slots=True)
class TaskCandidate:
    """Somebody of the agency who fills the role of a task.

    ``chosen``: the person chose them. ``hindered``: why they cannot have this task all the same, empty where they can.
    """

    id: str
    name: str
    unit: str | None
    open: int
    late: int
    urgent: int
    absent_until: datetime | None
    chosen: bool
    hindered: str


def loads(
    conn: Connection, user_ids: Collection[str], now: datetime, *, seen_by: Actor = SYSTEM
) -> dict[str, Load]:
    """Return what each of some people has; who has nothing and is there is left out.

    ``seen_by``: to whom it is shown; what they are kept from is not counted.
    """
    away = absent_until(conn, user_ids)
    found = {user_id: Load(absent_until=at) for user_id, at in away.items()}
    for some in in_parts(user_ids):
        rows = conn.execute(
            select(
                Task.assignee_id, func.count().label("all"),
                func.sum(case((Task.due_at < now, 1), else_=0)).label("late"),
                func.sum(case((Task.priority == 0, 1), else_=0)).label("urgent"),
            ).where(IS_OPEN, Task.assignee_id.in_(some), not_kept(Task.case_id, seen_by)).group_by(Task.assignee_id)
        )
        for row in rows:
            found[row.assignee_id] = Load(row.all, int(row.late), int(row.urgent), away.get(row.assignee_id))
    return found


def candidates(system: System, actor: Actor, *, task_id: str) -> tuple[TaskCandidate, ...]:
    """List who might be given a task: whom the person chose first, then who can have it, the least loaded first.

    Raises NotFound where the actor may not reassign it.
    """
    with system.database.reader(actor) as unit:
        task: Any = unit.conn.execute(select(Task).where(Task.id == task_id)).first()
        if task is None or not decide(
            actor, Permission.TASK_REASSIGN, CaseResource(
                "", task=TaskResource(task.role, task.agency_id, task.unit, task.assignee_id),
                conflicts=kept_from(unit.conn, (task.case_id,)).get(task.case_id, frozenset()),
            ), system.configuration.policy,
        ).allowed:
            raise NotFound
        return candidates_for(unit.conn, task, unit.now, seen_by=actor)


def chosen_holder(system: System, actor: Actor, *, task_id: str) -> bool:
    """Whether the person chose who has a task; for the page that would move it."""
    with system.database.reader(actor) as unit:
        task: Any = unit.conn.execute(select(Task).where(Task.id == task_id)).first()
        return task is not None and is_chosen(unit.conn, task)


def is_chosen(conn: Connection, task: Row[Any]) -> bool:
    """Whether the person chose who has a task."""
    return task.assignee_id is not None and conn.execute(select(TeamMember.id).where(
        TeamMember.case_id == task.case_id, TeamMember.role == task.role, TeamMember.user_id == task.assignee_id,
        TeamMember.chosen, TeamMember.to_at.is_(None),
    )).first() is not None


def candidates_for(
    conn: Connection, task: Row[Any], now: datetime, *, seen_by: Actor
) -> tuple[TaskCandidate, ...]:
    """As ``candidates``, of a row of ``task``; who has it now is left out."""
    asked = asked_by(conn, (task,))[task.id]
    people = {
        one.id: one for one in colleagues_of(conn, task.agency_id).values()
        if one.active and task.role in one.roles and one.id != task.assignee_id
    }
    chosen = set(conn.execute(select(TeamMember.user_id).where(
        TeamMember.case_id == task.case_id, TeamMember.role == task.role, TeamMember.chosen,
        TeamMember.to_at.is_(None),
    )).scalars())
    names = {row.id: row.name for row in conn.execute(
        select(User.id, User.name).where(User.agency_id == task.agency_id)
    )}
    load = loads(conn, people, now, seen_by=seen_by)
    found = [
        TaskCandidate(
            one.id, names[one.id], one.unit, load.get(one.id, FREE).open, load.get(one.id, FREE).late,
            load.get(one.id, FREE).urgent, load.get(one.id, FREE).absent_until, one.id in chosen,
            hindrance(one, asked),
        )
        for one in people.values()
    ]
    return tuple(sorted(found, key=lambda one: (bool(one.hindered), not one.chosen, one.open, one.name)))
