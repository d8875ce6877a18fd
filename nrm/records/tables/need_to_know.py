"""Need to know: whose accounts are one person's, access in an emergency, signals of unusual access, honey cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Id, Mac, Ref


class BreakGlass(Base):
    """Somebody without access opened a case in danger: for a reason, until an instant, to be reviewed."""

    __tablename__ = "break_glass"

    id: Mapped[Id]
    case_id: Mapped[CaseRef]
    user_id: Mapped[Ref]
    agency_id: Mapped[Ref]
    reason: Mapped[str]
    sealed: Mapped[bytes | None]
    """Why, in words, under the case's key of category ``process``."""
    stay: Mapped[bool] = mapped_column(default=False)
    """Whether the place of stay was chosen."""
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    """The end; an earlier one where it was ended by hand."""
    run_id: Mapped[Ref | None]
    """The run of its review."""
    verdict: Mapped[str | None]
    """justified, not_justified; empty until it was reviewed."""
    reviewed_by: Mapped[Ref | None]
    reviewed_at: Mapped[datetime | None]
    mac: Mapped[Mac]

    __table_args__ = (
        Index(None, "case_id", "user_id", "until_at"),
        Index(None, "user_id"),
        Index(None, "from_at", "id"),
        Index(None, "run_id"),
    )


class Signal(Base):
    """Access that somebody should look at: who, of which kind, about which case; no verdict."""

    __tablename__ = "access_signal"

    id: Mapped[Id]
    kind: Mapped[str]
    user_id: Mapped[Ref]
    agency_id: Mapped[Ref]
    case_id: Mapped[Ref | None]
    at: Mapped[datetime]
    number: Mapped[int] = mapped_column(default=0)
    """How many, where the kind counts something."""
    once: Mapped[str] = mapped_column(unique=True)
    """Kind, person, day and case: the same is said once a day."""
    status: Mapped[str] = mapped_column(default="open")
    """open, seen."""
    seen_by: Mapped[Ref | None]
    seen_at: Mapped[datetime | None]
    note: Mapped[str | None]

    __table_args__ = (Index(None, "status", "at", "id"),)


class PersonAccount(Base):
    """Whose an account is, where somebody has more than one: what one person may not do twice, two accounts may not."""

    __tablename__ = "person_account"

    user_id: Mapped[Id]
    person_id: Mapped[Ref]

    __table_args__ = (Index(None, "person_id"),)


class HoneyCase(Base):
    """A case that is nobody's: whoever touches it is told of. No team sees that it is one."""

    __tablename__ = "honey_case"

    case_id: Mapped[CaseRef] = mapped_column(primary_key=True)
    set_by: Mapped[Ref]
    set_at: Mapped[datetime]


class WorkerMark(Base):
    """A keyed hash of a worker's own address or telephone: it hints at a conflict, and is all that is kept."""

    __tablename__ = "worker_mark"

    user_id: Mapped[Id]
    hmac: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
