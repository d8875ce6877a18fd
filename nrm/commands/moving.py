"""Moving an open task: one way, whether by hand, for an absence, or as one line of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from nrm.commands.settling.settlement import Settlement
from nrm.queries.staffing import asked_by, colleagues_by_id, colleagues_of
from nrm.records.grants import TASK
from nrm.records.outgoing import add_notice
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.rules.left_behind import Staff
from nrm.rules.routing import unit_of
from nrm.rules.substitutes import hindrance


@dataclass(frozen=True, slots=True)
class Move:
    """Where a task goes. ``to_user_id`` None: to everybody who fills its role; ``agency_id`` None: where it is.

    ``why`` joins the reasons its new holder reads; ``payload`` the history entry.
    """

    to_user_id: str | None
    why: str
    act: str = "task.reassigned"
    agency_id: str | None = None
    stands_in_for: str | None = None
    payload: Mapping[str, object] = field(default_factory=dict, hash=False)
    tell: bool = True


def open_task_of(unit: Unit, task_id: str) -> Row[Any] | None:
    """Return a task that is still open, read under its case's lock; None where it is not."""
    return unit.conn.execute(select(Task).where(Task.id == task_id, IS_OPEN)).first()


def cannot_have(unit: Unit, task: Row[Any], user_id: str, *, agency_id: str | None = None) -> str:
    """Say why somebody cannot have a task, in a sentence; empty where they can. ``agency_id``: its new one."""
    colleague = colleagues_by_id(unit.conn, (user_id,)).get(user_id)
    asked = asked_by(unit.conn, (task,))[task.id]
    return hindrance(colleague, replace(asked, agency_id=agency_id or task.agency_id))


def move_task(settlement: Settlement, task: Row[Any], move: Move, *, rule: str | None = None) -> dict[str, object]:
    """Move an open task; old and new holder are told. Returns where it was, and its version now."""
    unit = settlement.unit
    agency_id = move.agency_id or task.agency_id
    before = {
        "from_user": task.assignee_id, "from_agency": task.agency_id, "from_unit": task.unit,
        "stood_in_for": task.stands_in_for, "version": task.version + 1,
    }
    TASK.change_row(
        unit, task,
        agency_id=agency_id, unit=_unit(settlement, task, agency_id), assignee_id=move.to_user_id,
        status="claimed" if move.to_user_id else "open", claimed_at=unit.now if move.to_user_id else None,
        help_asked_at=None, stands_in_for=move.stands_in_for, version=task.version + 1,
        reason_chain=[*task.reason_chain, move.why],
    )
    if agency_id != task.agency_id:
        unit.conn.execute(update(Deadline).where(Deadline.task_id == task.id).values(agency_id=agency_id))
    if move.tell:
        _tell(settlement, task, move.to_user_id)
    settlement.ledger.enter(move.act, f"task:{task.id}", rule=rule, bundle=task.bundle, payload={
        "to": move.to_user_id, "from": task.assignee_id, "agency": agency_id, **move.payload,
    })
    return before


def tell(unit: Unit, user_id: str, kind: str, **numbers: int) -> None:
    """Tell somebody once of many tasks, with their numbers."""
    add_notice(unit, user_id=user_id, kind=kind, text_key=kind, params=numbers)


def _unit(settlement: Settlement, task: Row[Any], agency_id: str) -> str | None:
    """The unit a task is with: the agency's for the role, or none where nobody of that unit could take it."""
    agency = settlement.agencies.by_id.get(agency_id)
    wanted: str | None = task.unit if agency_id == task.agency_id else None
    if agency is not None and agency_id != task.agency_id:
        wanted = unit_of(agency.serving, task.role)
    if wanted is None:
        return None
    staff = Staff(active=True, people=tuple(colleagues_of(settlement.unit.conn, agency_id).values()))
    return wanted if staff.fill(task.role, wanted) else None


def _tell(settlement: Settlement, task: Row[Any], to_user_id: str | None) -> None:
    now = settlement.unit.now
    if to_user_id is not None:
        settlement.notices.tell(to_user_id, "task_given", task.id, now)
    if task.assignee_id and task.assignee_id != to_user_id:
        settlement.notices.tell(task.assignee_id, "task_taken_over", task.id, now)
