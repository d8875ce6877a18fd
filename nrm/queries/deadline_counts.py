"""How the clocks stand, in numbers: what is overdue or due soon, by agency, limit, rung and age."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Select, func, literal, select, union_all
from sqlalchemy.engine import Row

from nrm.queries.buckets import bucket
from nrm.queries.deadlines_board import AGES, SOON, reach
from nrm.queries.scope import require_role
from nrm.records.tables.deadline import IS_TICKING, Deadline
from nrm.rules.ladders import Ladder
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

MOST = 999
"""So many are counted, those due first; a page that counts must not become slower with what it counts."""
BY = ("agency_id", "limit_key")
_SOON = len(AGES) + 1
"""The stretch of what is not overdue yet; those before it are the ages, the oldest first."""


@dataclass(frozen=True, slots=True)
class ClockCount:
    """The clocks of one agency or of one limit. ``by_rung``: (highest rung told, how many are overdue)."""

    key: str
    name: str
    overdue: int
    soon: int
    by_rung: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ClockCounts:
    """The clocks that are overdue or due within two days.

    ``by_age``: (month, week, day or hours, how many): overdue for at least so long and less than the next.
    ``complete``: whether all were counted, and not only the first 999.
    """

    by_agency: tuple[ClockCount, ...]
    by_limit: tuple[ClockCount, ...]
    by_age: tuple[tuple[str, int], ...]
    overdue: int
    soon: int
    complete: bool


def clock_counts(system: System, actor: Actor) -> ClockCounts:
    """Count the clocks in the actor's scope that are overdue or due soon. Raises NotAllowed."""
    require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    with system.database.reader(actor) as unit:
        bounds = [unit.now - AGES[age] for age in ("month", "week", "day")]
        first = (
            select(
                Deadline.agency_id, Deadline.limit_key, Deadline.ladder, Deadline.next_rung,
                bucket(Deadline.due_at, [*bounds, unit.now]).label("stretch"),
            )
            .where(IS_TICKING, Deadline.due_at < unit.now + SOON, reach(system, actor))
            .order_by(Deadline.due_at).limit(MOST + 1).cte()
        )
        rows = unit.conn.execute(union_all(*(_grouped_by(first, column) for column in BY))).all()
        agencies = system.agencies(unit)
    limits, ladders = system.configuration.limits, system.configuration.ladders
    by_agency, by_limit = (_sorted(rows, column) for column in BY)
    ages = Counter[int]()
    for row in rows:
        ages[row.stretch] += row.number if row.by == BY[0] else 0
    return ClockCounts(
        tuple(_count(key, agencies.name(key), some, ladders) for key, some in by_agency),
        tuple(_count(key, limits[key].title if key in limits else "", some, ladders) for key, some in by_limit),
        tuple((age, ages[number]) for number, age in enumerate(("month", "week", "day", "hours"))),
        ages.total() - ages[_SOON], ages[_SOON], ages.total() <= MOST,
    )


def _grouped_by(first: CTE, column: str) -> Select[*tuple[Any, ...]]:
    columns = (first.c[column].label("key"), first.c.ladder, first.c.next_rung, first.c.stretch)
    return select(literal(column).label("by"), *columns, func.count().label("number")).group_by(*columns)


def _sorted(rows: Iterable[Row[*tuple[Any, ...]]], column: str) -> list[tuple[str, list[Row[*tuple[Any, ...]]]]]:
    found: defaultdict[str, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in rows:
        if row.by == column:
            found[row.key or ""].append(row)
    return sorted(found.items())


def _count(
    key: str, name: str, rows: Iterable[Row[*tuple[Any, ...]]], ladders: Mapping[str, Ladder]
) -> ClockCount:
    soon, rungs = 0, Counter[int]()
    for row in rows:
        if row.stretch == _SOON:
            soon += row.number
        else:
            rungs[_told(row, ladders)] += row.number
    return ClockCount(key, name, rungs.total(), soon, tuple(sorted(rungs.items())))


def _told(row: Row[*tuple[Any, ...]], ladders: Mapping[str, Ladder]) -> int:
    """The highest rung told: the one before the next, or the ladder's last where none is to come."""
    if row.next_rung:
        return int(row.next_rung) - 1
    ladder = ladders.get(row.ladder or "")
    return len(ladder.rungs) if ladder is not None else 0
