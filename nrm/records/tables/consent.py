"""The ledger of consents, what was handed to whom, and who was told to give it back: rows that never change."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, false, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, JsonList, Mac, Ref


class ConsentVersion(Base):
    """One version of one answer: purpose, recipient, categories, period. What comes later is a further version.

    The primary key lets each version be followed by one only: of two withdrawals at once the second is refused.
    """

    __tablename__ = "consent_version"

    id: Mapped[Id]
    """The answer; the same in all its versions."""
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1; each says of its answer all there is to say, and stands in the place of the one before."""
    case_id: Mapped[CaseRef]
    purpose: Mapped[str]
    recipient: Mapped[str]
    """An agency id, or ``*class``, or ``*``."""
    categories: Mapped[JsonList] = mapped_column(default=list)
    status: Mapped[str]
    """proposed, given, refused, withdrawn, expired, override, revoked."""
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
    mac: Mapped[Mac]

    __table_args__ = (
        Index(None, "case_id", "id", "version"),
        Index("ix_consent_version_ends", "until_at", postgresql_where=text("until_at IS NOT NULL"),
              sqlite_where=text("until_at IS NOT NULL")),
    )


_LATER = aliased(ConsentVersion)
_IS_NEWEST = ~select(_LATER.id).where(
    _LATER.id == ConsentVersion.id, _LATER.version > ConsentVersion.version
).correlate(ConsentVersion).exists()

Consent = aliased(ConsentVersion, select(ConsentVersion).where(_IS_NEWEST).subquery("consent"), name="consent")
"""The newest version of every answer: what stands now. Found through the primary key, so nothing has to be rebuilt."""


class Disclosure(Base):
    """What an agency received of a case, once for each version of a consent (or legal basis) and way."""

    __tablename__ = "disclosure"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    agency_id: Mapped[Ref]
    way: Mapped[str]
    """read, referral_sent, referral_accepted, export, letter."""
    purpose: Mapped[str]
    categories: Mapped[JsonList] = mapped_column(default=list)
    elements: Mapped[JsonList] = mapped_column(default=list)
    """Names of the elements, where a referral names them; else empty."""
    consent_id: Mapped[Ref | None]
    consent_version: Mapped[int | None]
    at: Mapped[datetime]
    by_id: Mapped[Ref]

    __table_args__ = (Index(None, "case_id", "agency_id"), Index(None, "agency_id", "case_id"))


class Recall(Base):
    """An agency was told to stop using what it received and to give it back or erase it; what it answered (X1)."""

    __tablename__ = "recall"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    agency_id: Mapped[Ref]
    told_on: Mapped[date]
    answer: Mapped[str]
    """What somebody of the team heard: erase, return, must_keep, none. What the agency confirmed itself: erased,
    returned, must_keep."""
    basis: Mapped[str | None]
    """Why it has to be kept."""
    own: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the agency has said so itself."""
    record_id: Mapped[Ref | None]
    at: Mapped[datetime]
    by_id: Mapped[Ref]

    __table_args__ = (Index(None, "case_id", "agency_id"),)
