"""Level L5 of the ladders: how many limits were missed in a quarter, a number for the rapporteur (domain 2.6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from nrm.queries.quarters import quarter_bounds, quarters
from nrm.queries.scope import require_role
from nrm.records.tables.deadline import Deadline
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class QuarterCount:
    """How often one limit was missed in a quarter, in the whole country; no case, agency or district is in it."""

    limit_key: str
    missed: int


def breaches_of_quarter(system: System, actor: Actor, *, quarter: str) -> tuple[QuarterCount, ...]:
    """Count the limits first missed in a quarter (``2026-Q1``), the most missed first; of counted ladders only.

    Raises InvalidInput, NotAllowed.
    """
    require_role(actor, Permission.BREACHES_COUNT, system.configuration.policy)
    begin, end = quarter_bounds(quarter)
    quiet = {key for key, ladder in system.configuration.ladders.items() if not ladder.counted}
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(
            select(Deadline.limit_key, Deadline.ladder, func.count().label("missed"))
            .where(Deadline.breached_at >= begin, Deadline.breached_at < end)
            .group_by(Deadline.limit_key, Deadline.ladder)
        ).all()
    counted: Counter[str] = Counter()
    for row in rows:
        if row.ladder not in quiet:
            counted[row.limit_key] += row.missed
    return tuple(
        QuarterCount(key, missed) for key, missed in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    )


def quarters_with_breaches(system: System, actor: Actor) -> tuple[str, ...]:
    """Return the quarters from the first missed limit until now, the newest on top. Raises NotAllowed."""
    require_role(actor, Permission.BREACHES_COUNT, system.configuration.policy)
    with system.database.reader(actor) as unit:
        first = unit.conn.execute(
            select(func.min(Deadline.breached_at)).where(Deadline.breached_at.is_not(None))
        ).scalar()
        return quarters(first or unit.now, unit.now)
