"""Calendars: who works by them, one year, what an edit would move, and the edits themselves."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.calendar_days import Edited, edit_calendar
from nrm.queries.calendar_edit import CHANGES, CalendarEdit
from nrm.queries.calendar_moves import Move, Moves, calendar_moves
from nrm.queries.calendar_year import CalendarYear, calendar_year
from nrm.queries.calendars import CalendarLine, calendars_list
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import Paging, new_blueprint
from nrm_api.dumping import list_of, page_of, plain_schema, schema_of
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("calendars", "The days agencies work")


class YearQuery(Schema):
    """Which year; this one where none is named."""

    year = fields.Integer(load_default=None, allow_none=True)


class EditIn(Schema):
    """A day to lay over a calendar, or to take back."""

    day = fields.Date(required=True)
    change = fields.String(required=True, validate=validate.OneOf(CHANGES), metadata={
        "description": "`free`: it does not count. `working`: it counts. `back`: as the configuration has it again.",
    })
    name = fields.String(load_default="", metadata={"description": "What the day is called; not for `back`."})


class MovesQuery(EditIn, Paging):
    """The edit to look at, and which page of what it moves."""


MovesOut = schema_of(Moves, name="MovesOut", replaced={
    "page": fields.Nested(page_of(plain_schema(Move), "MovePageOut")),
})


@blueprint.route("/calendars")
@blueprint.response(200, list_of(plain_schema(CalendarLine), "CalendarsOut"))
def list_calendars() -> object:
    """List the calendars with who works by them and until when they are listed."""
    return {"items": calendars_list(the_system(), the_actor())}


@blueprint.route("/calendars/<string:calendar>")
@blueprint.arguments(YearQuery, location="query")
@blueprint.response(200, plain_schema(CalendarYear))
@needs(Permission.AGENCIES_MANAGE)
def one_year(query: dict[str, Any], calendar: str) -> object:
    """Read one year: every day that is not an ordinary one, with its name and where it comes from."""
    return calendar_year(the_system(), the_actor(), calendar_id=calendar, **query)


@blueprint.route("/calendars/<string:calendar>/moves")
@blueprint.arguments(MovesQuery, location="query")
@blueprint.response(200, MovesOut)
@needs(Permission.AGENCIES_MANAGE)
def look_at_moves(query: dict[str, Any], calendar: str) -> object:
    """Say which open clocks an edit would move; nothing is saved."""
    places = {name: query.pop(name) for name in ("after", "limit") if name in query}
    return calendar_moves(the_system(), the_actor(), edit=CalendarEdit(calendar, **query), **places)


@blueprint.route("/calendars/<string:calendar>/days", methods=["POST"])
@blueprint.arguments(EditIn)
@blueprint.response(201, plain_schema(Edited))
@needs(Permission.AGENCIES_MANAGE)
def edit(body: dict[str, Any], calendar: str) -> object:
    """Lay a day over a calendar or take one back; open clocks are counted anew by a batch."""
    return edit_calendar(the_system(), the_actor(), edit=CalendarEdit(calendar, **body))
