"""Agencies."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, Id, JsonList, JsonMap


class Agency(Base):
    """An agency that takes part, with the districts and roles it serves."""

    __tablename__ = "agency"

    id: Mapped[Id]
    name: Mapped[str]
    kind: Mapped[str]
    districts: Mapped[JsonList] = mapped_column(default=list)
    serves: Mapped[JsonList] = mapped_column(default=list)
    calendar: Mapped[str | None]
    units: Mapped[object] = mapped_column(nullable=True)
    email: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    settings: Mapped[JsonMap | None]
    until: Mapped[date | None]
    """The last day on which it takes part, where an end is set."""
