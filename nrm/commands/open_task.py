"""Open a task's page: its form, what is already known, the draft, why it is here and why then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.commands.complete_task import doers
from nrm.commands.form_acts.prefill import prefill
from nrm.commands.reading import Reading, reading
from nrm.commands.referral_preview import ReferralPreview, previews, with_marks
from nrm.commands.task_act import case_of
from nrm.diagrams.forms import Form
from nrm.queries.case_reader import CaseReader
from nrm.queries.decisions_told import DecisionTold, advice, decisions_made
from nrm.queries.known import Known, known_elements
from nrm.queries.task_clocks import TaskClock, clocks_of_task
from nrm.records.drafts import read_draft
from nrm.records.same_person import accounts_of
from nrm.records.tables.account import User
from nrm.records.tables.task import Task
from nrm.rules.access import may_act
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Everything the task page and ``GET /tasks/{id}`` show."""

    id: str
    title: str
    process: str
    process_title: str
    element: str
    documentation: str
    case_id: str
    case_code: str
    role: str
    agency_id: str
    agency_name: str
    assignee_id: str | None
    assignee_name: str | None
    status: str
    version: int
    opened_at: datetime
    due_at: datetime | None
    is_overdue: bool
    why_mine: tuple[str, ...]
    clocks: tuple[TaskClock, ...]
    priority: int
    safety: bool
    form: Form
    answers: Mapping[str, object]
    has_draft: bool
    known: Mapping[str, Known]
    separated: str | None
    """Why somebody else has to do it, where separation of duties says so."""
    may_complete: bool
    may_claim: bool
    may_reassign: bool
    done_at: datetime | None
    done_role: str | None
    decided: tuple[DecisionTold, ...]
    """What decision tables came to in this case and why, as far as the reader may see it."""
    advice: tuple[DecisionTold, ...]
    """What the tables say now that the diagram names as advice for this task; they decide nothing."""
    previews: tuple[ReferralPreview, ...]
    """What each agency will be told if the task is completed with these answers; ``answers`` hold the marks of it."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What answers that are not sent yet would tell whom, and the answers with the marks of it."""

    answers: Mapping[str, object]
    previews: tuple[ReferralPreview, ...]


def open_task(system: System, actor: Actor, *, task_id: str) -> TaskPage:
    """Open a task; leaves the read entry. Raises NotFound, NotAllowed."""
    case_id = case_of(system, actor, task_id)
    with reading(system, actor, Permission.TASK_READ, case_id, f"task:{task_id}", task_id=task_id) as read:
        return _page(read, actor)


def look_at_answers(system: System, actor: Actor, *, task_id: str, answers: Mapping[str, object]) -> Looked:
    """Return what each agency would be told if the task were completed with these answers.

    Nothing is kept but the read entry. Raises NotFound, NotAllowed.
    """
    case_id = case_of(system, actor, task_id)
    with reading(system, actor, Permission.TASK_READ, case_id, f"task:{task_id}", task_id=task_id) as read:
        task = read.standing.task
        form = system.library.published(read.unit.conn, task.bundle).form(task.form)
        return _looked(CaseReader(system, read.unit, read.standing), form, task.run_id, answers)


def _looked(reader: CaseReader, form: Form, run_id: str, answers: Mapping[str, object]) -> Looked:
    told = previews(reader, form, run_id, answers)
    return Looked(with_marks(form, answers, told), told)


def _page(read: Reading, actor: Actor) -> TaskPage:
    unit, task, system = read.unit, read.standing.task, read.system
    published = system.library.published(unit.conn, task.bundle)
    form = published.form(task.form)
    element = published.elements[task.element]
    policy = system.configuration.policy
    elements = form.elements()
    known = {
        name: value for name, value in known_elements(
            unit, system.library, read.standing, policy, only=form.categories,
        ).items() if name in elements
    } if elements else {}
    draft = read_draft(unit, task.id)
    suggested = {elements[name]: value.value for name, value in known.items()}
    suggested.update(prefill(read, form, task, published))
    for field in form.file_fields:  # the files of an earlier record are that one's
        suggested.pop(field.key, None)
    holder = unit.conn.execute(select(User.name).where(User.id == task.assignee_id)).scalar()
    separated = _separated(read, actor)
    reader = CaseReader(system, unit, read.standing)
    looked = _looked(reader, form, task.run_id, draft.answers if draft is not None else suggested)
    return TaskPage(
        task.id, task.title, task.process, published.process.title, task.element, element.documentation,
        task.case_id, task.case_code, task.role, task.agency_id, system.agencies(unit).name(task.agency_id),
        task.assignee_id, holder, task.status, task.version, task.opened_at, task.due_at,
        task.due_at is not None and task.due_at < unit.now and task.status in ("open", "claimed"),
        tuple(task.reason_chain), clocks_of_task(unit, published, task.id), task.priority, task.safety, form,
        looked.answers, draft is not None, known, separated,
        separated is None and (
            read.standing.decide(Permission.TASK_COMPLETE).allowed
            or (task.assignee_id is None and read.standing.decide(Permission.TASK_CLAIM).allowed)
        ),
        task.assignee_id is None and read.standing.decide(Permission.TASK_CLAIM).allowed,
        read.standing.decide(Permission.TASK_REASSIGN).allowed, task.done_at, task.done_role,
        decisions_made(reader), advice(reader, published, task.element, task.run_id),
        looked.previews,
    )


def _separated(read: Reading, actor: Actor) -> str | None:
    task = read.standing.task
    if not task.not_by:
        return None
    rows = read.unit.conn.execute(
        select(Task.element, Task.done_by).where(
            Task.case_id == task.case_id, Task.element.in_(task.not_by), Task.status == "done"
        ).order_by(Task.done_at)
    )
    decision = may_act(actor, doers(rows), task.not_by, accounts=accounts_of(read.unit.conn, actor.user_id))
    return None if decision.allowed else decision.sentence
