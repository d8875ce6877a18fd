"""Published bundles and drafts of the next ones."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, Id, Ref


class BundleRow(Base):
    """An immutable published set, named by its digest; ``files`` is a zip."""

    __tablename__ = "bundle"

    digest: Mapped[str] = mapped_column(primary_key=True)
    process: Mapped[str]
    number: Mapped[int]
    status: Mapped[str]
    """current, earlier, withdrawn."""
    files: Mapped[bytes]
    author_id: Mapped[Ref]
    approver_id: Mapped[Ref | None]
    published_at: Mapped[datetime]
    note: Mapped[str | None]
    changes: Mapped[object] = mapped_column(nullable=True)

    __table_args__ = (
        Index("uq_bundle_process_number", "process", "number", unique=True),
        Index("uq_bundle_current", "process", unique=True, sqlite_where=text("status = 'current'"),
              postgresql_where=text("status = 'current'")),
    )


class BundleDraft(Base):
    """Work on the next bundle of a process; ``files`` is a zip."""

    __tablename__ = "bundle_draft"

    id: Mapped[Id]
    process: Mapped[str]
    base_digest: Mapped[str | None]
    files: Mapped[bytes]
    author_id: Mapped[Ref]
    status: Mapped[str] = mapped_column(default="draft")
    """draft, review, published, dropped."""
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    note: Mapped[str | None]

    __table_args__ = (Index(None, "process", "status"),)
