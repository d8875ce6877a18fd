"""Give a task to another person, with a reason."""

from __future__ import annotations

from nrm.commands.conflicts import shut_out
from nrm.commands.moving import Move, cannot_have, move_task
from nrm.commands.task_act import task_act
from nrm.queries.workload import is_chosen
from nrm.vocabulary.access_words import ConflictReason
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

REASONS = ("absence", "workload", "conflict_of_interest", "language", "the_person_asked", "other")
ASKED = "the_person_asked"
WHY = "It was given to you by name."


def reassign_task(
    system: System, actor: Actor, *, task_id: str, to_user_id: str, reason: str, seen_version: int | None = None,
    although_chosen: bool = False,
) -> None:
    """Give a task to a named person who fills its role; old and new holder are told.

    ``although_chosen``: the person chose who has it now, and it moves all the same. A conflict of interest keeps
    who had it from this case from now on.

    Raises InvalidInput where the person cannot have it, the reason is missing, or the person's choice stands.
    """
    with task_act(system, actor, Permission.TASK_REASSIGN, task_id, seen_version=seen_version) as act:
        if reason not in REASONS:
            raise InvalidInput(fields={"reason": ["Say why the task moves: choose one of the listed reasons."]})
        task, unit = act.task, act.case.unit
        hindered = cannot_have(unit, task, to_user_id)
        if hindered:
            raise InvalidInput(fields={"to_user_id": [hindered]})
        if reason != ASKED and not although_chosen and is_chosen(unit.conn, task):
            raise InvalidInput(fields={"although_chosen": [
                "The person chose who has this task. Confirm that it moves all the same, or say that they asked for it."
            ]})
        move_task(act.case.settlement, task, Move(to_user_id, WHY, payload={"reason": reason}), rule=act.case.rule)
        if reason == "conflict_of_interest" and task.assignee_id:
            shut_out(act.case, task.assignee_id, ConflictReason.OTHER, but_task=task_id)
