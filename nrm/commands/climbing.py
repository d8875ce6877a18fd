"""Climbing a ladder: each rung of a missed or nearing time limit is told once, in order, with its true time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.settling.audience import everyone_of_role, people_of, supervisors_of
from nrm.commands.settling.settlement import Settlement
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.ladders import Ladder, Rung, When, rung_times
from nrm.wiring.library import Published

NATIONAL = ("NCU", "RAP", "AUD", "CA")
"""Roles that are the same everywhere; others are looked for at the agency that manages the case."""


def climb(settlement: Settlement, row: Row[Any]) -> int:
    """Tell every rung that is due, once each, in order."""
    unit = settlement.unit
    run = settlement.run(row.run_id)
    ladder = run.published.ladders.get(row.ladder)
    task = unit.conn.execute(select(Task).where(Task.id == row.task_id)).first()
    if ladder is None or task is None or task.status not in ("open", "claimed"):
        disarm(unit, row.id)
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
    change(unit, row.id, **values)
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


def disarm(unit: Unit, deadline_id: str) -> None:
    """End a clock that nothing waits for any more."""
    change(unit, deadline_id, status="disarmed", next_rung_at=None)


def change(unit: Unit, deadline_id: str, **values: object) -> None:
    """Change columns of one clock."""
    unit.conn.execute(update(Deadline).where(Deadline.id == deadline_id).values(**values))
