"""Plan lines, referrals to other agencies, transfers of a case, and the services that were missing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, JsonList, JsonMap, Mac, Ref, RunRef


class Referral(Base):
    """One service asked of one agency."""

    __tablename__ = "referral"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    run_id: Mapped[RunRef | None]
    plan_line_id: Mapped[Ref | None]
    from_agency: Mapped[Ref]
    to_agency: Mapped[Ref | None]
    service: Mapped[str]
    urgency: Mapped[str] = mapped_column(default="normal")
    status: Mapped[str] = mapped_column(default="draft")
    """As in :class:`nrm.rules.referral_steps.ReferralStatus`."""
    reason_code: Mapped[str | None]
    shared_categories: Mapped[JsonList] = mapped_column(default=list)
    fields: Mapped[JsonList] = mapped_column(default=list, server_default="[]")
    """The dictionary elements that it names: what the provider sees once it has accepted."""
    consent_id: Mapped[Ref | None]
    from_then: Mapped[JsonMap | None]
    """The agencies as they were at the act: name, kind, contact."""
    to_then: Mapped[JsonMap | None]
    alternatives: Mapped[JsonList] = mapped_column(default=list, server_default="[]")
    """Agencies that give the service too, named in the act of a refusal."""
    sealed: Mapped[bytes | None]
    """The minimum shown before acceptance, a question, an answer and the closing note: under the category *plan*."""
    made_at: Mapped[datetime | None]
    """When it was prepared or sent; always there for those of today."""
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    by_id: Mapped[Ref]
    mac: Mapped[Mac]

    __table_args__ = (
        Index(None, "case_id", "status"),
        Index(None, "to_agency", "status", "case_id"),
        Index(None, "run_id"),
        Index(None, "plan_line_id"),
        Index(None, "to_agency", "made_at", "id"),
        Index(None, "made_at", "id"),
    )


class Transfer(Base):
    """A case that one agency asks another one to take over (form:F24)."""

    __tablename__ = "transfer"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    run_id: Mapped[RunRef]
    from_agency: Mapped[Ref]
    to_agency: Mapped[Ref]
    to_district: Mapped[str]
    reason: Mapped[str]
    basis: Mapped[str]
    """consent, or the legal basis in its place."""
    status: Mapped[str] = mapped_column(default="proposed")
    """proposed, accepted, refused, withdrawn."""
    from_then: Mapped[JsonMap]
    to_then: Mapped[JsonMap]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[Ref]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[Ref | None]

    __table_args__ = (Index(None, "case_id", "status"), Index(None, "run_id"))


class FormerSeat(Base):
    """A seat of the team that had a case before its transfer: it reads until a day, and does nothing more (X6)."""

    __tablename__ = "former_seat"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    role: Mapped[str]
    agency_id: Mapped[Ref]
    user_id: Mapped[Ref | None]
    until_at: Mapped[datetime]
    transfer_id: Mapped[Ref]
    mac: Mapped[Mac]

    __table_args__ = (
        Index(None, "case_id", "until_at"), Index(None, "user_id", "case_id"), Index(None, "agency_id", "case_id"),
    )


class PlanLine(Base):
    """One line of the plan; its words are sealed under the category ``plan``."""

    __tablename__ = "plan_line"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    run_id: Mapped[RunRef | None]
    no: Mapped[int]
    need: Mapped[str]
    service: Mapped[str]
    agency_id: Mapped[Ref | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="proposed")
    """proposed, agreed, declined, approved, cut, referred, in_progress, delivered, not_delivered,
    returned."""
    cost_minor: Mapped[int | None]
    currency: Mapped[str | None]
    funding: Mapped[str | None]
    start_on: Mapped[date | None]
    due_on: Mapped[date | None]
    sealed: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (Index(None, "case_id", "no"), Index(None, "agency_id", "status"))


class ServiceGap(Base):
    """A service that was missing: no person, no case."""

    __tablename__ = "service_gap"

    id: Mapped[Id]
    service: Mapped[str]
    district: Mapped[str]
    urgency: Mapped[str]
    reason: Mapped[str]
    agency_id: Mapped[Ref | None]
    recorded_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="open")
    """open, reviewed."""
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[Ref | None]
    review_note: Mapped[str | None]

    __table_args__ = (Index(None, "district", "service", "recorded_at"), Index(None, "status", "recorded_at"))
