"""Return a task with a question: it goes back to the coordinator of the case, nothing typed is lost."""

from __future__ import annotations

from nrm.commands.settling.audience import supervisors_of
from nrm.commands.task_act import task_act
from nrm.records.grants import TASK
from nrm.records.notes import write_note
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def return_task(
    system: System, actor: Actor, *, task_id: str, question: str, seen_version: int | None = None
) -> None:
    """Give a task back with a question. The question is kept as a note; the supervisors are told.

    Raises InvalidInput where nothing is asked, TaskNotOpen, NotAllowed, NotFound.
    """
    with task_act(system, actor, Permission.TASK_RETURN, task_id, seen_version=seen_version) as act:
        if not question.strip():
            raise InvalidInput(fields={"question": ["Write what you need to know before this can go on."]})
        unit, task = act.case.unit, act.task
        note_id = write_note(
            unit, case_id=task.case_id, category=Category.PROCESS, text=question.strip()[:4000],
            agency_id=actor.agency_id,
        )
        TASK.change_row(
            unit, task, status="open", assignee_id=None, claimed_at=None, question=True, version=task.version + 1,
        )
        for user_id in supervisors_of(
            unit, task.agency_id, str(act.case.case.agency_id), without=act.case.settlement.kept_away
        ):
            act.case.settlement.notices.tell(user_id, "task_returned", task_id, unit.now, mail=True)
        act.case.enter("task.returned", f"task:{task_id}", bundle=task.bundle, payload={"note": note_id})
