"""Boards: clocks, missing services, one's own notices."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.mark_notices import mark_notices
from nrm.commands.review_gap import review_gap
from nrm.queries.gaps_board import STATUSES, GapCount, GapLine, gap_counts, gaps_board
from nrm.queries.notices import NoticeLine, count_unread, notices
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Paging, new_blueprint, page, words
from nrm_api.dumping import list_of, page_of, plain_schema
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("boards", "Missing services, notices")


class GapsQuery(Paging):
    """Which missing services."""

    district = fields.String()
    service = fields.String()
    status = fields.String(validate=validate.OneOf(STATUSES))


class ReviewIn(Schema):
    """What follows from the gap."""

    note = words(required=True)


class NoticesQuery(Paging):
    """Which notices."""

    unread = fields.Boolean(load_default=False)


class MarkIn(Schema):
    """Which notices; all without `ids`."""

    ids = fields.List(fields.String(), allow_none=True, load_default=None, validate=validate.Length(max=1000))


class CountOut(Schema):
    """How many."""

    count = fields.Integer(required=True)


@blueprint.route("/gaps")
@blueprint.arguments(GapsQuery, location="query")
@blueprint.response(200, page_of(plain_schema(GapLine), "GapPageOut"))
@needs(Permission.GAPS_LIST)
def list_gaps(query: dict[str, Any]) -> object:
    """List services that were missing: no person, no case."""
    return page(gaps_board(the_system(), the_actor(), **query))


@blueprint.route("/gaps/counts")
@blueprint.response(200, list_of(plain_schema(GapCount), "GapCounts"))
def count_gaps() -> object:
    """Count missing services by district and type."""
    return {"items": gap_counts(the_system(), the_actor())}


@blueprint.route("/gaps/<string:gap_id>/review", methods=["POST"])
@blueprint.arguments(ReviewIn)
@blueprint.response(200, Done)
@needs(Permission.GAPS_REVIEW)
def review(body: dict[str, Any], gap_id: str) -> object:
    """Say what follows from a missing service."""
    review_gap(the_system(), the_actor(), gap_id=gap_id, **body)
    return DONE


@blueprint.route("/notices")
@blueprint.arguments(NoticesQuery, location="query")
@blueprint.response(200, page_of(plain_schema(NoticeLine), "NoticePageOut"))
def list_notices(query: dict[str, Any]) -> object:
    """List your own notices, the newest first."""
    return page(notices(the_system(), the_actor(), **query))


@blueprint.route("/notices/unread")
@blueprint.response(200, CountOut)
def unread() -> object:
    """Count your unread notices."""
    return {"count": count_unread(the_system(), the_actor())}


@blueprint.route("/notices/read", methods=["POST"])
@blueprint.arguments(MarkIn)
@blueprint.response(200, CountOut)
def mark(body: dict[str, Any]) -> object:
    """Mark your own notices as read."""
    return {"count": mark_notices(the_system(), the_actor(), notice_ids=body["ids"])}
