"""Tasks and their drafts; the conditions of their partial indexes, to be used in queries as they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, and_, literal_column, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, JsonList, Mac, Ref, RunRef


class Task(Base):
    """A unit of human work; ``id`` is the engine's wait id."""

    __tablename__ = "task"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    run_id: Mapped[RunRef]
    process: Mapped[str]
    element: Mapped[str]
    title: Mapped[str]
    role: Mapped[str]
    agency_id: Mapped[Ref]
    unit: Mapped[str | None]
    assignee_id: Mapped[Ref | None]
    status: Mapped[str] = mapped_column(default="open")
    """open, claimed, done, withdrawn."""
    reason_chain: Mapped[JsonList] = mapped_column(default=list)
    form: Mapped[str]
    form_digest: Mapped[str]
    bundle: Mapped[str]
    limit_key: Mapped[str | None]
    due_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=1)
    """0 urgent, 1 normal."""
    safety: Mapped[bool] = mapped_column(default=False)
    item: Mapped[str | None]
    not_by: Mapped[JsonList] = mapped_column(default=list)
    opened_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[Ref | None]
    done_role: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    district: Mapped[str]
    case_code: Mapped[str]
    help_asked_at: Mapped[datetime | None]
    question: Mapped[bool] = mapped_column(default=False)
    stands_in_for: Mapped[Ref | None]
    """Whose task it is while they are absent; it goes back to them."""
    mac: Mapped[Mac]


class Draft(Base):
    """Answers not yet sent, one per task and person; kept when the task is withdrawn."""

    __tablename__ = "draft"

    task_id: Mapped[Ref] = mapped_column(primary_key=True)
    user_id: Mapped[Ref] = mapped_column(primary_key=True)
    case_id: Mapped[CaseRef]
    sealed: Mapped[bytes]
    updated_at: Mapped[datetime]
    seen_version: Mapped[int | None]

    __table_args__ = (Index(None, "case_id"),)


# Literals, not parameters: a planner only uses a partial index when it can see that the condition holds.
_OPEN: ColumnElement[Any] = literal_column("'open'")
IS_OPEN: ColumnElement[bool] = Task.status.in_([_OPEN, literal_column("'claimed'")])
"""The task still waits for someone."""
IS_CLAIMABLE: ColumnElement[bool] = and_(Task.status == _OPEN, Task.assignee_id.is_(None))
"""The task is open and nobody has it."""



def was_open(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a task waited for someone at an instant of the past."""
    return and_(Task.opened_at <= at, or_(Task.done_at.is_(None), Task.done_at > at))


Index("ix_task_claimable", Task.role, Task.agency_id, Task.due_at, Task.id,
      sqlite_where=IS_CLAIMABLE, postgresql_where=IS_CLAIMABLE)
Index("ix_task_agency_open", Task.agency_id, Task.due_at, Task.id,
      sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("ix_task_assignee_open", Task.assignee_id, Task.due_at, Task.id,
      sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("ix_task_due_open", Task.due_at, Task.id, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("ix_task_stands_in", Task.stands_in_for, Task.status,
      sqlite_where=text("stands_in_for IS NOT NULL"), postgresql_where=text("stands_in_for IS NOT NULL"))
Index("ix_task_case", Task.case_id, Task.status, Task.opened_at)
Index("ix_task_run", Task.run_id, Task.element)
