"""Forget what was kept for a while only: answers of repeated requests, marks of what was read."""

from __future__ import annotations

from datetime import timedelta

from nrm.records.marks import WINDOW_SECONDS, drop_marks
from nrm.records.repeats import forget_old
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System

MARKS_KEPT = timedelta(seconds=4 * WINDOW_SECONDS)
"""A mark is asked for in its own window; an hour leaves room for clocks that differ."""


def forget(system: System) -> int:
    """Delete answers older than 24 hours, because they may name people, and marks nobody asks for any more.

    Returns how many rows went.
    """
    with system.database.unit(SYSTEM) as unit:
        return forget_old(unit, unit.now) + drop_marks(unit, unit.now - MARKS_KEPT)
