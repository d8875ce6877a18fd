"""The register of consents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, JsonList, Ref


class Consent(Base):
    """One answer of the person: purpose, recipient, categories, period; withdrawable."""

    __tablename__ = "consent"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    purpose: Mapped[str]
    recipient: Mapped[str]
    """An agency id, or ``*class``."""
    categories: Mapped[JsonList] = mapped_column(default=list)
    status: Mapped[str]
    """given, refused, withdrawn, expired, override."""
    given_by: Mapped[str]
    """person, guardian, assent, override."""
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    basis: Mapped[str | None]
    approver_id: Mapped[Ref | None]
    record_id: Mapped[Ref | None]
    entered_by: Mapped[Ref]
    entered_at: Mapped[datetime]

    __table_args__ = (Index(None, "case_id", "status"), Index(None, "recipient", "status"))
