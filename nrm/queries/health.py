"""Whether the installation can answer."""

from __future__ import annotations

from sqlalchemy import select

from nrm.records.tables.bundle import BundleRow
from nrm.wiring.system import System


def is_ready(system: System) -> bool:
    """Return whether the database answers and holds a published process. Raises NotReady where it is away."""
    with system.database.reader() as unit:
        return unit.conn.execute(select(BundleRow.digest).limit(1)).first() is not None
