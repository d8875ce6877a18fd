"""The sweep: whatever is due, case by case, one transaction each; a failing case never blocks the others (design 6)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.actions.registry import ACTIONS
from nrm.commands.case_act import CLOSED
from nrm.commands.climbing import Climbing, change, disarm
from nrm.commands.settling.settlement import Settlement
from nrm.records.due import take_due_cases
from nrm.records.refusals import TryAgain
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import HAS_RUNG, IS_EVENT, Deadline
from nrm.records.tables.run import Incident
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NotReady, NrmError
from nrm.wiring.system import System

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


def sweep(system: System, *, limit: int = 500, stopping: Callable[[], bool] = lambda: False) -> Swept:
    """Handle up to ``limit`` cases with something due; each rung once, in order, with its true due time.

    ``stopping`` is asked between two cases: the case in hand is always finished.
    """
    cases = rungs = fired = failed = 0
    unable: list[str] = []
    while cases < limit and not stopping():
        one = _one(system, unable)
        if one is None:
            break
        if one.error or not (one.rungs or one.fired):
            unable.append(one.case_id)
        cases, rungs, fired = cases + 1, rungs + one.rungs, fired + one.fired
        if one.error:
            failed += 1
            _stop(system, one.case_id, one.error)
    return Swept(cases, rungs, fired, failed)


@dataclass(slots=True)
class _One:
    case_id: str
    rungs: int = 0
    fired: int = 0
    error: str = ""
    """Why the case could not be handled, in a sentence without personal data."""


def _one(system: System, without: list[str]) -> _One | None:
    """Take the case that is due longest and do what is due in it, in one transaction; None where nothing is."""
    one: _One | None = None
    try:
        with system.database.unit(SYSTEM) as unit:
            due = take_due_cases(unit, unit.now, without=without)
            if due:
                one = _One(due[0])
                one.rungs, one.fired = _do(system, unit, one.case_id)
    except Exception as error:
        # Whatever is wrong in one case must not keep the others waiting; a busy or absent database is no fault of it.
        if one is None or (isinstance(error, NotReady) and not isinstance(error, TryAgain)):
            raise
        one.rungs = one.fired = 0
        if not isinstance(error, TryAgain):
            log.error("case %s: %s", one.case_id, type(error).__name__)
            one.error = error.title if isinstance(error, NrmError) else UNFORESEEN
    return one


def _do(system: System, unit: Unit, case_id: str) -> tuple[int, int]:
    case = unit.lock_case(case_id)
    settlement = Settlement(system, unit, case, actions=ACTIONS)
    climbing = Climbing(settlement)
    told = moved = 0
    for row in _due_rows(unit, case_id):
        if case.status in CLOSED:
            disarm(unit, row.id)
        elif row.kind == "event":
            moved += _fire(settlement, row)
        else:
            told += climbing.climb(row)
    settlement.settle()
    unit.conn.execute(
        update(Case).where(Case.id == case_id).values(version=case.version + 1, **settlement.case_values)
    )
    return told, moved


def _due_rows(unit: Unit, case_id: str) -> list[Row[Any]]:
    rungs = unit.conn.execute(
        select(Deadline).where(Deadline.case_id == case_id, HAS_RUNG, Deadline.next_rung_at <= unit.now)
    ).all()
    events = unit.conn.execute(
        select(Deadline).where(Deadline.case_id == case_id, IS_EVENT, Deadline.due_at <= unit.now)
    ).all()
    found = {row.id: row for row in (*events, *rungs)}
    return sorted(found.values(), key=lambda row: (row.next_rung_at or row.due_at, row.id))


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
        for row in _due_rows(unit, case_id):
            change(unit, row.id, next_rung_at=unit.now + AGAIN_AFTER)
            if row.kind == "event":
                change(unit, row.id, due_at=unit.now + AGAIN_AFTER)
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
