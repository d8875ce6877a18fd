"""Complete a task: check the answers, keep the record, set the facts, move the run, open what follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from nrm.commands.answered_files import require_own_files
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.form_acts.registry import FORM_ACTS
from nrm.commands.gate import require_gate
from nrm.commands.name_index import index_answers
from nrm.commands.referral_preview import require_seen
from nrm.commands.settling.live_run import LiveRun
from nrm.commands.task_act import TaskAct, case_of, task_act
from nrm.diagrams.forms import Form, Validated
from nrm.records.drafts import drop_draft, write_draft
from nrm.records.grants import TASK
from nrm.records.prepared import Read, Write
from nrm.records.same_person import accounts_of
from nrm.records.sealing import write_record
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.task import IS_OPEN, Task
from nrm.rules.access import may_act
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock_words import LateReason
from nrm.vocabulary.errors import InvalidInput, NotAllowed, TaskNotOpen
from nrm.vocabulary.permissions import Permission
from nrm.wiring.library import Published
from nrm.wiring.system import System

# Built once: building a statement costs more than running it.
_DONE = Write(update(Task).where(Task.id == bindparam("wanted")))
_OPEN_WITH = Read(select(Task.id, Task.role, Task.assignee_id).where(
    Task.case_id == bindparam("case"), Task.agency_id == bindparam("agency"), IS_OPEN
).order_by(Task.due_at, Task.id))


@dataclass(frozen=True, slots=True)
class Completed:
    """What the completion of a task left behind."""

    task_id: str
    case_id: str
    case_code: str
    record_id: str
    next_tasks: tuple[str, ...]
    """Tasks of the same case that are now with the same person."""


def complete_task(
    system: System, actor: Actor, *, task_id: str, answers: Mapping[str, object], seen_version: int | None = None,
    happened_at: datetime | None = None, late_reason: str | None = None,
) -> Completed:
    """Complete a task with a form's answers.

    Args:
        answers: field key -> value, as the form's JSON schema says.
        seen_version: the task's version the person saw; a newer one refuses with 409.
        happened_at: when it happened, where that is not now; never later than now.
        late_reason: why its time limit was missed, where the ladder demanded a reason (domain 2.6, L1).

    Raises:
        InvalidInput: answers need attention; ``fields`` says which. So does a preview that was not shown, or changed.
        TaskNotOpen: somebody was first; the answers are kept as the actor's draft.
        NotAllowed: separation of duties, consent, role.
    """
    try:
        with task_act(system, actor, Permission.TASK_COMPLETE, task_id, seen_version=seen_version) as act:
            return _complete(act, answers, happened_at, late_reason)
    except TaskNotOpen as late:
        _keep(system, actor, task_id, answers, seen_version)
        raise TaskNotOpen(
            f"{late.sentence} What you entered is kept as your draft.", code=late.code, role=late.role, at=late.at,
        ) from None


def _complete(
    act: TaskAct, answers: Mapping[str, object], happened_at: datetime | None, late_reason: str | None
) -> Completed:
    case, task = act.case, act.task
    unit, settlement = case.unit, case.settlement
    published = case.system.library.published(unit.conn, task.bundle)
    form = published.form(task.form)
    require_other_person(act)
    require_gate(case, published, task.element)
    validated = form.validate(answers, dictionary=published.dictionary)
    require_own_files(unit, task.case_id, form, validated.answers)
    require_past(happened_at, unit.now)
    _explain(act, late_reason)
    run = settlement.run(task.run_id)
    record_id = write_record(
        unit, case_id=task.case_id, form=form.id, form_digest=form.digest, parts=validated.by_category,
        agency_id=case.actor.agency_id, run_id=task.run_id, task_id=task.id, bundle=task.bundle, role=task.role,
        happened_at=happened_at or unit.now,
    )
    index_answers(unit, task.case_id, form, validated.answers)
    facts: dict[str, object] = dict(validated.facts)
    case.enter("task.completed", f"task:{task.id}", bundle=task.bundle, payload={
        "element": task.element, "form": form.id, "record": record_id, "facts": sorted(facts),
        "happened_at": (happened_at or unit.now).isoformat(),
    })
    facts.update(_form_act(act, form, validated, record_id, run, published))
    settlement.facts.set(run.id, published, facts, source=f"record:{record_id}")
    _close(act)
    settlement.complete(run, task.id)
    settlement.settle()
    return Completed(task.id, task.case_id, task.case_code, record_id, _mine_now(act))


def _form_act(
    act: TaskAct, form: Form, validated: Validated, record_id: str, run: LiveRun, published: Published
) -> Mapping[str, object]:
    """Carry out what the form stands for (record a consent, assemble the team), if it stands for anything."""
    if not form.act:
        return {}
    function = FORM_ACTS.get(form.act)
    if function is None:
        raise InvalidInput(f"The form {form.id} names the act {form.act}, which does not exist.")
    made = FormAct(
        case=act.case, run=run, published=published, form=form, answers=validated.answers, record_id=record_id,
        task=act.task,
    )
    require_seen(made)
    return function(made)


def _explain(act: TaskAct, reason: str | None) -> None:
    """Keep why it comes late. Raises InvalidInput where that was demanded, and for an unknown reason."""
    if reason is not None and reason not in set(LateReason):
        raise InvalidInput(fields={"late_reason": ["Choose one of the listed reasons."]})
    if act.task.breached_at is None:
        return
    wanted = act.case.unit.conn.execute(select(Deadline.id).where(
        Deadline.task_id == act.task.id, Deadline.reason_asked_at.is_not(None), Deadline.late_reason.is_(None)
    )).first()
    if reason is None and wanted is not None:
        raise InvalidInput(fields={"late_reason": ["The time limit was missed. Say why, then complete the task."]})
    if reason is not None:
        act.case.settlement.clocks.explain(Deadline.task_id == act.task.id, reason)
        act.case.enter("limit.explained", f"task:{act.task.id}", outcome=reason)


def _close(act: TaskAct) -> None:
    unit = act.case.unit
    ended = {"status": "done", "assignee_id": act.case.actor.user_id}
    _DONE.run(unit.conn, {
        "wanted": act.task.id, **ended, "done_at": unit.now, "done_by": act.case.actor.user_id,
        "done_role": act.task.role, "version": act.task.version + 1, "mac": TASK.renewed(unit.ring, act.task, ended),
    })
    act.case.settlement.clocks.end(act.task.id, "met")
    if act.task.breached_at is not None:
        act.case.settlement.escalations.over(Deadline.task_id == act.task.id)
    drop_draft(unit, act.task.id)


def _mine_now(act: TaskAct) -> tuple[str, ...]:
    actor = act.case.actor
    rows = _OPEN_WITH.all(act.case.unit.conn, case=act.task.case_id, agency=actor.agency_id)
    return tuple(
        row.id for row in rows if row.role in actor.roles and row.assignee_id in (None, actor.user_id)
    )


def require_other_person(act: TaskAct) -> None:
    """Separation of duties (table:D-22): the task is not for whoever did the steps it names."""
    if not act.task.not_by:
        return
    rows = act.case.unit.conn.execute(
        select(Task.element, Task.done_by).where(
            Task.case_id == act.task.case_id, Task.element.in_(act.task.not_by), Task.status == "done"
        ).order_by(Task.done_at)
    )
    actor = act.case.actor
    decision = may_act(
        actor, doers(rows), act.task.not_by, accounts=accounts_of(act.case.unit.conn, actor.user_id)
    )
    if not decision.allowed:
        raise NotAllowed(decision.sentence, rule=decision.rule, code="separation_of_duties")


def doers(rows: Iterable[Any]) -> dict[str, set[str]]:
    """Return everyone who completed each element; a step done twice may have been done by two people."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.element, set()).add(row.done_by)
    return found


def require_past(happened_at: datetime | None, now: datetime) -> None:
    """What is recorded has happened. Raises InvalidInput for a later time."""
    if happened_at is not None and happened_at > now:
        raise InvalidInput(fields={"happened_at": ["This time is still to come. Say when it happened."]})


def _keep(
    system: System, actor: Actor, task_id: str, answers: Mapping[str, object], seen_version: int | None
) -> None:
    """The second person's words are kept: what they typed becomes their own draft."""
    case_id = case_of(system, actor, task_id)
    with system.database.unit(actor) as unit:
        write_draft(unit, task_id=task_id, case_id=case_id, answers=answers, seen_version=seen_version)
