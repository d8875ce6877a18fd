"""Read marks: reading leaves one history entry per person, object and quarter of an hour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.tables.history import ReadMark
from nrm.records.unit import Unit

WINDOW_SECONDS = 900
_MARK = upsert(ReadMark).on_conflict_do_nothing().returning(ReadMark.window)


def window_of(at: datetime) -> int:
    """Return the number of the quarter of an hour an instant falls in."""
    return int(at.timestamp()) // WINDOW_SECONDS


def mark_read(unit: Unit, case_id: str, about: str) -> bool:
    """Note that the actor reads an object (``task:<id>``); True when this window has no mark yet.

    True means: append the ``read`` entry now, in this same unit.
    """
    row = {"user_id": unit.actor.user_id, "case_id": case_id, "object": about, "window": window_of(unit.now)}
    return unit.conn.execute(_MARK, row).first() is not None


def drop_marks(unit: Unit, before: datetime) -> int:
    """Delete marks of windows before an instant; returns how many. The history keeps the entries."""
    return unit.conn.execute(delete(ReadMark).where(ReadMark.window < window_of(before))).rowcount
