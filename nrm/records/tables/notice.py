"""Notices inside the application and the outbox for what leaves the house."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Index, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, Id, JsonMap, Ref


class Notice(Base):
    """A line in someone's notices; neutral words, no name."""

    __tablename__ = "notice"

    id: Mapped[Id]
    user_id: Mapped[Ref]
    kind: Mapped[str]
    task_id: Mapped[Ref | None]
    case_code: Mapped[str | None]
    text_key: Mapped[str]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    params: Mapped[object] = mapped_column(nullable=True)
    """What the wording has places for: numbers only."""

    __table_args__ = (
        Index(None, "user_id", "at", "id"),
        Index("ix_notice_unread", "user_id", sqlite_where=text("read_at IS NULL"),
              postgresql_where=text("read_at IS NULL")),
    )


class Outbox(Base):
    """Something to send after the commit, at least once, always with the same message id."""

    __tablename__ = "outbox"

    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(default="mail")
    user_id: Mapped[Ref]
    template: Mapped[str]
    params: Mapped[JsonMap] = mapped_column(default=dict)
    at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="waiting")
    """waiting, sent, failed (a dead letter), dropped (overtaken before it was sent)."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    message_id: Mapped[str] = mapped_column(unique=True)
    weight: Mapped[str] = mapped_column(default="ordinary", server_default="ordinary")
    """safety (at once, day and night), statutory (gathered, cannot be muted), ordinary (gathered, can be muted)."""
    count: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many messages this one stands for."""
    case_id: Mapped[Ref | None]
    task_id: Mapped[Ref | None]
    """What it is about: looked at again before it is sent; never in the letter."""
    error: Mapped[str | None]
    """The kind of the last failure, without what the server said."""
    sent_at: Mapped[datetime | None]


IS_WAITING: ColumnElement[bool] = Outbox.status == literal_column("'waiting'")
"""Still to be sent: condition of the index on ``next_at``."""
IS_FAILED: ColumnElement[bool] = Outbox.status == literal_column("'failed'")
"""A dead letter: no longer tried by itself."""

Index("ix_outbox_gathering", Outbox.user_id, Outbox.weight, sqlite_where=IS_WAITING, postgresql_where=IS_WAITING)
Index("ix_outbox_failed", Outbox.at, Outbox.id, sqlite_where=IS_FAILED, postgresql_where=IS_FAILED)
Index("ix_outbox_waiting", Outbox.next_at, Outbox.id, sqlite_where=IS_WAITING, postgresql_where=IS_WAITING)
