"""Absences, plans of moves and their batches: people come and go, and no task is left behind."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.absences import end_absence, plan_absence
from nrm.commands.bulk_moves import Wish, move_many, preview_move, retry_failed, undo_move
from nrm.commands.leaving import Turn, leave, plan_leaving
from nrm.commands.reassign_task import REASONS
from nrm.commands.rehoming import plan_of_agency, rehome
from nrm.queries import absences as away
from nrm.queries import batches as work
from nrm.queries.absence_plans import AbsencePlan, AbsencePreview, preview_absence
from nrm.queries.move_plans import MoveLine, Way, lines_of
from nrm.rules.substitutes import Scope
from nrm.vocabulary.permissions import Permission
from nrm_api import examples
from nrm_api.blueprint import DONE, Done, Paging, new_blueprint, page, yes_no
from nrm_api.dumping import page_of, plain_schema
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("staff", "Absences, moving many tasks, people and agencies that leave")

Lines = fields.List(fields.Nested(plain_schema(MoveLine)))


class AbsencesQuery(Paging):
    """Which absences."""

    over = fields.Boolean(load_default=False, metadata={"description": "Those that ended or were cancelled too."})


class AbsenceIn(Schema):
    """Who is away, from the first to the last day, and who stands in; without `user_id` oneself."""

    user_id = fields.String(load_default=None, allow_none=True)
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    substitute_id = fields.String(load_default=None, allow_none=True)
    processes = fields.List(fields.String(), load_default=list, validate=validate.Length(max=100))
    cases = fields.List(fields.String(), load_default=list, validate=validate.Length(max=500), metadata={
        "description": "Codes. With processes or cases the substitute has only those; the rest is for the whole role.",
    })


class StartedOut(Schema):
    """The id of what has begun; none where nothing had to."""

    id = fields.String(required=True, allow_none=True)


class MovesIn(Schema):
    """Which open tasks of your agency move, and where to."""

    way = fields.Enum(Way, by_value=True, required=True)
    to_user_id = fields.String(load_default=None, allow_none=True)
    from_user_id = fields.String(load_default=None, allow_none=True)
    role = fields.String(load_default=None, allow_none=True)
    process = fields.String(load_default=None, allow_none=True)
    district = fields.String(load_default=None, allow_none=True)
    late = yes_no(load_default=False)
    reason = fields.String(load_default="workload", validate=validate.OneOf(REASONS))


class ConfirmedMoves(MovesIn):
    """The same, confirmed: `digest` is that of the preview."""

    digest = fields.String(load_default=None, allow_none=True)


class MovePlanOut(Schema):
    """What would move and where to; `why_not` where it would stay."""

    lines = Lines
    digest = fields.String()


class LinesQuery(Paging):
    """Which lines."""

    status = fields.String(validate=validate.OneOf(work.STATUSES))


class LeavingQuery(Schema):
    """To whom; without it each thing goes to the least loaded who can have it."""

    to_user_id = fields.String(load_default=None)


class LeavingOut(MovePlanOut):
    """Everything somebody has, and where it would go."""

    name = fields.String()
    turns = fields.List(fields.Nested(plain_schema(Turn)))
    last_in = fields.List(fields.String())


class LeaveIn(Schema):
    """The plan confirmed; `locked_now`: nobody signs in with the account from this moment."""

    to_user_id = fields.String(load_default=None, allow_none=True)
    digest = fields.String(load_default=None, allow_none=True)
    locked_now = yes_no(load_default=False)


class RehomeIn(Schema):
    """The plan confirmed."""

    digest = fields.String(load_default=None, allow_none=True)


@blueprint.route("/absences")
@blueprint.arguments(AbsencesQuery, location="query")
@blueprint.response(200, page_of(plain_schema(away.AbsenceLine), "AbsencePageOut"), example=examples.ABSENCES)
def list_absences(query: dict[str, Any]) -> object:
    """List your own absences, those in which you stand in, and those of the people you manage."""
    return page(away.absences(the_system(), the_actor(), **query))


@blueprint.route("/absences/preview", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(AbsenceIn, example=examples.ABSENCE)
@blueprint.response(200, plain_schema(AbsencePreview))
def look_at_absence(body: dict[str, Any]) -> object:
    """Look at what an absence would do: what the substitute cannot have, and who else could stand in."""
    return preview_absence(the_system(), the_actor(), _absence(body))


@blueprint.route("/absences", methods=["POST"])
@blueprint.arguments(AbsenceIn, example=examples.ABSENCE)
@blueprint.response(201, StartedOut)
def make_absence(body: dict[str, Any]) -> object:
    """Note an absence; it begins and ends by itself."""
    return {"id": plan_absence(the_system(), the_actor(), _absence(body))}


@blueprint.route("/absences/<string:absence_id>")
@blueprint.response(200, plain_schema(away.AbsenceView))
def get_absence(absence_id: str) -> object:
    """Read an absence and what became of the tasks meanwhile."""
    return away.absence_view(the_system(), the_actor(), absence_id=absence_id)


@blueprint.route("/absences/<string:absence_id>/end", methods=["POST"])
@blueprint.response(200, Done)
def stop_absence(absence_id: str) -> object:
    """Cancel a planned absence, or cut a running one short."""
    end_absence(the_system(), the_actor(), absence_id=absence_id)
    return DONE


@blueprint.route("/moves/preview", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(MovesIn, example=examples.MOVES)
@blueprint.response(200, MovePlanOut)
@needs(Permission.TASK_REASSIGN)
def look_at_moves(body: dict[str, Any]) -> object:
    """Look at which tasks would move, and where to."""
    seen = preview_move(the_system(), the_actor(), Wish(**body))
    return {"lines": lines_of(seen.planned), "digest": seen.digest}


@blueprint.route("/moves", methods=["POST"])
@blueprint.arguments(ConfirmedMoves, example=examples.MOVES)
@blueprint.response(201, StartedOut)
@needs(Permission.TASK_REASSIGN)
def make_moves(body: dict[str, Any]) -> object:
    """Start the batch that moves them; returns its id."""
    digest = body.pop("digest")
    return {"id": move_many(the_system(), the_actor(), Wish(**body), digest=digest)}


@blueprint.route("/batches")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(plain_schema(work.BatchView), "BatchPageOut"))
@needs(*work.SEEING)
def list_batches(query: dict[str, Any]) -> object:
    """List the batches of your agency, the newest first."""
    return page(work.batches(the_system(), the_actor(), **query))


@blueprint.route("/batches/<string:batch_id>")
@blueprint.response(200, plain_schema(work.BatchView))
def get_batch(batch_id: str) -> object:
    """Read how far a batch is."""
    return work.batch_view(the_system(), the_actor(), batch_id=batch_id)


@blueprint.route("/batches/<string:batch_id>/lines")
@blueprint.arguments(LinesQuery, location="query")
@blueprint.response(200, page_of(plain_schema(work.BatchLineView), "BatchLinePageOut"))
@needs(*work.SEEING)
def list_lines(query: dict[str, Any], batch_id: str) -> object:
    """List the lines of a batch."""
    return page(work.batch_lines(the_system(), the_actor(), batch_id=batch_id, **query))


@blueprint.route("/batches/<string:batch_id>/undo", methods=["POST"])
@blueprint.response(201, StartedOut)
def take_back(batch_id: str) -> object:
    """Start the batch that moves back whatever is still open and was not touched since."""
    return {"id": undo_move(the_system(), the_actor(), batch_id=batch_id)}


@blueprint.route("/batches/<string:batch_id>/retry", methods=["POST"])
@blueprint.response(200, Done)
def try_again(batch_id: str) -> object:
    """Let the lines that failed be tried again."""
    retry_failed(the_system(), the_actor(), batch_id=batch_id)
    return DONE


@blueprint.route("/users/<string:user_id>/leaving")
@blueprint.arguments(LeavingQuery, location="query")
@blueprint.response(200, LeavingOut)
@needs(Permission.USERS_MANAGE)
def look_at_leaving(query: dict[str, Any], user_id: str) -> object:
    """Look at everything somebody has, and where it would go."""
    plan = plan_leaving(the_system(), the_actor(), user_id=user_id, **query)
    return {
        "lines": lines_of(plan.planned), "digest": plan.digest, "name": plan.name, "turns": plan.turns,
        "last_in": plan.last_in,
    }


@blueprint.route("/users/<string:user_id>/leave", methods=["POST"])
@blueprint.arguments(LeaveIn)
@blueprint.response(201, StartedOut)
@needs(Permission.USERS_MANAGE)
def close(body: dict[str, Any], user_id: str) -> object:
    """Move everything somebody has, then close the account. The id of the batch; none where nothing had to move."""
    return {"id": leave(the_system(), the_actor(), user_id=user_id, **body)}


@blueprint.route("/agencies/<string:agency_id>/work")
@blueprint.response(200, MovePlanOut)
@needs(Permission.AGENCIES_MANAGE)
def look_at_agency(agency_id: str) -> object:
    """Look at everything an agency has, and who would serve instead."""
    plan = plan_of_agency(the_system(), the_actor(), agency_id=agency_id)
    return {"lines": lines_of(plan.planned), "digest": plan.digest}


@blueprint.route("/agencies/<string:agency_id>/rehome", methods=["POST"])
@blueprint.arguments(RehomeIn)
@blueprint.response(201, StartedOut)
@needs(Permission.AGENCIES_MANAGE)
def move_agency(body: dict[str, Any], agency_id: str) -> object:
    """Start the batch that moves the work of an agency whose end is set."""
    return {"id": rehome(the_system(), the_actor(), agency_id=agency_id, **body)}


def _absence(body: dict[str, Any]) -> AbsencePlan:
    return AbsencePlan(
        body["user_id"] or the_actor().user_id, body["first"], body["last"], body["substitute_id"],
        Scope(frozenset(body["processes"]), frozenset(body["cases"])),
    )
