"""What people do with clocks: pause and go on, ask for a change, grant it, say why late."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.clock_acts import (
    GROUNDS,
    MOST_UNITS,
    Asked,
    ask_change,
    decide_change,
    give_reason,
    give_task_reason,
    pause_clock,
    resume_clock,
)
from nrm.vocabulary.clock_words import Change, LateReason, PauseGround
from nrm.vocabulary.permissions import Permission
from nrm_api import examples
from nrm_api.blueprint import DONE, Done, Nothing, aware, new_blueprint, whole
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("clocks", "Clocks: stand still and go on, more time, why late")


class PauseIn(Schema):
    """On what ground; the limit says which it allows."""

    ground = fields.String(required=True, validate=validate.OneOf(sorted(PauseGround)))


class ChangeIn(Schema):
    """Which change of the clock, and on what ground."""

    kind = fields.Enum(Change, by_value=True, required=True)
    ground = fields.String(required=True, validate=validate.OneOf(sorted({
        str(ground) for grounds in GROUNDS.values() for ground in grounds})))
    units = whole(validate=validate.Range(1, MOST_UNITS), metadata={
        "description": "extend: how much is added, in the limit's own unit."})
    start_at = aware()


class ReasonIn(Schema):
    """Why the time limit was missed."""

    reason = fields.String(required=True, validate=validate.OneOf(sorted(LateReason)))


class AskedOut(Schema):
    """The request that now waits for a second person."""

    request_id = fields.String(required=True)


@blueprint.route("/deadlines/<string:deadline_id>/pause", methods=["POST"])
@blueprint.arguments(PauseIn, example=examples.PAUSE)
@blueprint.response(200, Done)
@needs(Permission.CLOCK_PAUSE)
def pause(body: dict[str, Any], deadline_id: str) -> object:
    """Let a clock stand still from now on."""
    pause_clock(the_system(), the_actor(), deadline_id=deadline_id, **body)
    return DONE


@blueprint.route("/deadlines/<string:deadline_id>/resume", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.CLOCK_PAUSE)
def resume(body: object, deadline_id: str) -> object:
    """Let a clock that stands still go on."""
    resume_clock(the_system(), the_actor(), deadline_id=deadline_id)
    return DONE


@blueprint.route("/deadlines/<string:deadline_id>/changes", methods=["POST"])
@blueprint.arguments(ChangeIn, example=examples.CLOCK_CHANGE)
@blueprint.response(200, AskedOut)
@needs(Permission.CLOCK_ASK)
def ask(body: dict[str, Any], deadline_id: str) -> object:
    """Ask for more time, for the clock to end, or for another start; a second person decides."""
    return {"request_id": ask_change(the_system(), the_actor(), deadline_id=deadline_id, asked=Asked(**body))}


@blueprint.route("/clock-changes/<string:request_id>/grant", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.CLOCK_GRANT)
def grant(body: object, request_id: str) -> object:
    """Grant a change as the second person."""
    decide_change(the_system(), the_actor(), request_id=request_id, grant=True)
    return DONE


@blueprint.route("/clock-changes/<string:request_id>/refuse", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.CLOCK_GRANT)
def refuse(body: object, request_id: str) -> object:
    """Refuse a change as the second person."""
    decide_change(the_system(), the_actor(), request_id=request_id, grant=False)
    return DONE


@blueprint.route("/deadlines/<string:deadline_id>/reason", methods=["POST"])
@blueprint.arguments(ReasonIn)
@blueprint.response(200, Done)
@needs(Permission.CLOCK_PAUSE)
def explain(body: dict[str, Any], deadline_id: str) -> object:
    """Say why a time limit was missed."""
    give_reason(the_system(), the_actor(), deadline_id=deadline_id, **body)
    return DONE


@blueprint.route("/tasks/<string:task_id>/late-reason", methods=["POST"])
@blueprint.arguments(ReasonIn)
@blueprint.response(200, Done)
@needs(Permission.TASK_COMPLETE)
def explain_task(body: dict[str, Any], task_id: str) -> object:
    """Say why the time limit of one's own task was missed, before it is done."""
    give_task_reason(the_system(), the_actor(), task_id=task_id, **body)
    return DONE
