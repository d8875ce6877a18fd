"""Wrapped data keys per case and category, and the keyed index on exact values."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef


class CaseKey(Base):
    """A data key wrapped by the key outside the database; ``case_id`` may be ``installation``."""

    __tablename__ = "case_key"

    case_id: Mapped[str] = mapped_column(String, primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]
    kek_id: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (Index(None, "kek_id"),)


class KeyedIndex(Base):
    """The keyed hash of one exact normalised value of one element of one case."""

    __tablename__ = "keyed_index"

    case_id: Mapped[CaseRef] = mapped_column(primary_key=True)
    element: Mapped[str] = mapped_column(primary_key=True)
    hmac: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(server_default="root")
    """Which search key made it: ``root`` for the key file's second root."""

    __table_args__ = (Index("ix_keyed_index_search", "element", "hmac", "case_id"),)
