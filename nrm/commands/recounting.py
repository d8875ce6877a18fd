"""Counting clocks anew after a calendar was edited: one case at a time, as the lines of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.settling.settlement import Settlement
from nrm.queries.calendar_moves import counted_anew
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.work import Batch, BatchLine
from nrm.records.unit import Unit
from nrm.wiring.directory import KEPT
from nrm.wiring.system import System

SEEN_EVERYWHERE = KEPT + timedelta(seconds=5)
"""So long after an edit every process counts with it; an act that began before it is over."""
_LONGEST_ACT = timedelta(minutes=1)


def recount_case(settlement: Settlement, line: Row[Any]) -> Mapping[str, object]:
    """Count the clocks of one case anew that run over the edited day; what has moved is told and entered."""
    unit = settlement.unit
    clocks = unit.conn.execute(
        select(Deadline).where(Deadline.case_id == settlement.case_id, _concerned(line.batch_params, unit))
        .order_by(Deadline.due_at, Deadline.id)
    ).all()
    if not clocks:
        return {"skipped": "No clock of this case runs over the day any more."}
    moved = 0
    for row in clocks:
        counted = settlement.clocks.recount(row)
        if counted.before != counted.after:
            settlement.clocks.say_recounted(row, counted, "calendar_edited")
            moved += 1
    return {"counted": len(clocks), "moved": moved}


def recount_newcomers(system: System, unit: Unit, batch: Row[Any]) -> None:
    """Keep the batch going for clocks that were armed by who did not know of the edit yet."""
    known_by_all = batch.at + SEEN_EVERYWHERE
    cases = unit.conn.execute(
        select(Deadline.case_id).where(
            _concerned(batch.params, unit), Deadline.armed_at.between(batch.at - _LONGEST_ACT, known_by_all),
            Deadline.case_id.not_in(select(BatchLine.case_id).where(BatchLine.batch_id == batch.id)),
        ).distinct()
    ).scalars().all()
    if not cases and unit.now >= known_by_all:
        return
    if cases:
        unit.conn.execute(insert(BatchLine), [
            {"id": system.new_id(), "batch_id": batch.id, "case_id": case_id, "params": {}, "status": "waiting",
             "next_at": known_by_all, "tries": 0, "done_at": None, "result": {}}
            for case_id in cases
        ])
    unit.conn.execute(update(Batch).where(Batch.id == batch.id).values(
        status="running", ended_at=None, total=Batch.total + len(cases),
    ))


def _concerned(params: Mapping[str, Any], unit: Unit) -> ColumnElement[bool]:
    """Return the condition on ``Deadline`` that the edit of a batch touches it."""
    return counted_anew(params["calendars"], date.fromisoformat(params["day"]), unit.now)
