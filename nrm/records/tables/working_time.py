"""When people work: days laid over the calendars of the configuration, who is on duty, who is absent."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, Id, JsonMap, Ref

STANDS = text("removed_at IS NULL")


class CalendarDay(Base):
    """One day of one calendar that is not as the configuration has it; never deleted, only taken back."""

    __tablename__ = "calendar_day"

    id: Mapped[Id]
    calendar: Mapped[str]
    day: Mapped[date]
    kind: Mapped[str]
    """free or working."""
    name: Mapped[str]
    added_by: Mapped[Ref]
    added_at: Mapped[datetime]
    removed_by: Mapped[Ref | None]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_calendar_day_stands", "calendar", "day", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
    )


class Duty(Base):
    """Who is on duty for a role in a district (empty: the whole country), from when to when."""

    __tablename__ = "duty"

    id: Mapped[Id]
    role: Mapped[str]
    district: Mapped[str | None]
    user_id: Mapped[Ref]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    added_by: Mapped[Ref]
    added_at: Mapped[datetime]
    removed_by: Mapped[Ref | None]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_duty_stands", "role", "district", "to_at", sqlite_where=STANDS, postgresql_where=STANDS),
        Index(None, "user_id"),
    )


class Absence(Base):
    """Somebody is away; a substitute has their tasks meanwhile."""

    __tablename__ = "absence"

    id: Mapped[Id]
    user_id: Mapped[Ref]
    substitute_id: Mapped[Ref | None]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    scope: Mapped[JsonMap] = mapped_column(default=dict)
    """``processes`` and ``cases``: what the substitute has; empty lists mean everything."""
    status: Mapped[str] = mapped_column(default="planned")
    """planned, running, ended, cancelled."""
    added_by: Mapped[Ref]
    added_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "user_id", "from_at"),
        Index(None, "substitute_id"),
        Index("ix_absence_begins", "from_at", sqlite_where=text("status = 'planned'"),
              postgresql_where=text("status = 'planned'")),
        Index("ix_absence_ends", "to_at", sqlite_where=text("status = 'running'"),
              postgresql_where=text("status = 'running'")),
    )
