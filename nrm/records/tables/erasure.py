"""How long closed cases are kept, legal holds, erasures with their receipts, and what remains for statistics."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, JsonMap, Ref

UNDER_WAY = text("status IN ('proposed', 'approved')")
TO_BE_WRITTEN_DOWN = text("status = 'done' AND written_at IS NULL")


class CaseKeeping(Base):
    """Until when a closed case is kept; gone when the case is opened again."""

    __tablename__ = "case_keeping"

    case_id: Mapped[CaseRef] = mapped_column(primary_key=True)
    until_on: Mapped[date]
    why: Mapped[object]
    """The grounds, longest first: a list of ``{until, sentence}``; sentences as plain phrases."""

    __table_args__ = (Index(None, "until_on", "case_id"),)


class LegalHold(Base):
    """Why a case must not be erased, since when and until when."""

    __tablename__ = "legal_hold"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    ground: Mapped[str]
    until_on: Mapped[date | None]
    """The last day; empty while nobody lifts it."""
    by_id: Mapped[Ref]
    at: Mapped[datetime]
    lifted_by: Mapped[Ref | None]
    lifted_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "case_id"),)


class Erasure(Base):
    """One erasure: proposed by one, approved by another, carried out by a worker. Names no person of a case."""

    __tablename__ = "erasure"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    case_code: Mapped[str]
    basis: Mapped[str]
    status: Mapped[str]
    """proposed, approved, refused, stopped (something stood against it), done."""
    proposed_by: Mapped[Ref]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[Ref | None]
    decided_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    counts: Mapped[JsonMap] = mapped_column(default=dict)
    """Table -> how many rows went; ``keys``: how many keys were destroyed."""
    history_seq: Mapped[int | None]
    """The entry of the erasure in the case's history."""
    digest: Mapped[str | None] = mapped_column(String(64))
    """The digest of that entry."""
    written_at: Mapped[datetime | None]
    """When it was written into the ledger outside the database."""
    manager_id: Mapped[Ref | None]
    """Who led the case last: they are told that it was erased."""

    __table_args__ = (
        Index("uq_erasure_under_way", "case_id", unique=True, sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY),
        Index("ix_erasure_to_be_written", "done_at", sqlite_where=TO_BE_WRITTEN_DOWN,
              postgresql_where=TO_BE_WRITTEN_DOWN),
        Index(None, "status", "proposed_at", "id"),
        Index(None, "case_id"),
    )


class AnonymousCase(Base):
    """What remains of an erased case: facts that many share, and years. Nothing leads back to the case."""

    __tablename__ = "anonymous_case"

    id: Mapped[Id]
    opened_year: Mapped[int]
    closed_year: Mapped[int]
    facts: Mapped[JsonMap]

    # Without row numbers, which would tell the order in which cases were erased.
    __table_args__ = (Index(None, "closed_year"), {"sqlite_with_rowid": False})
