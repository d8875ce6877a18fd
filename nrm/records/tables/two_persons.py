"""What waits for a second person: copies of the history, and roles that reach far; and how much somebody took out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from nrm.records.tables.base import Base, Id, JsonList, Ref

ASKED = text("status = 'asked'")


class ExportRequest(Base):
    """Somebody asks to take much out; another person allows it, once and for a time."""

    __tablename__ = "export_request"

    id: Mapped[Id]
    what: Mapped[str]
    status: Mapped[str]
    """asked, allowed, refused, used."""
    asked_by: Mapped[Ref]
    asked_at: Mapped[datetime]
    history_seq: Mapped[int]
    """The entry of the installation's history that holds the reason, sealed."""
    decided_by: Mapped[Ref | None]
    decided_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "asked_by", "what", "status"),
        Index(None, "asked_at", "id"),
    )


class TakenOut(Base):
    """One export: who took which cases out, and when."""

    __tablename__ = "taken_out"

    id: Mapped[Id]
    by_id: Mapped[Ref]
    at: Mapped[datetime]
    cases: Mapped[JsonList]
    """Their ids."""

    __table_args__ = (Index(None, "by_id", "at"),)


class RoleGrant(Base):
    """Roles that an account is to have once a second administrator confirms them."""

    __tablename__ = "role_grant"

    id: Mapped[Id]
    user_id: Mapped[Ref]
    roles: Mapped[JsonList]
    status: Mapped[str]
    """asked, confirmed, refused."""
    asked_by: Mapped[Ref]
    asked_at: Mapped[datetime]
    decided_by: Mapped[Ref | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_role_grant_asked", "user_id", unique=True, sqlite_where=ASKED, postgresql_where=ASKED),
    )
