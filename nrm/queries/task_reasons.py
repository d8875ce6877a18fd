"""Why tasks of a list are here and due then: read for the rows of one page, in one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select

from nrm.records.tables.account import User
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reason chain of a task and the steps that lead to its due date, as sentences."""

    mine: tuple[str, ...]
    due: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Someone who can be given a task or a seat."""

    user_id: str
    name: str


def task_reasons(system: System, actor: Actor, *, task_ids: Collection[str]) -> Mapping[str, Reasons]:
    """Return the reasons of those tasks that are with the actor's agency or with the actor."""
    if not task_ids:
        return {}
    query = (
        select(Task.id, Task.reason_chain, Deadline.why).outerjoin(Deadline, Deadline.task_id == Task.id)
        .where(Task.id.in_(task_ids), or_(Task.agency_id == actor.agency_id, Task.assignee_id == actor.user_id))
    )
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(query).all()
    return {row.id: Reasons(tuple(row.reason_chain), tuple(row.why or ())) for row in rows}


def colleagues(system: System, actor: Actor, *, agency_id: str, role: str) -> tuple[Colleague, ...]:
    """Return the people of an agency who fill a role, by name; whose agency it is decides the act, not the list."""
    query = select(User.id, User.name, User.roles).where(User.agency_id == agency_id, User.status == "active")
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(query.order_by(User.name, User.id)).all()
    return tuple(Colleague(row.id, row.name) for row in rows if role in row.roles)
