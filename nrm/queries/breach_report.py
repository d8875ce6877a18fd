"""Level L5 of the ladders: how many limits were missed in a quarter, a number for the rapporteur (domain 2.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, union_all

from nrm.queries.quarters import quarter_bounds, quarters
from nrm.queries.scope import reaches_cases, require_role
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.told_counts import ErasedBreaches
from nrm.rules.disclosure import tell
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

_ALL = "missed"


@dataclass(frozen=True, slots=True)
class QuarterCount:
    """How often one limit was missed in a quarter, in the whole country; no case, agency or district is in it.

    ``missed`` is None where so few would point at somebody, or would let such a number be worked out.
    """

    limit_key: str
    missed: int | None


def breaches_of_quarter(system: System, actor: Actor, *, quarter: str) -> tuple[QuarterCount, ...]:
    """Count the limits first missed in a quarter (``2026-Q1``), the most missed first; of counted ladders only.

    Whoever reaches no case hears of quarters that are over, and no number of few (domain 4.2).

    Raises InvalidInput, NotAllowed.
    """
    require_role(actor, Permission.BREACHES_COUNT, system.configuration.policy)
    begin, end = quarter_bounds(quarter)
    exactly = reaches_cases(actor, Permission.BREACHES_COUNT, system.configuration.policy)
    quiet = {key for key, ladder in system.configuration.ladders.items() if not ladder.counted}
    with system.database.reader(actor) as unit:
        if not exactly and end > unit.now:
            return ()
        rows = unit.conn.execute(union_all(
            select(Deadline.limit_key, func.coalesce(Deadline.ladder, "").label("ladder"), func.count().label("missed"))
            .where(Deadline.breached_at >= begin, Deadline.breached_at < end)
            .group_by(Deadline.limit_key, Deadline.ladder),
            select(ErasedBreaches.limit_key, ErasedBreaches.ladder, ErasedBreaches.number)
            .where(ErasedBreaches.quarter == quarter),
        )).all()
    counted: Counter[str] = Counter()
    for row in rows:
        if row.ladder not in quiet:
            counted[row.limit_key] += row.missed
    told: Mapping[str, int | None] = counted if exactly else tell(
        {(key, _ALL): missed for key, missed in counted.items()}, system.configuration.retention.smallest_cell,
    ).rows
    return tuple(
        QuarterCount(key, missed) for key, missed in sorted(told.items(), key=lambda one: (-(one[1] or 0), one[0]))
    )


def quarters_with_breaches(system: System, actor: Actor) -> tuple[str, ...]:
    """Return the quarters from the first missed limit until now, the newest on top. Raises NotAllowed.

    The running one is left out for whoever reaches no case: what it grows by from day to day would be few.
    """
    require_role(actor, Permission.BREACHES_COUNT, system.configuration.policy)
    with system.database.reader(actor) as unit:
        living = unit.conn.execute(
            select(func.min(Deadline.breached_at)).where(Deadline.breached_at.is_not(None))
        ).scalar()
        erased = unit.conn.execute(select(func.min(ErasedBreaches.quarter))).scalar()
        begins = [living or unit.now, *([quarter_bounds(erased)[0]] if erased else ())]
        found = quarters(min(begins), unit.now)
    return found if reaches_cases(actor, Permission.BREACHES_COUNT, system.configuration.policy) else found[1:]
