"""The rows of ``worker``: which processes do what is due, and when each was last seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update

from nrm.records.tables.work import Worker
from nrm.records.unit import Unit

KEPT = timedelta(days=30)
"""A worker that was not seen for so long tells nobody anything any more."""


def worker_seen(
    unit: Unit, worker_id: str, *, cases: int, rungs: int, sent: int, failed: int, lag_s: int,
    stopped_at: datetime | None = None,
) -> None:
    """Write that a worker is there, and what it has done since it started; its first sight makes its row.

    ``lag_s`` is how late the longest-due clock is, in seconds.
    """
    values = {
        "seen_at": unit.now, "cases": cases, "rungs": rungs, "sent": sent, "failed": failed, "lag_s": lag_s,
        "stopped_at": stopped_at,
    }
    if unit.conn.execute(update(Worker).where(Worker.id == worker_id).values(values)).rowcount:
        return
    unit.conn.execute(delete(Worker).where(Worker.seen_at < unit.now - KEPT))
    unit.conn.execute(insert(Worker).values(id=worker_id, started_at=unit.now, **values))
