"""Rows of ``task``: opened where the engine waits for a person, placed by routing, with their clock armed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.records.grants import TASK
from nrm.records.prepared import Write
from nrm.records.tables.deadline import NOT_ENDED, Deadline
from nrm.records.tables.task import Task
from nrm.rules.routing import Routed
from nrm.vocabulary.happenings import IncidentRaised, WaitOpened

if TYPE_CHECKING:
    from nrm.commands.settling.live_run import LiveRun
    from nrm.commands.settling.settlement import Settlement

# Built once: building a statement costs more than running it.
_OPENED = Write(insert(Task))

OPEN = ("open", "claimed")


class TaskRows:
    """The tasks one act opens, completes and withdraws."""

    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement
        self._new: dict[str, dict[str, object]] = {}

    def open(self, run: LiveRun, wait: WaitOpened) -> None:
        """Open a task: place it, arm its limit, tell whoever has it."""
        settlement = self._settlement
        element = run.published.elements[wait.element]
        setting = element.task
        assert setting is not None  # the checker refuses a user task without its setting
        role = element.role
        placed = settlement.placing.place(
            role, run.id, settlement.facts.for_run(run.id, run.published), process=run.process,
            not_by=setting.not_by, side=element.routing,
        )
        if placed is None:
            placed = self._nobody(run, wait, role)
        placed = replace(placed, reasons=(*run.because, *placed.reasons))
        form = run.published.form(setting.form)
        armed = settlement.clocks.arm(
            run, wait.wait_id, limits=(setting.limit, *setting.also), ladder=setting.ladder,
            agency_id=placed.agency_id, is_task=True,
        )
        now = settlement.unit.now
        self._new[wait.wait_id] = {
            "id": wait.wait_id, "case_id": settlement.case_id, "run_id": run.id, "process": run.process,
            "element": wait.element, "title": element.name, "role": role, **_where(placed),
            "form": setting.form, "form_digest": form.digest,
            "bundle": run.published.digest, "limit_key": setting.limit, "due_at": armed.due_at, "breached_at": None,
            "priority": 0 if setting.priority == "urgent" else 1, "safety": setting.safety, "item": wait.item,
            "not_by": list(setting.not_by), "opened_at": now, "claimed_at": now if placed.user_id else None,
            "done_at": None, "done_by": None, "done_role": None, "version": 1, "district": settlement.case.district,
            "case_code": settlement.case.code, "help_asked_at": None, "question": False,
        }
        settlement.ledger.enter("task.opened", f"task:{wait.wait_id}", bundle=run.published.digest, payload={
            "element": wait.element, "role": role, "agency": placed.agency_id, "limit": setting.limit,
            "due_at": armed.due_at.isoformat() if armed.due_at else None,
        })
        if placed.user_id:
            settlement.notices.tell(placed.user_id, "task_opened", wait.wait_id, now)

    def withdraw(self, wait_id: str) -> None:
        """Withdraw a task that is no longer asked for; its draft is kept, its assignee is told."""
        settlement = self._settlement
        settlement.clocks.end(wait_id, "disarmed")
        settlement.ledger.enter("task.withdrawn", f"task:{wait_id}")
        if self._new.pop(wait_id, None) is not None:
            return
        row = settlement.unit.conn.execute(select(Task).where(Task.id == wait_id)).first()
        if row is None:
            return
        if row.breached_at is not None:
            settlement.escalations.over(Deadline.task_id == wait_id)
        if row.status in OPEN:
            TASK.change_row(
                settlement.unit, row, status="withdrawn", done_at=settlement.unit.now, version=row.version + 1,
            )
        if row.assignee_id:
            settlement.notices.tell(row.assignee_id, "task_withdrawn", wait_id, settlement.unit.now)

    def reroute(self) -> None:
        """Place the unclaimed tasks again after the team changed; claimed ones move only by reassigning."""
        settlement = self._settlement
        settlement.placing.forget_team()
        rows = settlement.unit.conn.execute(
            select(Task).where(Task.case_id == settlement.case_id, Task.status == "open")
        ).all()
        for row in rows:
            run = settlement.run(row.run_id)
            placed = settlement.placing.place(
                row.role, row.run_id, settlement.facts.for_run(run.id, run.published), process=run.process,
                not_by=row.not_by, side=run.published.elements[row.element].routing,
            )
            if placed is not None and (placed.agency_id != row.agency_id or placed.user_id):
                self._move(row, placed)
        for task in self._new.values():
            placed = settlement.placing.place(
                str(task["role"]), str(task["run_id"]), {}, process=str(task["process"]),
            )
            if placed is not None and task["status"] == "open":
                task.update(_where(placed))

    def flush(self) -> None:
        """Write the tasks that were opened and still stand."""
        unit = self._settlement.unit
        _OPENED.run_all(unit.conn, [TASK.signed(unit.ring, task) for task in self._new.values()])
        self._new = {}

    def _move(self, task: Row[Any], placed: Routed) -> None:
        settlement, task_id = self._settlement, task.id
        TASK.change_row(settlement.unit, task, **_where(placed), version=task.version + 1)
        # The agency that has the task answers for its time; what is counted is counted on as it was.
        settlement.unit.conn.execute(
            update(Deadline).where(Deadline.task_id == task_id, NOT_ENDED).values(agency_id=placed.agency_id)
        )
        settlement.ledger.enter("task.rerouted", f"task:{task_id}", payload={"agency": placed.agency_id})
        if placed.user_id:
            settlement.notices.tell(placed.user_id, "task_opened", task_id, settlement.unit.now)

    def _nobody(self, run: LiveRun, wait: WaitOpened, role: str) -> Routed:
        """No orphan task can exist: the coordinator of the case has it, and an incident says why."""
        settlement = self._settlement
        settlement.incidents.raised(run, IncidentRaised(
            wait.element, "nobody_serves_role", f"No agency serves the role {role} in this district.",
        ), stops_run=False)
        return Routed(
            str(settlement.case.agency_id), None, None,
            (f"No agency serves the role {role} in this district; the managing agency has the task until one does.",),
        )


def _where(placed: Routed) -> dict[str, object]:
    """Return the columns of a task that say where it is."""
    return {
        "agency_id": placed.agency_id, "unit": placed.unit, "assignee_id": placed.user_id,
        "status": "claimed" if placed.user_id else "open", "reason_chain": list(placed.reasons),
        "stands_in_for": placed.stands_in_for,
    }
