"""Level L5 of the ladders: how many limits were missed in a quarter, a number for the rapporteur (domain 2.6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from nrm.queries.scope import require_role
from nrm.records.tables.deadline import Deadline
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class QuarterCount:
    """How often one limit was missed in a quarter, in the whole country; no case, agency or district is in it."""

    limit_key: str
    missed: int


def breaches_of_quarter(system: System, actor: Actor, *, year: int, quarter: int) -> tuple[QuarterCount, ...]:
    """Count the limits first missed in a quarter (1 to 4, UTC), the most missed first; of counted ladders only.

    Raises InvalidInput, NotAllowed.
    """
    require_role(actor, Permission.BREACHES_COUNT, system.configuration.policy)
    if not (1 <= quarter <= 4 and 2000 <= year < 9999):
        raise InvalidInput(fields={"quarter": ["Choose a quarter of a year."]})
    begin = datetime(year, 3 * quarter - 2, 1, tzinfo=UTC)
    end = datetime(year + quarter // 4, 3 * quarter % 12 + 1, 1, tzinfo=UTC)
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
