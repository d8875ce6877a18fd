"""Records, notes and files: what people wrote, sealed per data category."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, Ref, RunRef


class Record(Base):
    """The answers to one form version; a correction is a new version of the same series."""

    __tablename__ = "record"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    run_id: Mapped[RunRef | None]
    task_id: Mapped[Ref | None]
    form: Mapped[str]
    form_digest: Mapped[str]
    bundle: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    series_id: Mapped[Ref]
    supersedes_id: Mapped[Ref | None]
    reason_code: Mapped[str | None]
    happened_at: Mapped[datetime | None]
    entered_at: Mapped[datetime]
    entered_by: Mapped[Ref]
    agency_id: Mapped[Ref]
    role: Mapped[str | None]
    answers_none: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index(None, "case_id", "entered_at", "id"),
        Index("uq_record_series_version", "series_id", "version", unique=True),
        Index(None, "task_id"),
    )


class RecordPart(Base):
    """The answers of one record in one category, sealed under that category's key."""

    __tablename__ = "record_part"

    record_id: Mapped[str] = mapped_column(
        String, ForeignKey("record.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    category: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


class Note(Base):
    """A note on the case in one category."""

    __tablename__ = "note"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    category: Mapped[str]
    sealed: Mapped[bytes]
    by_id: Mapped[Ref]
    agency_id: Mapped[Ref]
    at: Mapped[datetime]
    happened_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "case_id", "at", "id"),)


class File(Base):
    """A file of the case; its name is sealed, its bytes are sealed chunks."""

    __tablename__ = "file"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    category: Mapped[str]
    name_sealed: Mapped[bytes]
    media_type: Mapped[str]
    size: Mapped[int]
    """Bytes of the plain file."""
    by_id: Mapped[Ref]
    agency_id: Mapped[Ref]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "case_id", "at", "id"),)


class FileChunk(Base):
    """One sealed chunk of a file, numbered from 0."""

    __tablename__ = "file_chunk"

    file_id: Mapped[str] = mapped_column(
        String, ForeignKey("file.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    n: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
