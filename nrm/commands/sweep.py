"""The sweep: whatever is due, case by case, one transaction each; a failing case never blocks the others (design 6)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.actions.registry import ACTIONS
from nrm.commands.case_act import CLOSED
from nrm.commands.settling.audience import everyone_of_role, people_of, supervisors_of
from nrm.commands.settling.settlement import Settlement
from nrm.records.due import take_due_cases
from nrm.records.refusals import TryAgain
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import HAS_RUNG, IS_EVENT, Deadline, RungFired
from nrm.records.tables.run import Incident
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.ladders import Ladder, Rung, When, rung_times
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NotReady, NrmError
from nrm.wiring.library import Published
from nrm.wiring.system import System

NATIONAL = ("NCU", "RAP", "AUD", "CA")
"""Roles that are the same everywhere; others are looked for at the agency that manages the case."""
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


def sweep(system: System, *, limit: int = 500) -> Swept:
    """Handle up to ``limit`` cases with something due; each rung once, in order, with its true due time."""
    cases = rungs = fired = failed = 0
    unable: list[str] = []
    while cases < limit:
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
    told = moved = 0
    for row in _due_rows(unit, case_id):
        if case.status in CLOSED:
            _disarm(unit, row.id)
        elif row.kind == "event":
            moved += _fire(settlement, row)
        else:
            told += _climb(settlement, row)
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
    _set(settlement.unit, row.id, status="fired", next_rung_at=None)
    if not run.is_open:
        settlement.ledger.enter("limit.skipped", f"limit:{row.limit_key}", outcome="run_over")
        return 0
    settlement.ledger.enter(
        "limit.reached", f"limit:{row.limit_key}", bundle=run.published.digest,
        payload={"due_at": row.due_at.isoformat()},
    )
    settlement.fire(run, row.wait_id)
    return 1


def _climb(settlement: Settlement, row: Row[Any]) -> int:
    """Tell every rung that is due, once each, in order."""
    unit = settlement.unit
    run = settlement.run(row.run_id)
    ladder = run.published.ladders.get(row.ladder)
    task = unit.conn.execute(select(Task).where(Task.id == row.task_id)).first()
    if ladder is None or task is None or task.status not in ("open", "claimed"):
        _disarm(unit, row.id)
        return 0
    calendar = settlement.system.configuration.calendars[row.calendar]
    times = rung_times(row.armed_at, row.due_at, ladder, calendar)
    told = 0
    for number, at in times:
        if number < (row.next_rung or 1) or at > unit.now:
            continue
        if _first_time(unit, row.id, number, at):
            _tell(settlement, run.published, ladder, ladder.rung(number), row, task)
            told += 1
    later = [(number, at) for number, at in times if at > unit.now]
    values: dict[str, object] = {
        "next_rung": later[0][0] if later else 0, "next_rung_at": later[0][1] if later else None,
    }
    if row.due_at <= unit.now and row.breached_at is None:
        values.update(status="breached", breached_at=row.due_at)
    _set(unit, row.id, **values)
    return told


def _tell(
    settlement: Settlement, published: Published, ladder: Ladder, rung: Rung, row: Row[Any], task: Row[Any]
) -> None:
    """One rung: who is named hears of it; a breach decides and closes nothing (domain 2.6)."""
    unit = settlement.unit
    breached = rung.when is not When.HALF
    if rung.when is When.BREACH:
        unit.conn.execute(
            update(Task).where(Task.id == task.id, Task.breached_at.is_(None)).values(breached_at=row.due_at)
        )
    people = list(dict.fromkeys(
        user_id for who in rung.tell for user_id in _people(settlement, who, task)
    ))
    for user_id in people:
        kind = "limit_missed" if breached else "limit_half"
        settlement.notices.tell(user_id, kind, task.id, unit.now, mail=True)
    act = "reminder.sent" if not breached else "limit.missed" if rung.when is When.BREACH else "escalated"
    settlement.ledger.enter(
        act, f"task:{task.id}", outcome=f"{ladder.key}:{rung.no}", rule=f"limit:{row.limit_key}",
        bundle=published.digest, payload={"due_at": row.due_at.isoformat(), "told": people},
    )


def _people(settlement: Settlement, who: str, task: Row[Any]) -> list[str]:
    unit, managing = settlement.unit, str(settlement.case.agency_id)
    if who == "assignee":
        return [task.assignee_id] if task.assignee_id else people_of(unit, (task.agency_id,), (task.role,))
    if who == "supervisor":
        return supervisors_of(unit, task.agency_id, managing)
    role = who.removeprefix("role:")
    return everyone_of_role(unit, role) if role in NATIONAL else people_of(unit, (managing,), (role,))


def _first_time(unit: Unit, deadline_id: str, rung: int, true_due: datetime) -> bool:
    """Whether nobody told this rung before: the primary key makes sure of once."""
    known = unit.conn.execute(
        select(RungFired.rung).where(RungFired.deadline_id == deadline_id, RungFired.rung == rung)
    ).first()
    if known is not None:
        return False
    unit.conn.execute(insert(RungFired), [
        {"deadline_id": deadline_id, "rung": rung, "at": unit.now, "true_due_at": true_due}
    ])
    return True


def _stop(system: System, case_id: str, sentence: str) -> None:
    """A case the sweep cannot handle becomes an incident; it is tried again later, the others go on."""
    with system.database.unit(SYSTEM) as unit:
        unit.lock_case(case_id)
        for row in _due_rows(unit, case_id):
            _set(unit, row.id, next_rung_at=unit.now + AGAIN_AFTER)
            if row.kind == "event":
                _set(unit, row.id, due_at=unit.now + AGAIN_AFTER)
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


def _disarm(unit: Unit, deadline_id: str) -> None:
    _set(unit, deadline_id, status="disarmed", next_rung_at=None)


def _set(unit: Unit, deadline_id: str, **values: object) -> None:
    unit.conn.execute(update(Deadline).where(Deadline.id == deadline_id).values(**values))
