"""Rosters: who is on duty, for which role and when."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from nrm.commands.duty import Turn, add_duty, remove_duty
from nrm.queries.duty import OnDuty, RosterWeek, duty_now, roster_week
from nrm.vocabulary.permissions import Permission
from nrm_api import examples
from nrm_api.blueprint import DONE, Done, aware, new_blueprint
from nrm_api.dumping import plain_schema
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("duty", "Rosters: who is on duty")


class DutyQuery(Schema):
    """Which week: from this instant, a local midnight."""

    begin = aware(required=True)


class DutyIn(Schema):
    """One turn of duty; without a district: for the whole country. The end does not belong to it."""

    role = fields.String(required=True)
    district = fields.String(allow_none=True, load_default=None)
    user_id = fields.String(required=True)
    from_at = aware(required=True)
    to_at = aware(required=True)


class DutyOut(Schema):
    """The new turn."""

    id = fields.String(required=True)


class DutyNowOut(Schema):
    """Every role of a roster, in every district you look after."""

    items = fields.List(fields.Nested(plain_schema(OnDuty)), required=True)


@blueprint.route("/duty")
@blueprint.arguments(DutyQuery, location="query")
@blueprint.response(200, plain_schema(RosterWeek), example=examples.DUTY)
@needs(Permission.DUTY_MANAGE)
def week(query: dict[str, Any]) -> object:
    """Show one week of the rosters, and when nobody will be on duty in the coming two weeks."""
    return roster_week(the_system(), the_actor(), **query)


@blueprint.route("/duty/now")
@blueprint.response(200, DutyNowOut, example=examples.DUTY_NOW)
def now() -> object:
    """Say who is on duty now; no names: everybody of the role is told."""
    return {"items": duty_now(the_system(), the_actor())}


@blueprint.route("/duty", methods=["POST"])
@blueprint.arguments(DutyIn)
@blueprint.response(201, DutyOut)
@needs(Permission.DUTY_MANAGE)
def add(body: dict[str, Any]) -> object:
    """Put somebody on a roster."""
    return {"id": add_duty(the_system(), the_actor(), Turn(**body))}


@blueprint.route("/duty/<string:duty_id>", methods=["DELETE"])
@blueprint.response(200, Done)
def remove(duty_id: str) -> object:
    """Take a turn back that is not over yet."""
    remove_duty(the_system(), the_actor(), duty_id=duty_id)
    return DONE
