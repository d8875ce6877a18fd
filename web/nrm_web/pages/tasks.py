"""One task: its form, what is known, the draft, why it is here, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.ask_for_help import ask_for_help
from nrm.commands.claim_task import claim_task
from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import Looked, TaskPage, look_at_answers, open_task
from nrm.commands.reassign_task import REASONS, reassign_task
from nrm.commands.referral_preview import ReferralPreview, asks_for_marks
from nrm.commands.release_task import release_task
from nrm.commands.return_task import return_task
from nrm.commands.save_draft import save_draft
from nrm.diagrams.forms import Form
from nrm.queries.my_tasks import my_tasks
from nrm.queries.referrals import HOW_SOON
from nrm.queries.workload import TaskCandidate, candidates, chosen_holder
from nrm.vocabulary.clock_words import LateReason
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound, NrmError, TaskNotOpen
from nrm_web.addresses import as_number
from nrm_web.answering import happened_at, offered, own_values, posted_answers
from nrm_web.attaching import TAKEN, file_names, with_files
from nrm_web.blueprint import words_of
from nrm_web.questions import (
    Errors,
    Question,
    has_conditions,
    labels,
    names,
    new_since,
    questions,
    told,
    with_rows,
)
from nrm_web.routing import LARGEST_FILES, Pages
from nrm_web.visit import the_visit

pages = Pages()
_OWN = {"happened_at": "_happened_on", "late_reason": "_late_reason"}
"""Argument of completing -> the page's own field."""
MORE = "More questions follow from your answers. Look at them, then send again."


@dataclass(frozen=True)
class Shown:
    """How the task page is shown this time."""

    answers: Mapping[str, object]
    errors: Errors = field(default_factory=dict)
    status: int = 200
    new: tuple[Question, ...] = ()
    conflict: TaskNotOpen | None = None
    panel: str = ""
    """Which of the further acts is open, because something in it needs attention."""


@pages.get("/tasks/<task_id>")
def task(task_id: str) -> ResponseReturnValue:
    """The task page."""
    page = _opened(task_id)
    return _show(page, Shown(page.answers, panel=request.args.get("panel", "")))


@pages.post("/tasks/<task_id>", files=LARGEST_FILES)
def do_task(task_id: str) -> ResponseReturnValue:
    """Complete, save the draft, add or remove a row, or look which questions follow."""
    page = _opened(task_id)
    answers, wrong = with_files(the_visit(), page.case_id, page.form, posted_answers(page.form))
    action = request.form.get("_action", "complete")
    if wrong:
        return _show(page, Shown(answers, wrong, 422))
    if action.startswith(("add:", "remove:")):
        return _show(page, Shown(with_rows(page.form, answers, action)))
    if action in ("draft", "continue"):
        return _keep(page, answers, action)
    return _complete(page, answers)


@pages.post("/tasks/<task_id>/draft", repeatable=True)
def keep_draft(task_id: str) -> ResponseReturnValue:
    """Keep what stands in the form so far, for the script that does it by itself."""
    visit = the_visit()
    page = _opened(task_id)
    at = save_draft(visit.system, visit.actor, task_id=task_id, answers=posted_answers(page.form),
                    seen_version=_seen())
    if page.status not in ("open", "claimed"):
        return jsonify({"code": "task_not_open"}), 409
    return jsonify({"saved_at": at.isoformat()})


@pages.post("/tasks/<task_id>/questions", repeatable=True)
def task_questions(task_id: str) -> ResponseReturnValue:
    """The questions that follow from the answers, as a part of the page."""
    visit = the_visit()
    page = _opened(task_id)
    form = offered(visit.system, visit.actor, page.form)
    looked = _looked(page, posted_answers(form))
    asked = questions(form, looked.answers, known=page.known)
    return render_template(
        "nrm/questions.html", asked=asked, shown_names=names(asked), attaching=TAKEN,
        file_names=file_names(visit, page.case_id, form, looked.answers), previews=_by_mark(looked), soon=HOW_SOON,
    )


@pages.post("/tasks/<task_id>/claim")
def claim(task_id: str) -> ResponseReturnValue:
    """Claim the task; from the list one stays on the list."""
    visit = the_visit()
    claim_task(visit.system, visit.actor, task_id=task_id)
    return redirect(url_for("web.task", task_id=task_id, done="claimed"), 303)


@pages.post("/tasks/<task_id>/release")
def release(task_id: str) -> ResponseReturnValue:
    """Give the task back; the draft stays."""
    visit = the_visit()
    release_task(visit.system, visit.actor, task_id=task_id)
    return redirect(url_for("web.my_tasks", done="released"), 303)


@pages.post("/tasks/<task_id>/help")
def help_wanted(task_id: str) -> ResponseReturnValue:
    """Say that the task is not one's own, or that help is needed."""
    visit = the_visit()
    kind = request.form.get("kind", "")
    try:
        ask_for_help(visit.system, visit.actor, task_id=task_id, kind=kind, words=request.form.get("words", ""))
    except InvalidInput as wrong:
        return _panel(task_id, "help", wrong)
    return redirect(url_for("web.my_tasks", done="help"), 303)


@pages.post("/tasks/<task_id>/return")
def send_back(task_id: str) -> ResponseReturnValue:
    """Return the task with a question."""
    visit = the_visit()
    try:
        return_task(visit.system, visit.actor, task_id=task_id, question=request.form.get("question", ""))
    except InvalidInput as wrong:
        return _panel(task_id, "return", wrong)
    return redirect(url_for("web.my_tasks", done="returned"), 303)


@pages.post("/tasks/<task_id>/reassign")
def reassign(task_id: str) -> ResponseReturnValue:
    """Give the task to someone else, with a reason."""
    visit = the_visit()
    try:
        reassign_task(visit.system, visit.actor, task_id=task_id, to_user_id=request.form.get("to_user_id", ""),
                      reason=request.form.get("reason", ""), although_chosen="although_chosen" in request.form)
    except InvalidInput as wrong:
        return _panel(task_id, "reassign", wrong)
    return redirect(url_for("web.my_tasks", done="reassigned"), 303)


def _opened(task_id: str) -> TaskPage:
    visit = the_visit()
    return open_task(visit.system, visit.actor, task_id=task_id)


def _seen() -> int | None:
    text = request.form.get("_version", "")
    return as_number(text, 9)


def _keep(page: TaskPage, answers: Mapping[str, object], action: str) -> ResponseReturnValue:
    """Save the draft and go back to the page, which then asks what follows from it."""
    visit = the_visit()
    save_draft(visit.system, visit.actor, task_id=page.id, answers=answers, seen_version=_seen())
    if page.status not in ("open", "claimed"):
        return _show(page, Shown(answers, status=409, conflict=_ended(page)))
    if action == "draft":
        return redirect(url_for("web.task", task_id=page.id, done="draft"), 303)
    asked = questions(page.form, answers)
    return _show(page, Shown(answers, new=tuple(new_since(asked, request.form.get("_shown", "")))))


def _complete(page: TaskPage, answers: Mapping[str, object]) -> ResponseReturnValue:
    visit = the_visit()
    asked = questions(page.form, answers)
    fresh = new_since(asked, request.form["_shown"]) if "_shown" in request.form else []
    if fresh and page.status in ("open", "claimed"):
        return _show(page, Shown(answers, status=422, new=tuple(fresh)))
    try:
        when = happened_at(words_of(visit.system, visit))
        made = complete_task(visit.system, visit.actor, task_id=page.id, answers=answers, seen_version=_seen(),
                             happened_at=when, late_reason=request.form.get("_late_reason") or None)
    except InvalidInput as wrong:
        return _show(page, Shown(answers, _own_names(wrong.fields) or {"": [wrong.sentence]}, 422))
    except TaskNotOpen as gone:
        return _show(_opened(page.id), Shown(answers, status=409, conflict=gone))
    return redirect(url_for("web.after_task", task_id=made.task_id), 303)


@pages.get("/tasks/<task_id>/next")
def after_task(task_id: str) -> ResponseReturnValue:
    """After a task is done: what comes next in the case that is with the same person."""
    visit = the_visit()
    try:
        page = _opened(task_id)
    except (NotFound, NotAllowed):  # doing it was the last thing the person had to do with the case
        return redirect(url_for("web.my_tasks", done="completed"), 303)
    mine = [
        line for line in my_tasks(visit.system, visit.actor, queue="all", limit=100).items
        if line.case_id == page.case_id
        and line.role in visit.actor.roles and line.assignee_id in (None, visit.actor.user_id)
    ]
    return render_template("nrm/after_task.html", task=page, lines=mine[:8])


def _own_names(fields: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {_OWN.get(name, name): list(texts) for name, texts in fields.items()}


def _ended(page: TaskPage) -> TaskNotOpen:
    return TaskNotOpen("This task is no longer open. What you entered is kept as your draft.", role=page.done_role,
                       at=page.done_at)


def _panel(task_id: str, panel: str, wrong: InvalidInput) -> ResponseReturnValue:
    page = _opened(task_id)
    return _show(page, Shown(page.answers, wrong.fields, 422, panel=panel))


def _show(page: TaskPage, shown: Shown) -> Response:
    visit = the_visit()
    form: Form = offered(visit.system, visit.actor, page.form)
    looked = _looked(page, shown.answers)
    asked = questions(form, looked.answers, errors=shown.errors, known=page.known)
    is_open = page.status in ("open", "claimed")
    html = render_template(
        "nrm/task.html", task=page, form=form, asked=asked, shown_names=names(asked), shown=shown,
        errors=shown.errors or ({one.name: [MORE] for one in shown.new[:1]} if shown.status == 422 else {}),
        labels={**labels(asked), "to_user_id": "Person", "reason": "Reason",
                "although_chosen": "Although the person chose them", "question": "Question",
                "_late_reason": "Why the time limit was missed"},
        own={**own_values(), **request.form.to_dict()} if request.method == "POST" else {},
        reason_wanted=any(clock.reason_wanted for clock in page.clocks),
        late_reasons=[(str(reason), reason.sentence) for reason in LateReason],
        told=told(form.components, shown.answers), is_open=is_open, has_conditions=has_conditions(form),
        attaching=TAKEN, has_files=bool(form.file_fields),
        file_names=file_names(visit, page.case_id, form, shown.answers), previews=_by_mark(looked), soon=HOW_SOON,
        guidance=visit.system.configuration.wording.guide(form.guidance, visit.language) if form.guidance else None,
        others=_others(page), reasons=[(code, code.replace("_", " ").capitalize()) for code in REASONS],
        holder_chosen=page.may_reassign and chosen_holder(visit.system, visit.actor, task_id=page.id),
        a_moment=timedelta(seconds=1),
        done=request.args.get("done", "") if request.method == "GET" else "",
    )
    return Response(html, shown.status, content_type="text/html; charset=utf-8")


def _looked(page: TaskPage, answers: Mapping[str, object]) -> Looked:
    """What these answers would tell whom: what the page began with is known already."""
    if not asks_for_marks(page.form) or answers == page.answers:
        return Looked(answers, page.previews)
    visit = the_visit()
    return look_at_answers(visit.system, visit.actor, task_id=page.id, answers=answers)


def _by_mark(looked: Looked) -> Mapping[str, ReferralPreview]:
    return {one.mark: one for one in looked.previews}


def _others(page: TaskPage) -> tuple[TaskCandidate, ...]:
    """Who else could have the task and what they have already, where the reader may give it away."""
    if not page.may_reassign:
        return ()
    visit = the_visit()
    try:
        return candidates(visit.system, visit.actor, task_id=page.id)
    except NrmError:
        return ()
