"""Clocks: the board, the month, the trend; those of a case, their proof, and what will come of them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from nrm.commands.foretelling import DONE, PAUSED, RESUMED, Assumption
from nrm.commands.read_clocks import CaseClocks, read_clocks
from nrm.commands.read_proof import ProofOfTime, read_proof
from nrm.commands.time_machine import Future, future_of_case, future_of_process
from nrm.queries.breach_report import QuarterCount, breaches_of_quarter
from nrm.queries.breach_trend import BreachTrend, breach_trend
from nrm.queries.clock_requests import WaitingRequest, waiting_requests
from nrm.queries.deadline_counts import ClockCounts, clock_counts
from nrm.queries.deadlines_board import AGES, STATES, BoardFilter, DeadlineLine, deadlines_board
from nrm.queries.deadlines_month import DueDay, deadlines_month
from nrm.rules.calendars import zone
from nrm.vocabulary.clock_words import PauseGround
from nrm.vocabulary.permissions import Permission
from nrm_api import examples
from nrm_api.blueprint import Paging, new_blueprint, page
from nrm_api.dumping import list_of, page_of, plain_schema
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("deadlines", "Clocks that run, stand still or were missed")


class _Where(Schema):
    """Whose clocks."""

    agency = fields.String()
    time_limit = fields.String(metadata={"description": "The key of a time limit, such as `T10`."})


class DeadlinesQuery(Paging):
    """Which clocks."""

    state = fields.String(load_default="overdue", validate=validate.OneOf(STATES))
    agency = fields.String()
    district = fields.String()
    time_limit = fields.String(metadata={"description": "The key of a time limit, such as `T10`."})
    rung = fields.Integer(validate=validate.Range(0, 20), metadata={"description": "The highest rung told."})
    age = fields.String(validate=validate.OneOf(tuple(AGES)), metadata={"description": "Overdue for at least so long."})
    begin = fields.AwareDateTime(metadata={"description": "Due from then on."})
    until = fields.AwareDateTime(metadata={"description": "Due before then."})


class MonthQuery(_Where):
    """Which month, and whose clocks."""

    month = fields.Date(required=True, metadata={"description": "Any day of it."})
    district = fields.String()


class QuarterQuery(Schema):
    """Which quarter."""

    quarter = fields.String(required=True, metadata={"description": "As 2026-Q1."})


class TrendQuery(_Where):
    """Whose clocks."""


class AssumedIn(Schema):
    """What is taken to happen: a task is done, or clocks stand still on a ground, or go on."""

    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True, validate=validate.OneOf((DONE, PAUSED, RESUMED)))
    task_id = fields.String(load_default="")
    ground = fields.Enum(PauseGround, by_value=True, allow_none=True, load_default=None)


class FutureIn(Schema):
    """How far, and what is assumed besides that nobody does anything."""

    until = fields.AwareDateTime(required=True)
    assumed = fields.List(fields.Nested(AssumedIn), load_default=list, validate=validate.Length(max=20))


class InventedIn(Schema):
    """Which process begins where in the invented case, and how far."""

    process = fields.String(required=True)
    district = fields.String(required=True)
    until = fields.AwareDateTime(required=True)


@blueprint.route("/deadlines")
@blueprint.arguments(DeadlinesQuery, location="query")
@blueprint.response(200, page_of(plain_schema(DeadlineLine), "DeadlinePageOut"))
@needs(Permission.DEADLINES_BOARD)
def list_deadlines(query: dict[str, Any]) -> object:
    """List clocks, the one due first on top."""
    after, limit = query.pop("after", None), query.pop("limit", None)
    return page(deadlines_board(the_system(), the_actor(), wanted=BoardFilter(**query), after=after, limit=limit))


@blueprint.route("/deadlines/counts")
@blueprint.response(200, plain_schema(ClockCounts))
def count_deadlines() -> object:
    """Count what is overdue or due within two days, by agency, limit, rung and age."""
    return clock_counts(the_system(), the_actor())


@blueprint.route("/deadlines/month")
@blueprint.arguments(MonthQuery, location="query")
@blueprint.response(200, list_of(plain_schema(DueDay), "DueDays"))
@needs(Permission.DEADLINES_BOARD)
def month_of_deadlines(query: dict[str, Any]) -> object:
    """Count what falls due on each day of a month, in days of your agency's time zone."""
    month = query.pop("month")
    return {"items": deadlines_month(
        the_system(), the_actor(), month=month, zone=_zone(), wanted=BoardFilter(**query),
    )}


@blueprint.route("/deadlines/trend")
@blueprint.arguments(TrendQuery, location="query")
@blueprint.response(200, plain_schema(BreachTrend))
@needs(Permission.DEADLINES_BOARD)
def trend_of_breaches(query: dict[str, Any]) -> object:
    """Count missed limits by week, over 26 weeks, by agency and by limit."""
    return breach_trend(the_system(), the_actor(), zone=_zone(), **query)


@blueprint.route("/deadlines/quarter")
@blueprint.arguments(QuarterQuery, location="query")
@blueprint.response(200, list_of(plain_schema(QuarterCount), "QuarterCounts"))
@needs(Permission.BREACHES_COUNT)
def limits_of_quarter(query: dict[str, Any]) -> object:
    """Count the limits missed in a quarter in the whole country, without case, agency or district."""
    return {"items": breaches_of_quarter(the_system(), the_actor(), quarter=query["quarter"])}


@blueprint.route("/deadlines/requests")
@blueprint.response(200, list_of(plain_schema(WaitingRequest), "WaitingRequests"))
def list_requests() -> object:
    """List changes of clocks that wait for a second person."""
    return {"items": waiting_requests(the_system(), the_actor())}


@blueprint.route("/cases/<string:case>/clocks")
@blueprint.response(200, plain_schema(CaseClocks))
def clocks_of_case(case: str) -> object:
    """Read the clocks of a case: state, time left, pauses, changes, rungs told and to come, and why each date."""
    return read_clocks(the_system(), the_actor(), case_id=the_case(case))


@blueprint.route("/cases/<string:case>/proof-of-time")
@blueprint.response(200, plain_schema(ProofOfTime))
def proof_of_case(case: str) -> object:
    """Read the proof of time of a case: what happened to each clock, with the entries that prove it; no names."""
    return read_proof(the_system(), the_actor(), case_id=the_case(case))


@blueprint.route("/cases/<string:case>/future", methods=["POST"])
@blueprint.may_say("429")
@blueprint.arguments(FutureIn, example=examples.FUTURE)
@blueprint.response(200, plain_schema(Future))
@needs(Permission.CASE_PROCESS)
@blueprint.only_looks()
def future_of(body: dict[str, Any], case: str) -> object:
    """Press a copy of a case through its coming deadlines: what would fire, when, and to whom. Nothing is written."""
    return future_of_case(
        the_system(), the_actor(), case_id=the_case(case), until=body["until"],
        assumed=tuple(Assumption(**one) for one in body["assumed"]),
    )


@blueprint.route("/deadlines/future", methods=["POST"])
@blueprint.may_say("429")
@blueprint.arguments(InventedIn)
@blueprint.response(200, plain_schema(Future))
@needs(Permission.DEADLINES_BOARD)
@blueprint.only_looks()
def future_of_invented(body: dict[str, Any]) -> object:
    """Let a process begin now in an invented case in which nobody does anything. Nothing is written."""
    return future_of_process(the_system(), the_actor(), **body)


def _zone() -> ZoneInfo:
    """Return the time zone of the reader's agency."""
    system, actor = the_system(), the_actor()
    with system.database.reader(actor) as unit:
        agency = system.agencies(unit).by_id.get(actor.agency_id)
    calendars = system.configuration.calendars
    found = calendars.get(agency.calendar) if agency is not None else None
    return zone((found or next(iter(calendars.values()))).zone)
