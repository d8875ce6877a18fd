"""Armed time limits, their pauses and the rungs that were told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, JsonList, Ref, RunRef


class Deadline(Base):
    """An armed time limit; a breach only tells, an ``event`` fires its wait."""

    __tablename__ = "deadline"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    run_id: Mapped[RunRef | None]
    wait_id: Mapped[Ref]
    task_id: Mapped[Ref | None]
    kind: Mapped[str]
    """task or event."""
    limit_key: Mapped[str]
    ladder: Mapped[str | None]
    agency_id: Mapped[Ref | None]
    calendar: Mapped[str | None]
    length: Mapped[int]
    unit: Mapped[str]
    armed_at: Mapped[datetime]
    budget_s: Mapped[int | None]
    consumed_s: Mapped[int] = mapped_column(default=0)
    running_since: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="running")
    """running, paused, met, breached, fired, disarmed."""
    due_at: Mapped[datetime | None]
    next_rung_at: Mapped[datetime | None]
    next_rung: Mapped[int | None]
    breached_at: Mapped[datetime | None]
    why: Mapped[JsonList] = mapped_column(default=list)


class Pause(Base):
    """An interval that does not count, with its ground."""

    __tablename__ = "pause"

    id: Mapped[Id]
    deadline_id: Mapped[str] = mapped_column(
        String, ForeignKey("deadline.id", deferrable=True, initially="DEFERRED")
    )
    ground: Mapped[str]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    by_id: Mapped[Ref]

    __table_args__ = (Index(None, "deadline_id"),)


class RungFired(Base):
    """One rung of one deadline was told: the primary key makes it once only."""

    __tablename__ = "rung_fired"

    deadline_id: Mapped[str] = mapped_column(
        String, ForeignKey("deadline.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    rung: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    true_due_at: Mapped[datetime]


IS_TICKING: ColumnElement[bool] = Deadline.status.in_(
    [literal_column("'running'"), literal_column("'breached'")]
)
"""The ladder of this deadline may still climb: running, or breached with rungs to come."""
HAS_RUNG: ColumnElement[bool] = and_(IS_TICKING, Deadline.next_rung_at.is_not(None))
"""A rung is to come: condition of the index on ``next_rung_at``."""
IS_EVENT: ColumnElement[bool] = and_(
    Deadline.kind == literal_column("'event'"), Deadline.status == literal_column("'running'")
)
"""A limit event of a diagram that still waits: condition of the index on ``due_at``."""

Index("ix_deadline_rung", Deadline.next_rung_at, Deadline.case_id,
      sqlite_where=HAS_RUNG, postgresql_where=HAS_RUNG)
Index("ix_deadline_event", Deadline.due_at, Deadline.case_id,
      sqlite_where=IS_EVENT, postgresql_where=IS_EVENT)
Index("ix_deadline_case", Deadline.case_id, Deadline.wait_id)
Index("ix_deadline_task", Deadline.task_id)
Index("ix_deadline_board", Deadline.agency_id, Deadline.due_at, Deadline.id,
      sqlite_where=IS_TICKING, postgresql_where=IS_TICKING)
