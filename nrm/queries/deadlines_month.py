"""What falls due in a month, counted day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from nrm.queries.buckets import bucket, midnights
from nrm.queries.deadlines_board import BoardFilter, conditions, reach
from nrm.queries.scope import require_role
from nrm.records.tables.deadline import Deadline
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class DueDay:
    """How many clocks fall due on one day, and how many of them are overdue by now."""

    day: date
    count: int
    overdue: int


def deadlines_month(
    system: System, actor: Actor, *, month: date, zone: ZoneInfo, wanted: BoardFilter | None = None
) -> tuple[DueDay, ...]:
    """Count what is due on each day of the month of ``month``, in days of a time zone.

    Raises NotAllowed, InvalidInput for a month before or after any that is looked at.
    """
    require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise InvalidInput(fields={"month": ["Choose a month of the years from 2000 to 2100."]})
    first = month.replace(day=1)
    days = ((first + timedelta(days=31)).replace(day=1) - first).days
    bounds = midnights(first, days + 1, zone)
    asked = replace(wanted or BoardFilter(), state="all", begin=bounds[0], until=bounds[-1])
    with system.database.reader(actor) as unit:
        each = (
            select(bucket(Deadline.due_at, bounds[1:-1]).label("day"), (Deadline.due_at < unit.now).label("late"))
            .where(reach(system, actor), *conditions(asked, unit.now)).subquery()
        )
        rows = unit.conn.execute(select(*each.c, func.count().label("number")).group_by(*each.c)).all()
    counts = {(int(row.day), bool(row.late)): int(row.number) for row in rows}
    return tuple(
        DueDay(first + timedelta(days=number), counts.get((number, False), 0) + late, late)
        for number in range(days) for late in (counts.get((number, True), 0),)
    )


def of_day(wanted: BoardFilter, day: date, zone: ZoneInfo) -> BoardFilter:
    """Return the filter of the clocks due on one day of a time zone."""
    begin, until = midnights(day, 2, zone)
    return replace(wanted, state="all", begin=begin, until=until)
