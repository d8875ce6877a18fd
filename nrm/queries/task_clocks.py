"""The clocks of one task, as its page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.records.tables.deadline import Deadline
from nrm.records.unit import Unit
from nrm.rules.limits import TimeLimit
from nrm.wiring.library import Published


@dataclass(frozen=True, slots=True)
class TaskClock:
    """One time limit of a task: what it is, by which law, when it is due and why."""

    id: str
    limit_key: str
    title: str
    source: str
    default: bool
    """Whether the length is a configurable default, not read from a law."""
    status: str
    due_at: datetime | None
    why: tuple[str, ...]
    reason_wanted: bool
    """Whether the ladder has demanded a reason for the breach, and nobody has given one."""


def clocks_of_task(unit: Unit, published: Published, task_id: str) -> tuple[TaskClock, ...]:
    """Return a task's clocks, the one due first on top; those that stand still last."""
    rows = unit.conn.execute(
        select(Deadline).where(Deadline.task_id == task_id)
        .order_by(Deadline.due_at.is_(None), Deadline.due_at, Deadline.id)
    )
    return tuple(task_clock(row, published.limits.get(row.limit_key)) for row in rows)


def task_clock(row: Row[Any], limit: TimeLimit | None) -> TaskClock:
    """Return a row of ``deadline`` with the limit its bundle carries."""
    return TaskClock(
        row.id, row.limit_key, limit.title if limit else row.limit_key, limit.source if limit else "",
        limit.default if limit else True, row.status, row.due_at, tuple(row.why or ()),
        row.reason_asked_at is not None and row.late_reason is None,
    )
