"""How many time limits were missed, week by week, by agency and by limit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from nrm.queries.buckets import bucket, midnights
from nrm.queries.deadlines_board import reach
from nrm.queries.scope import require_role
from nrm.records.tables.deadline import Deadline
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

WEEKS = 26


@dataclass(frozen=True, slots=True)
class WeekBreaches:
    """How many limits were missed in the week that begins on this Monday."""

    monday: date
    count: int


@dataclass(frozen=True, slots=True)
class NamedBreaches:
    """How many limits an agency missed, or how often one limit was missed, in the whole time."""

    key: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class BreachTrend:
    """The missed limits of 26 weeks, the running week last; agencies and limits with most misses first."""

    weeks: tuple[WeekBreaches, ...]
    by_agency: tuple[NamedBreaches, ...]
    by_limit: tuple[NamedBreaches, ...]
    total: int


def breach_trend(
    system: System, actor: Actor, *, zone: ZoneInfo, agency: str | None = None, time_limit: str | None = None,
) -> BreachTrend:
    """Count what was missed in the actor's scope, in weeks of a time zone. Raises NotAllowed.

    A miss counts in the week it happened, whatever came of the task afterwards. Of an erased case only
    the quarter keeps it (``breaches_of_quarter``): a week and an agency would lead back to the case.
    """
    require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    with system.database.reader(actor) as unit:
        today = unit.now.astimezone(zone).date()
        first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
        bounds = midnights(first, WEEKS, zone, step=7)
        each = select(
            Deadline.agency_id, Deadline.limit_key, bucket(Deadline.breached_at, bounds[1:]).label("week"),
        ).where(Deadline.breached_at.is_not(None), Deadline.breached_at >= bounds[0], reach(system, actor))
        for column, value in ((Deadline.agency_id, agency), (Deadline.limit_key, time_limit)):
            if value:
                each = each.where(column == value)
        found = each.subquery()
        rows = unit.conn.execute(select(*found.c, func.count().label("number")).group_by(*found.c)).all()
        agencies = system.agencies(unit)
    weeks, by_agency, by_limit = Counter[int](), Counter[str](), Counter[str]()
    for row in rows:
        weeks[row.week] += row.number
        by_agency[row.agency_id or ""] += row.number
        by_limit[row.limit_key] += row.number
    limits = system.configuration.limits
    return BreachTrend(
        tuple(WeekBreaches(first + timedelta(weeks=number), weeks[number]) for number in range(WEEKS)),
        tuple(NamedBreaches(key, agencies.name(key), count) for key, count in by_agency.most_common()),
        tuple(NamedBreaches(key, limits[key].title if key in limits else "", count)
              for key, count in by_limit.most_common()),
        weeks.total(),
    )
