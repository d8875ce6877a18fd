"""The worker's own tables: work on many cases, one line each in its own transaction; and the workers themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, JsonMap, Ref

WAITS = text("status = 'waiting'")


class Batch(Base):
    """Work on many cases that one act asked for: tasks to move, clocks to count anew."""

    __tablename__ = "batch"

    id: Mapped[Id]
    kind: Mapped[str]
    """move_tasks, hand_over, hand_back, recount."""
    by_id: Mapped[Ref]
    at: Mapped[datetime]
    params: Mapped[JsonMap] = mapped_column(default=dict)
    total: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="running")
    """running, done, undone."""
    ended_at: Mapped[datetime | None]
    undoes: Mapped[Ref | None]
    """The batch that this one takes back."""

    __table_args__ = (Index(None, "at", "id"),)


class BatchLine(Base):
    """What a batch does in one case; done once, in one transaction with its effect."""

    __tablename__ = "batch_line"

    id: Mapped[Id]
    batch_id: Mapped[str] = mapped_column(String, ForeignKey("batch.id", deferrable=True, initially="DEFERRED"))
    case_id: Mapped[CaseRef]
    params: Mapped[JsonMap] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(default="waiting")
    """waiting, done, skipped, failed."""
    next_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    result: Mapped[JsonMap] = mapped_column(default=dict)

    __table_args__ = (
        Index(None, "batch_id", "status"),
        Index("ix_batch_line_waiting", "next_at", "id", sqlite_where=WAITS, postgresql_where=WAITS),
    )


class Worker(Base):
    """A worker process and when it was last seen; tells nothing about its machine."""

    __tablename__ = "worker"

    id: Mapped[Id]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    cases: Mapped[int] = mapped_column(default=0)
    rungs: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    lag_s: Mapped[int] = mapped_column(default=0)
    """How late the longest-due deadline was at the last round, in seconds."""

    __table_args__ = (Index(None, "seen_at"),)
