"""Dated absences: planned, begun, ended or cut short; tasks go to who stands in, and come back by themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.batches import Line, start_batch
from nrm.commands.settling.ledger import Ledger
from nrm.queries.absence_plans import AbsencePlan, faults_of, person_row, span_of
from nrm.queries.absences import calendar_of, require_absence_of
from nrm.queries.staffing import AWAY
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.tables.work import Batch
from nrm.records.tables.working_time import Absence
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotFound
from nrm.wiring.system import System


def plan_absence(system: System, actor: Actor, plan: AbsencePlan) -> str:
    """Note that somebody is away. It begins by itself, at midnight of their agency. Returns the absence's id.

    Raises InvalidInput (days, overlap, substitute, scope), NotAllowed, NotFound.
    """
    with system.database.unit(actor) as unit:
        person = person_row(unit, plan.user_id)
        require_absence_of(system, actor, person.id, person.agency_id)
        wrong = faults_of(system, unit, person, plan)
        if wrong:
            raise InvalidInput(fields=wrong)
        span = span_of(calendar_of(system, unit, person.agency_id), plan.first, plan.last)
        absence_id = system.new_id()
        unit.conn.execute(insert(Absence), [{
            "id": absence_id, "user_id": person.id, "substitute_id": plan.substitute_id or None,
            "from_at": span.from_at, "to_at": span.to_at, "scope": plan.scope.plain, "status": "planned",
            "added_by": actor.user_id, "added_at": unit.now,
        }])
        _enter(unit, "absence.planned", person.id, {
            "absence": absence_id, "from": plan.first.isoformat(), "to": plan.last.isoformat(),
            "substitute": plan.substitute_id or None,
        })
        return absence_id


def end_absence(system: System, actor: Actor, *, absence_id: str) -> None:
    """Cancel a planned absence, or cut a running one short: what is still open goes back.

    Raises NotFound, NotAllowed, Conflict where it is over already.
    """
    with system.database.unit(actor) as unit:
        row = _row(unit, absence_id)
        if row is None:
            raise NotFound
        require_absence_of(system, actor, row.user_id, row.agency_id)
        if row.status == "planned" and _turn(unit, row.id, "planned", "cancelled"):
            _enter(unit, "absence.cancelled", row.user_id, {"absence": row.id})
        elif row.status != "running" or not _end(system, unit, row):
            raise Conflict("This absence is over already.")
        else:
            unit.conn.execute(update(Absence).where(Absence.id == row.id).values(to_at=unit.now))


def begin_and_end_absences(system: System) -> int:
    """Begin and end what is due, and hand over what still came to somebody absent. Returns how many acts it took.

    Each is one transaction and happens once, however many workers look.
    """
    with system.database.reader(SYSTEM) as unit:
        beginning = _due(unit, Absence.status == "planned", Absence.from_at)
        ending = _due(unit, Absence.status == "running", Absence.to_at)
        late = _still_held(unit)
    return sum((
        sum(_in_unit(system, absence_id, _begin) for absence_id in beginning),
        sum(_in_unit(system, absence_id, _end) for absence_id in ending),
        sum(_in_unit(system, absence_id, _hand_over) for absence_id in late),
    ))


def _due(unit: Unit, status: Any, at: Any) -> list[str]:
    return list(unit.conn.execute(select(Absence.id).where(status, at <= unit.now).order_by(at).limit(500)).scalars())


def _still_held(unit: Unit) -> list[str]:
    """Absences whose person has tasks that no batch is handing over: one opened while the absence began."""
    rows = unit.conn.execute(
        select(Absence.id).join(Task, Task.assignee_id == Absence.user_id).where(AWAY, IS_OPEN).distinct()
    ).scalars().all()
    if not rows:
        return []
    running = unit.conn.execute(select(Batch.params).where(Batch.status == "running", Batch.kind == "hand_over"))
    moving = {row.params["absence"] for row in running}
    return [absence_id for absence_id in rows if absence_id not in moving]


def _in_unit(system: System, absence_id: str, act: Any) -> bool:
    with system.database.unit(SYSTEM) as unit:
        return bool(act(system, unit, _row(unit, absence_id)))


def _row(unit: Unit, absence_id: str) -> Any:
    return unit.conn.execute(
        select(Absence, User.agency_id).join(User, User.id == Absence.user_id).where(Absence.id == absence_id)
    ).first()


def _begin(system: System, unit: Unit, row: Row[Any]) -> bool:
    if row.to_at <= unit.now:  # no worker ran while it would have
        return _turn(unit, row.id, "planned", "ended")
    if not _turn(unit, row.id, "planned", "running"):
        return False
    _enter(unit, "absence.begun", row.user_id, {"absence": row.id, "substitute": row.substitute_id})
    return _hand_over(system, unit, row)


def _hand_over(system: System, unit: Unit, row: Row[Any]) -> bool:
    tasks = unit.conn.execute(select(Task.id, Task.case_id).where(Task.assignee_id == row.user_id, IS_OPEN)).all()
    _start(system, unit, "hand_over", row, tasks)
    return True


def _end(system: System, unit: Unit, row: Row[Any]) -> bool:
    if not _turn(unit, row.id, "running", "ended"):
        return False
    tasks = unit.conn.execute(
        select(Task.id, Task.case_id).where(Task.stands_in_for == row.user_id, IS_OPEN)
    ).all()
    _start(system, unit, "hand_back", row, tasks)
    _enter(unit, "absence.ended", row.user_id, {"absence": row.id})
    return True


def _start(system: System, unit: Unit, kind: str, row: Row[Any], tasks: Any) -> None:
    start_batch(
        system, unit, kind=kind, by_id=row.added_by,
        lines=[Line(task.case_id, {"what": "task", "id": task.id}) for task in tasks],
        params={"absence": row.id, "user": row.user_id, "agency": row.agency_id},
    )


def _turn(unit: Unit, absence_id: str, before: str, after: str) -> bool:
    """Move an absence on, once: another worker may have been first."""
    changed: int = unit.conn.execute(
        update(Absence).where(Absence.id == absence_id, Absence.status == before).values(status=after)
    ).rowcount
    return changed == 1


def _enter(unit: Unit, act: str, user_id: str, payload: dict[str, object]) -> None:
    Ledger(unit, INSTALLATION).enter(act, f"user:{user_id}", payload=payload)
