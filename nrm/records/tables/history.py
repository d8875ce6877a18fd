"""The append-only history, the head of each chain, and the marks that keep reads to one entry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Ref, Serial

INSTALLATION = "installation"
"""The chain of sign-ins, configuration and publication."""


class History(Base):
    """One entry; the database refuses to update or delete it."""

    __tablename__ = "history"

    id: Mapped[Serial]
    chain: Mapped[Ref]
    """A case id, or ``installation``."""
    seq: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[Ref]
    agency: Mapped[Ref]
    act: Mapped[str]
    object: Mapped[str]
    outcome: Mapped[str]
    rule: Mapped[str | None]
    bundle: Mapped[str | None]
    commitment: Mapped[str | None] = mapped_column(String(64))
    sealed: Mapped[bytes | None]
    """Payload and salt under the chain's key of category ``history``."""
    link: Mapped[str] = mapped_column(String(64))
    """Digest of the entry before."""
    digest: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        Index("uq_history_chain_seq", "chain", "seq", unique=True),
        Index(None, "at"),
        Index(None, "actor", "at"),
    )


class ChainHead(Base):
    """The last entry of a chain: the next number without counting, and a cut tail can be seen."""

    __tablename__ = "chain_head"

    chain: Mapped[Ref] = mapped_column(primary_key=True)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


class ReadMark(Base):
    """Someone read an object of a case in this window of 15 minutes: one history entry is enough."""

    __tablename__ = "read_mark"

    user_id: Mapped[Ref] = mapped_column(primary_key=True)
    case_id: Mapped[CaseRef] = mapped_column(primary_key=True)
    object: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[int] = mapped_column(Integer, primary_key=True)
    """Seconds since 1970 in UTC, divided by 900."""

    __table_args__ = (Index(None, "window"), Index(None, "case_id"))
