"""What numbers that were told keep of erased cases: how many, in which quarter, and nothing that leads to a case."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base


class ErasedGaps(Base):
    """How often a service was missing in a district in a quarter (``2026-Q1``), of cases that are erased."""

    __tablename__ = "gap_count"

    quarter: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]

    # Without row numbers, which would tell the order in which cases were erased.
    __table_args__ = ({"sqlite_with_rowid": False},)


class ErasedBreaches(Base):
    """How often a time limit was missed in a quarter (``2026-Q1``), of cases that are erased."""

    __tablename__ = "breach_count"

    quarter: Mapped[str] = mapped_column(primary_key=True)
    limit_key: Mapped[str] = mapped_column(primary_key=True)
    ladder: Mapped[str] = mapped_column(primary_key=True)
    """Empty where the limit had none; a ladder says whether its breaches are counted."""
    number: Mapped[int]

    __table_args__ = ({"sqlite_with_rowid": False},)
