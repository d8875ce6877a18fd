"""Which cases have something due, and since when: the worker's questions.

The instant of what comes next of a clock stands in ``next_rung_at``: a rung of its ladder, or a limit event's firing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from nrm.records.tables.deadline import HAS_RUNG, Deadline
from nrm.records.unit import Unit

LOOK_AHEAD = 4
"""So many due clocks are looked at for each case that is wanted: a case has some."""


def due_cases(unit: Unit, limit: int, *, without: Collection[str] = ()) -> list[str]:
    """Return up to ``limit`` ids of cases with a rung or a limit event due, longest due first; none is locked.

    ``without`` are cases this worker has already failed on in this round.
    """
    due = select(Deadline.case_id, Deadline.next_rung_at).where(_is_due(unit))
    if without:
        due = due.where(Deadline.case_id.not_in(list(without)))
    first = due.order_by(Deadline.next_rung_at, Deadline.case_id).limit(LOOK_AHEAD * limit).subquery()
    cases = unit.conn.execute(select(first.c.case_id).order_by(first.c.next_rung_at, first.c.case_id)).scalars()
    return list(dict.fromkeys(cases))[:limit]


def longest_due(unit: Unit) -> datetime | None:
    """Return when the clock that has waited longest for the worker was due; None where nothing is due."""
    return unit.conn.execute(select(func.min(Deadline.next_rung_at)).where(_is_due(unit))).scalar()


def count_due_cases(unit: Unit, most: int) -> int:
    """Count the cases with something due, up to ``most``."""
    first = select(Deadline.case_id).where(_is_due(unit)).distinct().limit(most).subquery()
    return unit.conn.execute(select(func.count()).select_from(first)).scalar_one()


def _is_due(unit: Unit) -> ColumnElement[bool]:
    return and_(HAS_RUNG, Deadline.next_rung_at <= unit.now)
