"""Tasks of somebody absent: handed to who stands in, and back again when the absence is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from nrm.commands.moving import Move, cannot_have, move_task, open_task_of, tell
from nrm.commands.settling.audience import supervisors_of
from nrm.commands.settling.settlement import Settlement
from nrm.records.tables.task import Task
from nrm.records.tables.work import BatchLine
from nrm.records.tables.working_time import Absence
from nrm.records.unit import Unit
from nrm.rules.substitutes import Scope
from nrm.wiring.system import System

STAND_IN = "Who had it is absent; you stand in for them."
FOR_ALL = "Who had it is absent, and nobody stands in: whoever fills the role has it."
BACK = "You are back: it is yours again."
GONE = {"skipped": "This task is no longer open, or somebody else has it."}


def hand_over(settlement: Settlement, line: Row[Any]) -> Mapping[str, object]:
    """Give a task of somebody absent to their substitute; what that one cannot have is for everybody of the role."""
    unit = settlement.unit
    absence = _absence(unit, line)
    task = open_task_of(unit, str(line.params["id"]))
    if absence is None or absence.status != "running":
        return {"skipped": "The absence is over."}
    if task is None or task.assignee_id != absence.user_id:
        return GONE
    to, hindered = _stand_in(unit, absence, task)
    move_task(settlement, task, Move(
        to, STAND_IN if to else FOR_ALL, act="task.handed_over", stands_in_for=task.stands_in_for or absence.user_id,
        payload={"absence": absence.id}, tell=False,
    ), rule="absence")
    return {"to_user": to, "hindered": hindered}


def hand_back(settlement: Settlement, line: Row[Any]) -> Mapping[str, object]:
    """Give a task that is still open back to whom it belongs; where they cannot have it, it stays where it is."""
    unit = settlement.unit
    task = open_task_of(unit, str(line.params["id"]))
    owner = str(line.batch_params["user"])
    if task is None or task.stands_in_for != owner:
        return GONE
    hindered = cannot_have(unit, task, owner)
    if hindered:
        unit.conn.execute(update(Task).where(Task.id == task.id).values(stands_in_for=None))
        return {"skipped": hindered}
    move_task(settlement, task, Move(
        owner, BACK, act="task.handed_back", payload={"absence": line.batch_params["absence"]}, tell=False,
    ), rule="absence")
    return {"to_user": owner}


def handed_over(system: System, unit: Unit, batch: Row[Any]) -> None:
    """Tell who is absent, who stands in, and, where tasks are with nobody by name, the supervisors."""
    to = Counter(row.result.get("to_user") for row in _done(unit, batch.id))
    user_id, agency_id = str(batch.params["user"]), str(batch.params["agency"])
    tell(unit, user_id, "absence_begun", count=to.total())
    for substitute_id, count in to.items():
        if substitute_id is not None:
            tell(unit, substitute_id, "stands_in", count=count)
    if to[None]:
        for supervisor_id in supervisors_of(unit, agency_id, agency_id):
            tell(unit, supervisor_id, "absence_for_all", count=to[None])


def handed_back(system: System, unit: Unit, batch: Row[Any]) -> None:
    """Tell who is back, and who stood in, what was done meanwhile and what went back."""
    absence = unit.conn.execute(select(Absence).where(Absence.id == batch.params["absence"])).one()
    done = unit.conn.execute(
        select(func.count()).select_from(Task).where(
            Task.stands_in_for == absence.user_id, Task.status == "done", Task.done_at >= absence.from_at
        )
    ).scalar_one()
    back = len(_done(unit, batch.id))
    tell(unit, absence.user_id, "absence_ended", done=done, back=back)
    if absence.substitute_id:
        tell(unit, absence.substitute_id, "stood_in", done=done, back=back)


def _absence(unit: Unit, line: Row[Any]) -> Row[Any] | None:
    return unit.conn.execute(select(Absence).where(Absence.id == line.batch_params["absence"])).first()


def _stand_in(unit: Unit, absence: Row[Any], task: Row[Any]) -> tuple[str | None, str]:
    """Return who stands in for a task, and why it is not the substitute where it is not."""
    if absence.substitute_id is None:
        return None, "Nobody is named to stand in."
    if not Scope.read(absence.scope).covers(task.process, task.case_code):
        return None, "The substitute is named for other processes or cases."
    hindered = cannot_have(unit, task, absence.substitute_id)
    return (None, hindered) if hindered else (absence.substitute_id, "")


def _done(unit: Unit, batch_id: str) -> list[Row[Any]]:
    return list(unit.conn.execute(
        select(BatchLine.result).where(BatchLine.batch_id == batch_id, BatchLine.status == "done")
    ).all())
