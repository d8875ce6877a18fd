"""Changes of clocks that one person asked for and that wait for a second one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.queries.deadlines_board import reach
from nrm.queries.scope import require_role
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import ClockRequest, Deadline
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

MOST = 50


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A change that waits. ``kind``: extend, waive, restart, correct_start; ``units`` in the limit's unit."""

    id: str
    deadline_id: str
    case_id: str
    case_code: str
    limit_key: str
    title: str
    kind: str
    ground: str
    units: int | None
    unit: str
    start_at: datetime | None
    asked_at: datetime
    asked_by: str
    asked_name: str
    due_at: datetime | None


def waiting_requests(system: System, actor: Actor) -> tuple[WaitingRequest, ...]:
    """List the changes that wait in the actor's scope, the oldest first, at most fifty. Raises NotAllowed."""
    require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    query = (
        select(ClockRequest, Case.code, Deadline.limit_key, Deadline.unit, Deadline.due_at, Task.title, User.name)
        .join(Deadline, Deadline.id == ClockRequest.deadline_id).join(Case, Case.id == ClockRequest.case_id)
        .outerjoin(Task, Task.id == Deadline.task_id).outerjoin(User, User.id == ClockRequest.asked_by)
        .where(ClockRequest.status == "asked", reach(system, actor))
        .order_by(ClockRequest.asked_at, ClockRequest.id).limit(MOST)
    )
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(query).all()
    return tuple(
        WaitingRequest(
            row.id, row.deadline_id, row.case_id, row.code, row.limit_key, row.title or "", row.kind, row.ground,
            row.units, row.unit, row.start_at, row.asked_at, row.asked_by, row.name or "", row.due_at,
        )
        for row in rows
    )
