"""*Not mine* and *need help*: a task never gets stuck with someone who cannot do it."""

from __future__ import annotations

from nrm.commands.settling.audience import supervisors_of
from nrm.commands.task_act import task_act
from nrm.records.grants import TASK
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

KINDS = ("not_mine", "need_help")


def ask_for_help(
    system: System, actor: Actor, *, task_id: str, kind: str, words: str = "", seen_version: int | None = None
) -> None:
    """Say that a task is not one's own (it is given back) or that help is needed (it stays).

    The supervisors of the agency are told; the words go sealed into the history.
    """
    with task_act(system, actor, Permission.TASK_HELP, task_id, seen_version=seen_version) as act:
        if kind not in KINDS:
            raise InvalidInput(fields={"kind": ["Say whether the task is not yours, or you need help with it."]})
        task, unit = act.task, act.case.unit
        if kind == "not_mine" and task.assignee_id not in (None, actor.user_id):
            raise NotAllowed("Only who has the task can give it back.", rule="task:not_held")
        given_back = {"status": "open", "assignee_id": None, "claimed_at": None} if kind == "not_mine" else {}
        TASK.change_row(unit, task, help_asked_at=unit.now, version=task.version + 1, **given_back)
        for user_id in supervisors_of(
            unit, task.agency_id, str(act.case.case.agency_id), without=act.case.settlement.kept_away
        ):
            act.case.settlement.notices.tell(user_id, f"help_{kind}", task_id, unit.now, mail=True)
        act.case.enter("task.help_asked", f"task:{task_id}", outcome=kind, bundle=task.bundle,
                       payload={"words": words[:2000]})
