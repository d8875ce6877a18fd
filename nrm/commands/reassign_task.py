"""Give a task to another person, with a reason."""

from __future__ import annotations

from sqlalchemy import select, update

from nrm.commands.task_act import task_act
from nrm.records.tables.account import User
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

REASONS = ("absence", "workload", "conflict_of_interest", "language", "the_person_asked", "other")


def reassign_task(
    system: System, actor: Actor, *, task_id: str, to_user_id: str, reason: str, seen_version: int | None = None
) -> None:
    """Give a task to a named person who fills its role; old and new holder are told.

    Raises InvalidInput where the person cannot have it or the reason is missing.
    """
    with task_act(system, actor, Permission.TASK_REASSIGN, task_id, seen_version=seen_version) as act:
        if reason not in REASONS:
            raise InvalidInput(fields={"reason": ["Say why the task moves: choose one of the listed reasons."]})
        task, conn = act.task, act.case.unit.conn
        user = conn.execute(
            select(User.id, User.agency_id, User.roles, User.status).where(User.id == to_user_id)
        ).first()
        if user is None or user.status != "active" or user.agency_id != task.agency_id or task.role not in user.roles:
            raise InvalidInput(fields={"to_user_id": ["Choose a person of the same agency who fills this role."]})
        conn.execute(
            update(Task).where(Task.id == task_id).values(
                status="claimed", assignee_id=user.id, claimed_at=act.case.unit.now, version=task.version + 1,
                help_asked_at=None, reason_chain=[*task.reason_chain, "It was given to you by name."],
            )
        )
        notices = act.case.settlement.notices
        notices.tell(user.id, "task_given", task_id, act.case.unit.now)
        if task.assignee_id and task.assignee_id != user.id:
            notices.tell(task.assignee_id, "task_taken_over", task_id, act.case.unit.now)
        act.case.enter("task.reassigned", f"task:{task_id}", bundle=task.bundle,
                       payload={"to": user.id, "from": task.assignee_id, "reason": reason})
