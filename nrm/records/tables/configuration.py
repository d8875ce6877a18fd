"""Which configuration was in force from when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, JsonMap


class ConfigurationVersion(Base):
    """The files of ``config/`` as a start of the program found them; the database refuses to update or delete it."""

    __tablename__ = "configuration_version"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """From 1, without gaps."""
    from_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    """Of all files together, SHA-256 in hex."""
    files: Mapped[JsonMap]
    """By name, e.g. ``calendars/default.yaml``, the SHA-256 of its bytes in hex."""
    rules: Mapped[JsonMap]
    """The text of the files that say who sees what: ``roles.yaml`` and ``visibility.yaml``."""
