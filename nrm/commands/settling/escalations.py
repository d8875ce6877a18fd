"""Escalations: a task of its own for whoever is above, opened by a rung, withdrawn when the clock behind it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Row

from nrm import engine
from nrm.commands.settling.live_run import OPEN_STATUSES
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.run import Run
from nrm.rules.ladder_faults import ESCALATION
from nrm.rules.ladders import Rung
from nrm.rules.limits import TimeLimit
from nrm.rules.relations import TaskResource
from nrm.vocabulary.happenings import WaitKind
from nrm.vocabulary.phrases import Phrase

if TYPE_CHECKING:
    from nrm.commands.settling.settlement import Settlement

COORDINATOR, NATIONAL = "coordinator", "national"
CLOCK_OVER = "clock_over"
"""How an escalation ends whose clock has ended, stands still, or was given more time."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """An escalation that this act opens: its run, its task, and whom that is with."""

    run_id: str
    task_id: str = ""
    task: TaskResource | None = None


class Escalations:
    """The escalations of one case. A run's ``item`` is the clock it is about."""

    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement

    def open(self, clock: Row[Any], limit: TimeLimit, rung: Rung) -> Escalation:
        """Open an escalation at the rung's level. Raises NotFound where its process is not there."""
        run = self._settlement.start_run(
            ESCALATION, item=clock.id, facts={"escalation_level": COORDINATOR if rung.level == "L2" else NATIONAL},
            because=(Phrase("The time limit “{limit}” was missed.", limit=limit.title),),
        )
        for wait in engine.open_waits(run.published.program, run.state):
            role = run.published.elements[wait.element].role
            placed = self._settlement.placing.place(role, run.id, {}, process=ESCALATION)
            if wait.kind is WaitKind.TASK and placed is not None:
                return Escalation(run.id, wait.wait_id, TaskResource(
                    role, placed.agency_id, placed.unit, placed.user_id,
                ))
        return Escalation(run.id)

    def over(self, which: ColumnElement[bool]) -> None:
        """Withdraw the escalations of the clocks that ``which`` selects."""
        settlement = self._settlement
        rows = settlement.unit.conn.execute(
            select(RungFired.run_id).join(Deadline, Deadline.id == RungFired.deadline_id)
            .join(Run, Run.id == RungFired.run_id).where(which, Run.status.in_(OPEN_STATUSES))
            .order_by(RungFired.round, RungFired.rung)
        ).all()
        for row in rows:
            run = settlement.run(str(row.run_id))
            if run.is_open:
                settlement.cancel(run, CLOCK_OVER)
