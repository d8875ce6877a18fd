"""Until when each recipient has to say what became of what it holds and nothing covers any more (X1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.records.tables.deadline import Deadline
from nrm.records.tables.run import Run
from nrm.records.unit import Unit

GIVING_BACK = "giving_back"
"""The process that is the clock of one recipient: a run for each, its item the agency."""
TIME_TO_ANSWER = "T_give_back"


@dataclass(frozen=True, slots=True)
class RecallClock:
    """Until when a recipient has to say what became of what it holds, and why then."""

    due_at: datetime
    is_overdue: bool
    why: tuple[str, ...]


def recall_clocks(unit: Unit, case_id: str) -> Mapping[str, RecallClock]:
    """Return the newest clock of each recipient of a case that has one, whether it runs still or was missed."""
    rows = unit.conn.execute(
        select(Run.item, Deadline.due_at, Deadline.why).join(Deadline, Deadline.run_id == Run.id).where(
            Run.case_id == case_id, Run.process == GIVING_BACK, Deadline.limit_key == TIME_TO_ANSWER,
            Deadline.due_at.is_not(None),
        ).order_by(Run.started_at)
    )
    return {str(row.item): RecallClock(row.due_at, row.due_at < unit.now, tuple(row.why or ())) for row in rows}


def open_recalls(unit: Unit, case_id: str, agency_id: str) -> Sequence[str]:
    """Return the open runs that are the clock of a recipient."""
    return unit.conn.execute(select(Run.id).where(
        Run.case_id == case_id, Run.process == GIVING_BACK, Run.item == agency_id, Run.status.in_(("open", "incident")),
    )).scalars().all()
