"""Many tasks moved as one piece of work, with a look at it before, progress meanwhile, and a way back after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.engine import Row

from nrm.commands.batches import Line, start_batch
from nrm.commands.reassign_task import ASKED, REASONS
from nrm.commands.settling.ledger import Ledger
from nrm.queries.batches import UNDOABLE, require_batch
from nrm.queries.holdings import Item, tasks_where
from nrm.queries.move_plans import PeoplePlan, Planned, Way, digest_of
from nrm.queries.scope import not_kept, require_having
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.task import Task
from nrm.records.tables.work import Batch, BatchLine
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

MOST = 2000
"""So many tasks move at once; more is asked for again."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which open tasks of one's own agency move, and where to. ``role``: whose tasks, where they are spread."""

    way: Way
    to_user_id: str | None = None
    from_user_id: str | None = None
    role: str | None = None
    process: str | None = None
    district: str | None = None
    late: bool = False
    reason: str = "workload"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would move and what would stay, and the digest that a confirmation repeats."""

    planned: tuple[Planned, ...]
    digest: str
    is_cut: bool


def preview_move(system: System, actor: Actor, wish: Wish) -> Preview:
    """Look at a move before it is made. Raises NotAllowed, InvalidInput."""
    require_mover(system, actor)
    _check(wish)
    with system.database.reader(actor) as unit:
        return _preview(unit, actor, wish)


def move_many(system: System, actor: Actor, wish: Wish, *, digest: str | None = None) -> str:
    """Start the batch that moves the tasks; returns its id.

    Raises NotAllowed, InvalidInput, Conflict where it is no longer what ``digest`` was made of.
    """
    rule = require_mover(system, actor)
    _check(wish)
    with system.database.unit(actor) as unit:
        seen = _preview(unit, actor, wish)
        if digest is not None and digest != seen.digest:
            raise Conflict("Some of these tasks have changed since you looked. Look at them again.")
        going = [one for one in seen.planned if not one.why_not]
        if not going:
            raise InvalidInput("None of these tasks can move.", fields={"way": ["None of these tasks can move."]})
        return begin_move(
            system, unit, kind="move_tasks", rule=rule, params={"agency": actor.agency_id, "reason": wish.reason},
            lines=[Line(one.item.case_id, {**one.params, "version": one.item.version}) for one in going],
        )


def begin_move(
    system: System, unit: Unit, *, kind: str, lines: Sequence[Line], rule: str, params: dict[str, object],
) -> str:
    """Write the batch of a plan and its entry in the installation's history. Returns its id."""
    batch_id = start_batch(system, unit, kind=kind, lines=lines, params=params)
    Ledger(unit, INSTALLATION).enter("batch.started", f"batch:{batch_id}", rule=rule, payload={
        "kind": kind, "lines": len(lines), **params,
    })
    return batch_id


def undo_move(system: System, actor: Actor, *, batch_id: str) -> str:
    """Start the batch that moves back whatever is still open and was not touched since. Returns its id.

    A referral that was taken back stays so: whether it goes out again is the person's and the case manager's to say.
    Raises NotFound, NotAllowed, Conflict where it cannot be undone (again).
    """
    with system.database.unit(actor) as unit:
        batch = require_batch(system, unit, actor, batch_id)
        if batch.kind not in UNDOABLE or batch.status != "done":
            raise Conflict("Only a move that has come to its end, and was not undone, can be undone.")
        unit.conn.execute(update(Batch).where(Batch.id == batch_id, Batch.status == "done").values(status="undone"))
        rows = unit.conn.execute(
            select(BatchLine).where(BatchLine.batch_id == batch_id, BatchLine.status == "done").order_by(BatchLine.id)
        ).all()
        lines = [line for row in rows if (line := _back(row)) is not None]
        new_id = start_batch(system, unit, kind="move_tasks", lines=lines, undoes=batch_id, params={
            **batch.params, "reason": "other",
        })
        Ledger(unit, INSTALLATION).enter("batch.undone", f"batch:{batch_id}", payload={"by": new_id})
        return new_id


def retry_failed(system: System, actor: Actor, *, batch_id: str) -> int:
    """Let the lines that were given up be tried again. Returns how many. Raises NotFound, NotAllowed."""
    with system.database.unit(actor) as unit:
        require_batch(system, unit, actor, batch_id)
        again: int = unit.conn.execute(
            update(BatchLine).where(BatchLine.batch_id == batch_id, BatchLine.status == "failed")
            .values(status="waiting", tries=0, next_at=unit.now)
        ).rowcount
        if again:
            unit.conn.execute(update(Batch).where(Batch.id == batch_id).values(status="running", ended_at=None))
            Ledger(unit, INSTALLATION).enter("batch.retried", f"batch:{batch_id}", payload={"lines": again})
        return again


def _back(line: Row[Any]) -> Line | None:
    """The way back of what was moved; None where there is none."""
    params, result = line.params, line.result
    back = {
        "what": params["what"], "id": params["id"], "to_user": result.get("from_user"),
        "to_agency": result.get("from_agency"),
    }
    match params["what"]:
        case "task":
            return Line(line.case_id, {
                **back, "version": result["version"], "stands_in_for": result.get("stood_in_for"),
            })
        case "seat" if result.get("seat"):
            return Line(line.case_id, {**back, "id": result["seat"], "was": result["was"]})
        case "case":
            return Line(line.case_id, {**back, "from_agency": params["to_agency"]})
    return None


def require_mover(system: System, actor: Actor) -> str:
    """Whoever gives tasks of their agency to others may give many; return the rule. Raises NotAllowed."""
    return require_having(actor, system.configuration.policy, Permission.TASK_REASSIGN)


def _check(wish: Wish) -> None:
    wrong: dict[str, list[str]] = {}
    if wish.reason not in REASONS:
        wrong["reason"] = ["Say why the task moves: choose one of the listed reasons."]
    if wish.way is Way.PERSON and not wish.to_user_id:
        wrong["to_user_id"] = ["Choose who is to have the tasks."]
    if wrong:
        raise InvalidInput(fields=wrong)


def _preview(unit: Unit, actor: Actor, wish: Wish) -> Preview:
    items = _items(unit, actor, wish)
    planned = PeoplePlan(unit, items[:MOST]).planned(
        wish.way, wish.to_user_id, keep_chosen=wish.reason != ASKED,
    )
    return Preview(tuple(planned), digest_of(planned), len(items) > MOST)


def _items(unit: Unit, actor: Actor, wish: Wish) -> list[Item]:
    conditions: list[ColumnElement[bool]] = [Task.agency_id == actor.agency_id, not_kept(Task.case_id, actor)]
    for column, value in (
        (Task.assignee_id, wish.from_user_id), (Task.role, wish.role), (Task.process, wish.process),
        (Task.district, wish.district),
    ):
        if value:
            conditions.append(column == value)
    if wish.late:
        conditions.append(Task.due_at < unit.now)
    return tasks_where(unit.conn, *conditions, now=unit.now, most=MOST + 1)
