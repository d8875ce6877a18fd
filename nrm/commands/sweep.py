"""The sweep: whatever is due, case by case, one transaction each; a failing case never blocks the others (design 6)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.engine import Row

from nrm.commands.actions.registry import ACTIONS
from nrm.commands.case_act import CASE, CLOSED
from nrm.commands.climbing import Climbing, change, disarm, what_climbing_asks
from nrm.commands.settling.people import People
from nrm.commands.settling.settlement import Settlement
from nrm.records.due import due_cases
from nrm.records.prepared import Read
from nrm.records.refusals import DatabaseAway, TryAgain
from nrm.records.tables.deadline import HAS_RUNG, Deadline
from nrm.records.tables.run import Incident
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NrmError
from nrm.wiring.system import System

# Built once: building a statement costs more than running it. Why a clock is due when it is nobody asks here.
_COMING = Read(
    select(*(column for column in Deadline.__table__.c if column.key != "why"))
    .where(Deadline.case_id == bindparam("case"), HAS_RUNG)
)

AHEAD = 100
"""So many cases are looked for at once; each is taken by itself."""
MEETING = 3
"""So many cases in a row that somebody else handles mean that it is time to look again."""
AGAIN_AFTER = timedelta(hours=1)
SWEEP_FAILED = "sweep_failed"
UNFORESEEN = "Something in this case could not be handled; the worker's log names it."
log = logging.getLogger("nrm.sweep")


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    cases: int = 0
    rungs: int = 0
    fired: int = 0
    failed: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            self.cases + other.cases, self.rungs + other.rungs, self.fired + other.fired, self.failed + other.failed,
        )


def sweep(
    system: System, *, limit: int = 500, begin: float = 0.0, stopping: Callable[[], bool] = lambda: False
) -> Swept:
    """Handle up to ``limit`` cases with something due; each rung once, in order, with its true due time.

    ``begin``: at which part (0 to 1) of what is due to begin, so that several workers do not meet at the same cases.
    ``stopping`` is asked between two cases: the case in hand is always finished.
    """
    swept, unable = Swept(), set[str]()
    with system.database.on_one_connection() as database:
        one_by_one = _OneByOne(replace(system, database=database))
        while swept.cases < limit and not stopping():
            with system.database.reader(SYSTEM) as unit:
                due = due_cases(unit, min(AHEAD, limit - swept.cases), without=unable)
            first = int(begin * len(due))
            done = one_by_one.handle(due[first:] + due[:first], unable, stopping)
            swept += done
            if not done.cases:
                break
    return swept


class _OneByOne:
    """Handles case after case, each in its own transaction; who is told is read once."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._people = People()

    def handle(self, due: Sequence[str], unable: set[str], stopping: Callable[[], bool]) -> Swept:
        """Handle cases until one after the other turns out to be handled by somebody else; add whom it cannot."""
        swept, others = Swept(), 0
        for case_id in due:
            if stopping() or others > MEETING:
                break
            done = self._one(case_id, unable)
            others = others + 1 if done is None else 0
            swept += done or Swept()
        return swept

    def _one(self, case_id: str, unable: set[str]) -> Swept | None:
        """Do what is due in one case; None where somebody else holds it or has done it."""
        try:
            with self._system.database.unit(SYSTEM) as unit:
                done = self._do(unit, case_id)
        except TryAgain:
            unable.add(case_id)
            return Swept(cases=1)
        except DatabaseAway:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong in one case must not keep the others waiting
            log.error("case %s: %s", case_id, type(error).__name__)
            unable.add(case_id)
            _stop(self._system, case_id, error.title if isinstance(error, NrmError) else UNFORESEEN)
            return Swept(cases=1, failed=1)
        if done is not None and not (done.rungs or done.fired):
            unable.add(case_id)
        return done

    def _do(self, unit: Unit, case_id: str) -> Swept | None:
        taken = unit.take_case(case_id, (_COMING, {"case": case_id}), *what_climbing_asks(case_id))
        due = _due_of(unit, taken.answers[0]) if taken is not None else []
        if taken is None or not due:
            return None
        case = taken.case
        settlement = Settlement(self._system, unit, case, actions=ACTIONS, people=self._people)
        climbing = Climbing(settlement, taken.answers[1:])
        told = moved = 0
        for row in due:
            if case.status in CLOSED:
                disarm(unit, row.id)
            elif row.kind == "event":
                moved += _fire(settlement, row)
            else:
                told += climbing.climb(row)
        settlement.settle()
        CASE.run(unit.conn, {"wanted": case_id, "version": case.version + 1, **settlement.case_values})
        return Swept(1, told, moved)


def _due_of(unit: Unit, coming: Sequence[Row[Any]]) -> list[Row[Any]]:
    return sorted(
        (row for row in coming if row.next_rung_at <= unit.now), key=lambda row: (row.next_rung_at, row.id)
    )


def _fire(settlement: Settlement, row: Row[Any]) -> int:
    """Fire a limit event of the diagram; one that went in the meantime is a recorded skip."""
    run = settlement.run(row.run_id)
    change(settlement.unit, row.id, status="fired", next_rung_at=None)
    if not run.is_open:
        settlement.ledger.enter("limit.skipped", f"limit:{row.limit_key}", outcome="run_over")
        return 0
    settlement.ledger.enter(
        "limit.reached", f"limit:{row.limit_key}", bundle=run.published.digest,
        payload={"due_at": row.due_at.isoformat()},
    )
    settlement.fire(run, row.wait_id)
    return 1


def _stop(system: System, case_id: str, sentence: str) -> None:
    """A case the sweep cannot handle becomes an incident; it is tried again later, the others go on."""
    with system.database.unit(SYSTEM) as unit:
        unit.lock_case(case_id)
        for row in _due_of(unit, _COMING.all(unit.conn, case=case_id)):
            change(unit, row.id, next_rung_at=unit.now + AGAIN_AFTER)
        known = unit.conn.execute(select(Incident.id).where(
            Incident.case_id == case_id, Incident.kind == SWEEP_FAILED, Incident.status != "resolved"
        )).first()
        if known is not None:  # said already, and nobody has resolved it yet
            return
        unit.conn.execute(insert(Incident), [{
            "id": system.new_id(), "case_id": case_id, "run_id": None, "element": None, "kind": SWEEP_FAILED,
            "sentence": sentence, "facts": [], "flows": [], "opened_at": unit.now, "status": "open",
        }])
        unit.append(chain=case_id, act="incident.raised", object=f"case:{case_id}", outcome=SWEEP_FAILED)
