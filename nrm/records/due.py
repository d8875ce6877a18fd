"""Which cases have something due, and since when: the worker's questions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, union, union_all

from nrm.records.tables.case import Case
from nrm.records.tables.deadline import HAS_RUNG, IS_EVENT, Deadline
from nrm.records.unit import Unit

LOOK_AHEAD = 400
"""How many due deadlines of each kind are looked at: far more than workers hold at one time."""


def take_due_cases(
    unit: Unit, now: datetime, limit: int = 1, *, without: Collection[str] = ()
) -> list[str]:
    """Lock and return up to ``limit`` ids of cases with a rung or a limit event due, longest due first.

    On PostgreSQL cases that another worker holds are skipped, never waited for. ``without`` are cases
    this worker has already failed on in this round. Re-read what is due under the lock.
    """
    rungs = (
        select(Deadline.case_id.label("case_id"), Deadline.next_rung_at.label("due"))
        .where(HAS_RUNG, Deadline.next_rung_at <= now)
        .order_by(Deadline.next_rung_at)
    )
    events = (
        select(Deadline.case_id.label("case_id"), Deadline.due_at.label("due"))
        .where(IS_EVENT, Deadline.due_at <= now)
        .order_by(Deadline.due_at)
    )
    if without:
        rungs = rungs.where(Deadline.case_id.not_in(list(without)))
        events = events.where(Deadline.case_id.not_in(list(without)))
    found = union_all(
        select(rungs.limit(LOOK_AHEAD).subquery()), select(events.limit(LOOK_AHEAD).subquery())
    ).subquery()
    first = select(found.c.case_id, func.min(found.c.due).label("due")).group_by(found.c.case_id).subquery()
    wanted = (
        select(Case.id)
        .join(first, first.c.case_id == Case.id)
        .order_by(first.c.due, Case.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True, of=Case)
    )
    return list(unit.conn.execute(wanted).scalars())


def longest_due(unit: Unit) -> datetime | None:
    """Return when the clock that has waited longest for the worker was due; None where nothing is due."""
    firsts = [
        unit.conn.execute(select(func.min(column)).where(condition, column <= unit.now)).scalar()
        for condition, column in ((HAS_RUNG, Deadline.next_rung_at), (IS_EVENT, Deadline.due_at))
    ]
    return min((at for at in firsts if at is not None), default=None)


def count_due_cases(unit: Unit, most: int) -> int:
    """Count the cases with something due, up to ``most``."""
    cases = [
        select(Deadline.case_id).where(condition, column <= unit.now)
        for condition, column in ((HAS_RUNG, Deadline.next_rung_at), (IS_EVENT, Deadline.due_at))
    ]
    first = union(*cases).limit(most).subquery()
    return unit.conn.execute(select(func.count()).select_from(first)).scalar_one()
