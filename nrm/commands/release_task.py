"""Give a claimed task back to one's role and agency; the draft is kept."""

from __future__ import annotations

from nrm.commands.task_act import task_act
from nrm.records.grants import TASK
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def release_task(system: System, actor: Actor, *, task_id: str, seen_version: int | None = None) -> None:
    """Release a task one holds. Raises NotAllowed where somebody else holds it."""
    with task_act(system, actor, Permission.TASK_RELEASE, task_id, seen_version=seen_version) as act:
        task = act.task
        if task.assignee_id is None:
            return
        if task.assignee_id != actor.user_id:
            raise NotAllowed("Only who has the task can give it back.", rule="task:not_held")
        TASK.change_row(
            act.case.unit, task, status="open", assignee_id=None, claimed_at=None, version=task.version + 1,
        )
        act.case.enter("task.released", f"task:{task_id}", bundle=task.bundle)
