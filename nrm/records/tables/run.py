"""Runs, the steps they passed, their messages and their incidents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Index, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, JsonList, JsonMap, Ref, RunRef


class Run(Base):
    """One running instance of one bundle in a case; ``state`` is sealed under the category ``state``."""

    __tablename__ = "run"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    process: Mapped[str]
    bundle: Mapped[str]
    parent_run_id: Mapped[RunRef | None]
    parent_wait_id: Mapped[Ref | None]
    item: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    """open, incident, ended, cancelled."""
    outcome: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    act_no: Mapped[int] = mapped_column(default=0)
    state: Mapped[bytes | None]
    title: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index(None, "case_id", "status"),
        Index(None, "parent_run_id", "parent_wait_id"),
        Index(None, "bundle", "status"),
    )


def ran(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a run had begun and not ended at an instant of the past."""
    return and_(Run.started_at <= at, or_(Run.ended_at.is_(None), Run.ended_at > at))


class Step(Base):
    """One element passed, gateways included; diagrams of the past and replay live on it."""

    __tablename__ = "step"

    id: Mapped[Id]
    run_id: Mapped[RunRef]
    case_id: Mapped[CaseRef]
    engine_id: Mapped[Ref]
    element: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    item: Mapped[str | None]
    parent_id: Mapped[Ref | None]
    entered_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    flow: Mapped[str | None]
    bundle: Mapped[str]
    facts_read: Mapped[object] = mapped_column(nullable=True)
    """Fact versions read: a list of ids or a mapping name -> version id."""
    history_seq: Mapped[int | None]

    __table_args__ = (Index(None, "run_id", "entered_at", "id"), Index(None, "case_id", "entered_at"))


class Message(Base):
    """A message waiting until a run waits for it; delivered once."""

    __tablename__ = "message"

    id: Mapped[Id]
    name: Mapped[str]
    correlation: Mapped[str | None]
    case_id: Mapped[CaseRef]
    facts: Mapped[JsonMap | None]
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    consumed_by: Mapped[Ref | None]
    consumed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_message_waiting", "case_id", "name", "at", sqlite_where=text("consumed_at IS NULL"),
              postgresql_where=text("consumed_at IS NULL")),
        Index("ix_message_expiry", "expires_at", sqlite_where=text("consumed_at IS NULL"),
              postgresql_where=text("consumed_at IS NULL")),
    )


class Incident(Base):
    """Something that stopped a run and needs a coordinator."""

    __tablename__ = "incident"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    run_id: Mapped[RunRef | None]
    element: Mapped[str | None]
    kind: Mapped[str]
    sentence: Mapped[str]
    facts: Mapped[JsonList | None]
    flows: Mapped[JsonList | None]
    opened_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="open")
    """open, waiting_second, resolved."""
    proposal: Mapped[JsonMap | None]
    proposed_by: Mapped[Ref | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[Ref | None]
    resolution: Mapped[str | None]

    __table_args__ = (Index(None, "case_id"), Index(None, "run_id"), Index(None, "status", "opened_at", "id"))
