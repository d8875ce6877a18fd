"""The case, its team and its links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Index, and_, false, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, Mac, Ref


class Case(Base):
    """One person's path through the mechanism: process facts only, nothing about the person."""

    __tablename__ = "case"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    process: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    """open, follow_up, suspended, closed, closed_referred, reopened."""
    stage: Mapped[str] = mapped_column(default="")
    district: Mapped[str]
    """District of stay."""
    district_residence: Mapped[str | None]
    agency_id: Mapped[Ref]
    """The case-managing agency."""
    referring_agency_id: Mapped[Ref | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[Ref]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    demo: Mapped[bool] = mapped_column(default=False)
    erased_at: Mapped[datetime | None]
    """Only the code remains: the keys are destroyed, and everything else is deleted."""
    mac: Mapped[Mac]
    """Over the managing agency, and over everybody whom a conflict of interest keeps away."""

    __table_args__ = (
        Index(None, "district", "status", "id"),
        Index(None, "stage", "id"),
        Index(None, "agency_id", "status", "id"),
        Index(None, "opened_at", "id"),
    )


class TeamMember(Base):
    """Who fills a role in one case, from when to when and why; ``named`` may see the place of stay."""

    __tablename__ = "team_member"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    role: Mapped[str]
    agency_id: Mapped[Ref]
    user_id: Mapped[Ref | None]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    basis: Mapped[str] = mapped_column(default="")
    named: Mapped[bool] = mapped_column(default=False)
    chosen: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the person chose this worker: kept wherever it can be."""
    mac: Mapped[Mac]

    __table_args__ = (
        Index(None, "case_id", "role"),
        Index("ix_team_member_user", "user_id", "case_id", sqlite_where=text("to_at IS NULL"),
              postgresql_where=text("to_at IS NULL")),
        Index("ix_team_member_agency", "agency_id", "case_id", sqlite_where=text("to_at IS NULL"),
              postgresql_where=text("to_at IS NULL")),
    )


def sat(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a seat of a team was in force at an instant of the past."""
    return and_(TeamMember.from_at <= at, or_(TeamMember.to_at.is_(None), TeamMember.to_at > at))


class KeptAway(Base):
    """Somebody whom a conflict of interest keeps away from a case: for them it does not exist.

    One row for each account of the person; lifting deletes it, and the history keeps both.
    """

    __tablename__ = "kept_away"

    case_id: Mapped[CaseRef] = mapped_column(primary_key=True)
    user_id: Mapped[Ref] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    noted_by: Mapped[Ref]
    reason: Mapped[str] = mapped_column(default="other", server_default="other")

    __table_args__ = (Index(None, "user_id"),)


class Link(Base):
    """Two cases that belong together (a mother and her child), by id only."""

    __tablename__ = "case_link"

    case_id: Mapped[CaseRef] = mapped_column(primary_key=True)
    other_case_id: Mapped[CaseRef] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "other_case_id"),)
