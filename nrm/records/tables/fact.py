"""Facts over time, and the newest of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, CaseRef, Ref, RunRef, Serial


class FactVersion(Base):
    """One value a fact was given; append-only, the newest wins. Write through ``nrm.records.facts``."""

    __tablename__ = "fact_version"

    id: Mapped[Serial]
    case_id: Mapped[CaseRef]
    run_id: Mapped[RunRef | None]
    name: Mapped[str]
    value: Mapped[object] = mapped_column(nullable=True)
    set_at: Mapped[datetime]
    set_by: Mapped[Ref]
    source: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index(None, "case_id", "name", "id"), Index(None, "name", "set_at"))


class FactCurrent(Base):
    """The newest version of each fact, so that a long case reads its facts as fast as a new one.

    A projection of ``fact_version``; ``scope`` is the run id, or empty for a fact of the case.
    """

    __tablename__ = "fact_current"

    case_id: Mapped[CaseRef] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[object] = mapped_column(nullable=True)
