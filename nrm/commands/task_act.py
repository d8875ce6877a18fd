"""One act on one task: find its case, act on the case, and hold the task row under the lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.case_act import CaseAct, case_act, require
from nrm.queries.standing import Standing
from nrm.records.tables.task import Task
from nrm.rules.visibility import Decision
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound, TaskNotOpen
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

OPEN = ("open", "claimed")
HOLDING = (Permission.TASK_COMPLETE, Permission.TASK_RETURN)
TAKING = (*HOLDING, Permission.TASK_CLAIM)
_ENDED = {
    "done": "This task was already completed",
    "withdrawn": "This task was withdrawn: it is no longer needed",
}


@dataclass(slots=True)
class TaskAct:
    """A case act with the task it is about."""

    case: CaseAct
    task: Row[Any]


@contextmanager
def task_act(
    system: System, actor: Actor, permission: Permission, task_id: str, *, seen_version: int | None = None,
) -> Iterator[TaskAct]:
    """Open an act on a task that is still open.

    Raises:
        NotFound: no such task in the actor's scope.
        NotAllowed: the task is with another role, agency or person.
        TaskNotOpen: it was completed or withdrawn, or changed since ``seen_version``; says role and time.
    """
    with case_act(system, actor, permission, None, task_id=task_id, authorise=_authorise) as act:
        task = act.standing.task
        if seen_version is not None and seen_version != task.version:
            raise TaskNotOpen(
                "This task has changed since you opened it. Look at it again.",
                code="task_changed", role=task.role, at=task.claimed_at,
            )
        yield TaskAct(act, task)


def _authorise(standing: Standing, permission: Permission) -> Decision:
    """Who may see the task and comes too late hears so; who holds no claim yet claims by acting."""
    require(standing, Permission.TASK_READ)
    task = standing.task
    require_open(task)
    if permission in HOLDING and task.assignee_id is None:
        return require(standing, Permission.TASK_CLAIM)
    if permission in TAKING and task.assignee_id not in (None, standing.actor.user_id):
        raise TaskNotOpen(
            "A colleague has taken this task.", code="task_taken", role=task.role, at=task.claimed_at,
        )
    return require(standing, permission)


def case_of(system: System, actor: Actor, task_id: str) -> str:
    """Return the case a task belongs to. Raises NotFound."""
    with system.database.reader(actor) as unit:
        case_id: str | None = unit.conn.execute(select(Task.case_id).where(Task.id == task_id)).scalar()
    if case_id is None:
        raise NotFound
    return case_id


def require_open(task: Row[Any]) -> None:
    """Refuse what comes too late, saying which role was first and when, never who."""
    if task.status in OPEN:
        return
    what = _ENDED.get(task.status, "This task is no longer open")
    by = f" by the role {task.done_role}" if task.done_role else ""
    when = f" on {task.done_at:%d %B %Y at %H:%M} UTC" if task.done_at else ""
    raise TaskNotOpen(
        f"{what}{by}{when}.",
        code=f"task_{'already_completed' if task.status == 'done' else task.status}",
        role=task.done_role, at=task.done_at,
    )
