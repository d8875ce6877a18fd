"""Tasks: the inbox, one task with its form, and everything one does with it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.ask_for_help import KINDS, ask_for_help
from nrm.commands.claim_task import claim_task
from nrm.commands.complete_task import Completed, complete_task
from nrm.commands.open_task import Looked, TaskPage, look_at_answers, open_task
from nrm.commands.reassign_task import REASONS, reassign_task
from nrm.commands.release_task import release_task
from nrm.commands.return_task import return_task
from nrm.commands.save_draft import save_draft
from nrm.queries import my_tasks as inbox
from nrm.queries.workload import TaskCandidate, candidates
from nrm.vocabulary.clock_words import LateReason
from nrm.vocabulary.permissions import Permission
from nrm_api import examples
from nrm_api.blueprint import (
    DONE,
    Done,
    Nothing,
    Paging,
    answers,
    aware,
    new_blueprint,
    page,
    whole,
    with_version,
    words,
    yes_no,
)
from nrm_api.dumping import list_of, page_of, plain_schema, schema_of
from nrm_api.form_json import FormOut, form_json
from nrm_api.intake import version_asked
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("tasks", "What is to be done, by whom and until when")

TaskLineOut = plain_schema(inbox.TaskLine)
CountsOut = plain_schema(inbox.Counts)
CompletedOut = plain_schema(Completed)
LookedOut = schema_of(Looked, name="WhatLeaves")
TaskOut = schema_of(
    TaskPage, name="Task", without=("known",),
    replaced={"form": fields.Nested(FormOut)},
)


class KnownOut(Schema):
    """One answer that is already known, so that nobody asks again."""

    element = fields.String()
    label = fields.String()
    value = fields.Raw(allow_none=True)
    shown = fields.String()
    category = fields.String()
    form = fields.String()
    record_id = fields.String()
    recorded_at = aware()
    role = fields.String(allow_none=True)
    rule = fields.String()


class TaskWithForm(TaskOut):  # type: ignore[misc, valid-type]
    """A task: its form as JSON Schema, the answers it begins with, what is already known."""

    known = fields.List(fields.Nested(KnownOut))


class TasksQuery(Paging):
    """Which tasks."""

    queue = fields.String(load_default="mine", validate=validate.OneOf(inbox.QUEUES))
    late = fields.String(validate=validate.OneOf(inbox.LATE))
    process = fields.String()
    district = fields.String()
    role = fields.String()


class DraftIn(Schema):
    """What was typed so far; it may be unfinished."""

    answers = answers()
    seen_version = whole()


class LookIn(Schema):
    """Answers that are not sent yet."""

    answers = answers()


class CompleteIn(Schema):
    """The answers to the task's form."""

    answers = answers()
    seen_version = whole(metadata={"description": "The version you saw; If-Match does the same."})
    happened_at = aware()
    late_reason = fields.String(validate=validate.OneOf(sorted(LateReason)), metadata={
        "description": "Why the time limit was missed; asked for where the ladder demands a reason."})


class ReassignIn(Schema):
    """To whom, and why."""

    to_user_id = fields.String(required=True)
    reason = fields.String(required=True, validate=validate.OneOf(REASONS))
    although_chosen = yes_no(load_default=False, metadata={
        "description": "The person chose who has it now, and it moves all the same.",
    })


class HelpIn(Schema):
    """What is wrong."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    words = words(load_default="")


class ReturnIn(Schema):
    """What you need to know first."""

    question = words(4000, required=True)


class ClaimedOut(Schema):
    """The task's new version."""

    version = fields.Integer(required=True)


class SavedOut(Schema):
    """When the draft was kept."""

    saved_at = aware(required=True)


@blueprint.route("/tasks")
@blueprint.arguments(TasksQuery, location="query")
@blueprint.response(200, page_of(TaskLineOut, "TaskPageOut"), example=examples.TASKS)
@needs(Permission.TASK_LIST)
def list_tasks(query: dict[str, Any]) -> object:
    """List open tasks, the one due first on top."""
    return page(inbox.my_tasks(the_system(), the_actor(), **query))


@blueprint.route("/tasks/counts")
@blueprint.response(200, CountsOut)
def count_tasks() -> object:
    """Count the queues."""
    return inbox.counts(the_system(), the_actor())


@blueprint.route("/tasks/<string:task_id>")
@blueprint.response(200, TaskWithForm, example=examples.TASK)
def get_task(task_id: str) -> object:
    """Open a task; this leaves an entry in the case's history."""
    found = open_task(the_system(), the_actor(), task_id=task_id)
    return with_version(_task(found), found.version)


@blueprint.route("/tasks/<string:task_id>/colleagues")
@blueprint.response(200, list_of(plain_schema(TaskCandidate), "Colleagues"))
def list_colleagues(task_id: str) -> object:
    """List who might be given a task and what they have already; whom the person chose comes first."""
    return {"items": candidates(the_system(), the_actor(), task_id=task_id)}


@blueprint.route("/tasks/<string:task_id>/claim", methods=["POST"])
@blueprint.version_of("task")
@blueprint.arguments(Nothing)
@blueprint.response(200, ClaimedOut, example=examples.CLAIMED)
@needs(Permission.TASK_CLAIM)
def claim(body: object, task_id: str) -> object:
    """Take a task; claiming one's own again changes nothing."""
    version = claim_task(the_system(), the_actor(), task_id=task_id, seen_version=version_asked())
    return with_version({"version": version}, version)


@blueprint.route("/tasks/<string:task_id>/release", methods=["POST"])
@blueprint.version_of("task")
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.TASK_RELEASE)
def release(body: object, task_id: str) -> object:
    """Give a claimed task back; the draft is kept."""
    release_task(the_system(), the_actor(), task_id=task_id, seen_version=version_asked())
    return DONE


@blueprint.route("/tasks/<string:task_id>/reassign", methods=["POST"])
@blueprint.version_of("task")
@blueprint.arguments(ReassignIn)
@blueprint.response(200, Done)
@needs(Permission.TASK_REASSIGN)
def reassign(body: dict[str, Any], task_id: str) -> object:
    """Give a task to somebody else, with a reason."""
    reassign_task(the_system(), the_actor(), task_id=task_id, seen_version=version_asked(), **body)
    return DONE


@blueprint.route("/tasks/<string:task_id>/help", methods=["POST"])
@blueprint.version_of("task")
@blueprint.arguments(HelpIn)
@blueprint.response(200, Done)
@needs(Permission.TASK_HELP)
def ask_help(body: dict[str, Any], task_id: str) -> object:
    """Say that a task is not one's own, or that help is needed."""
    ask_for_help(the_system(), the_actor(), task_id=task_id, seen_version=version_asked(), **body)
    return DONE


@blueprint.route("/tasks/<string:task_id>/return", methods=["POST"])
@blueprint.version_of("task")
@blueprint.arguments(ReturnIn)
@blueprint.response(200, Done)
@needs(Permission.TASK_RETURN)
def give_back(body: dict[str, Any], task_id: str) -> object:
    """Return a task with a question."""
    return_task(the_system(), the_actor(), task_id=task_id, seen_version=version_asked(), **body)
    return DONE


@blueprint.route("/tasks/<string:task_id>/draft", methods=["PUT"])
@blueprint.arguments(DraftIn)
@blueprint.response(200, SavedOut)
@needs(Permission.TASK_READ)
def keep_draft(body: dict[str, Any], task_id: str) -> object:
    """Keep what was typed so far; nothing is checked but its size."""
    return {"saved_at": save_draft(the_system(), the_actor(), task_id=task_id, **body)}


@blueprint.route("/tasks/<string:task_id>/preview", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(LookIn)
@blueprint.response(200, LookedOut)
@needs(Permission.TASK_READ)
def look_at_what_leaves(body: dict[str, Any], task_id: str) -> object:
    """Look at what each agency would be told if the task were completed with these answers.

    `answers` come back with the marks of what is shown (`shown`): completing without them, or with marks that do not
    fit any more, gets 422.
    """
    return look_at_answers(the_system(), the_actor(), task_id=task_id, **body)


@blueprint.route("/tasks/<string:task_id>/complete", methods=["POST"])
@blueprint.version_of("task")
@blueprint.arguments(CompleteIn, example=examples.COMPLETE)
@blueprint.response(200, CompletedOut, example=examples.COMPLETED)
@needs(Permission.TASK_COMPLETE)
def complete(body: dict[str, Any], task_id: str) -> object:
    """Complete a task with the answers of its form.

    Who comes second gets 409 with the role and the time of the first; their answers are kept as their draft.
    """
    asked = version_asked()
    if asked is not None:
        body["seen_version"] = asked
    return complete_task(the_system(), the_actor(), task_id=task_id, **body)


def _task(found: TaskPage) -> dict[str, object]:
    plain = {name: getattr(found, name) for name in TaskOut._declared_fields if name != "form"}  # noqa: SLF001
    return {
        **plain, "known": list(found.known.values()),
        "form": form_json(the_system(), the_actor(), found.form), "answers": dict(found.answers),
    }
