"""Claim a task that is with one's role and agency."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from nrm.commands.task_act import task_act
from nrm.records.grants import TASK
from nrm.records.prepared import Write
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

_CLAIMED = Write(update(Task).where(Task.id == bindparam("wanted")))


def claim_task(system: System, actor: Actor, *, task_id: str, seen_version: int | None = None) -> int:
    """Take a task; claiming one's own again changes nothing. Returns the task's version.

    Raises TaskNotOpen where a colleague has it, NotAllowed where it is for another role.
    """
    with task_act(system, actor, Permission.TASK_CLAIM, task_id, seen_version=seen_version) as act:
        task = act.task
        if task.assignee_id == actor.user_id:
            return int(task.version)
        held = {"status": "claimed", "assignee_id": actor.user_id}
        _CLAIMED.run(act.case.unit.conn, {
            "wanted": task_id, **held, "claimed_at": act.case.unit.now, "version": task.version + 1,
            "stands_in_for": None, "mac": TASK.renewed(act.case.unit.ring, task, held),
        })
        act.case.enter("task.claimed", f"task:{task_id}", bundle=task.bundle)
        return int(task.version) + 1
