"""Armed time limits, their pauses, the changes asked for, and the rungs that were told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, literal_column, text
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
    """Whose task it is."""
    managed_by: Mapped[Ref | None]
    """The agency that manages the case, kept here too: the board of one agency walks along what is due."""
    calendar: Mapped[str | None]
    length: Mapped[int]
    """The limit's own length; what was added by extending it is in ``budget``."""
    unit: Mapped[str]
    armed_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    """What is counted from: the arming, a date the limit names, a corrected start, or a restart."""
    basis: Mapped[str] = mapped_column(default="armed", server_default="armed")
    """Why it is counted from there: armed, fact:NAME, corrected, restarted."""
    budget: Mapped[int] = mapped_column(default=0, server_default="0")
    """All of the time there is: days for a limit in days, seconds for one in hours."""
    consumed: Mapped[int] = mapped_column(default=0, server_default="0")
    """How much of the budget was used up when the clock last stopped or was last counted anew."""
    running_since: Mapped[datetime | None]
    """Since when it has been running; empty while it stands still."""
    status: Mapped[str] = mapped_column(default="running")
    """running, paused, met, breached, fired, disarmed, waived."""
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    """Grows when an extension, a restart or a corrected start lets the ladder climb anew."""
    due_at: Mapped[datetime | None]
    original_due_at: Mapped[datetime | None]
    """When it was due before anybody changed anything."""
    next_rung_at: Mapped[datetime | None]
    next_rung: Mapped[int | None]
    breached_at: Mapped[datetime | None]
    reason_asked_at: Mapped[datetime | None]
    """When the ladder demanded a reason for the breach."""
    late_reason: Mapped[str | None]
    """The code given as reason for the breach, by whom and when."""
    late_by: Mapped[Ref | None]
    late_at: Mapped[datetime | None]
    why: Mapped[JsonList] = mapped_column(default=list)
    """The steps of *why this date*, as English sentences that wording knows how to translate."""


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
    ended_by: Mapped[Ref | None]

    __table_args__ = (Index(None, "deadline_id"),)


class ClockRequest(Base):
    """A change of a clock that one person asks for and another one grants: more time, no limit, another start."""

    __tablename__ = "clock_request"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    deadline_id: Mapped[str] = mapped_column(
        String, ForeignKey("deadline.id", deferrable=True, initially="DEFERRED")
    )
    kind: Mapped[str]
    """extend, waive, restart, correct_start."""
    ground: Mapped[str]
    """The code of the legal ground or reason."""
    units: Mapped[int | None]
    """How much is added, in the limit's unit (extend)."""
    start_at: Mapped[datetime | None]
    """The start that is right (correct_start)."""
    status: Mapped[str] = mapped_column(default="asked")
    """asked, granted, refused, overtaken."""
    asked_by: Mapped[Ref]
    asked_at: Mapped[datetime]
    decided_by: Mapped[Ref | None]
    decided_at: Mapped[datetime | None]
    due_before: Mapped[datetime | None]
    due_after: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "deadline_id"),
        Index("ix_clock_request_asked", "asked_at", "id", sqlite_where=text("status = 'asked'"),
              postgresql_where=text("status = 'asked'")),
    )


class RungFired(Base):
    """One rung of one deadline was told: the primary key makes it once only."""

    __tablename__ = "rung_fired"

    deadline_id: Mapped[str] = mapped_column(
        String, ForeignKey("deadline.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    round: Mapped[int] = mapped_column(primary_key=True, default=1)
    rung: Mapped[int] = mapped_column(primary_key=True)
    ladder: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    true_due_at: Mapped[datetime]
    told: Mapped[JsonList] = mapped_column(default=list)
    """The accounts that were told."""
    run_id: Mapped[Ref | None]
    """The run of the escalation this rung opened."""

    __table_args__ = (Index(None, "ladder", "at"),)


IS_TICKING: ColumnElement[bool] = Deadline.status.in_(
    [literal_column("'running'"), literal_column("'breached'")]
)
"""The ladder of this deadline may still climb: running, or breached with rungs to come."""
LIVE = ("running", "paused", "breached")
"""The statuses of a clock that has not ended."""
NOT_ENDED: ColumnElement[bool] = Deadline.status.in_([literal_column(f"'{status}'") for status in LIVE])
"""The clock has not ended: it runs, stands still, or is missed and waits."""
HAS_RUNG: ColumnElement[bool] = and_(IS_TICKING, Deadline.next_rung_at.is_not(None))
"""A rung is to come: condition of the index on ``next_rung_at``."""
IS_EVENT: ColumnElement[bool] = and_(
    Deadline.kind == literal_column("'event'"), Deadline.status == literal_column("'running'")
)
"""A limit event of a diagram that still waits: condition of the index on ``due_at``."""

IS_PAUSED: ColumnElement[bool] = Deadline.status == literal_column("'paused'")
"""The clock stands still: condition of the index on ``agency_id`` of those that do."""

Index("ix_deadline_rung", Deadline.next_rung_at, Deadline.case_id,
      sqlite_where=HAS_RUNG, postgresql_where=HAS_RUNG)
Index("ix_deadline_event", Deadline.due_at, Deadline.case_id,
      sqlite_where=IS_EVENT, postgresql_where=IS_EVENT)
Index("ix_deadline_case", Deadline.case_id, Deadline.wait_id)
Index("ix_deadline_task", Deadline.task_id)
Index("ix_deadline_calendar", Deadline.calendar, Deadline.case_id,
      sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED)
Index("ix_deadline_basis", Deadline.case_id, Deadline.basis,
      sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED)
Index("ix_deadline_due", Deadline.due_at, Deadline.id, Deadline.agency_id, Deadline.limit_key, Deadline.case_id,
      Deadline.next_rung, Deadline.ladder, Deadline.managed_by,
      sqlite_where=IS_TICKING, postgresql_where=IS_TICKING)
Index("ix_deadline_breached", Deadline.breached_at, sqlite_where=text("breached_at IS NOT NULL"),
      postgresql_where=text("breached_at IS NOT NULL"))
Index("ix_deadline_board", Deadline.agency_id, Deadline.due_at, Deadline.id,
      sqlite_where=IS_TICKING, postgresql_where=IS_TICKING)
Index("ix_deadline_paused", Deadline.agency_id, Deadline.id,
      sqlite_where=IS_PAUSED, postgresql_where=IS_PAUSED)
