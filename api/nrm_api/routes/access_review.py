"""For auditors: who looked at what, and how a case stood."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.access_review import review_access
from nrm.commands.read_history import read_then
from nrm.queries.access_review import Accesses, Review
from nrm.queries.case_then import CaseThen
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import aware, new_blueprint
from nrm_api.dumping import plain_schema
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("access_review", "For auditors: who looked at what, and how a case stood")


class ReviewQuery(Schema):
    """At least one of account, agency and case, and a period of at most a year."""

    login = fields.String(validate=validate.Length(max=100))
    agency = fields.String(validate=validate.Length(max=100))
    code = fields.String(validate=validate.Length(max=20))
    begin = aware(required=True)
    until = aware(required=True)


class ThenQuery(Schema):
    """An instant of the past."""

    at = aware(required=True)


@blueprint.route("/audit/access")
@blueprint.arguments(ReviewQuery, location="query")
@blueprint.response(200, plain_schema(Accesses))
@needs(Permission.AUDIT_SEARCH)
def review(query: dict[str, Any]) -> object:
    """Say who saw what, how often and by which rule; the review is an entry of the installation's history."""
    return review_access(the_system(), the_actor(), asked=Review(**query))


@blueprint.route("/audit/cases/<string:case>/then")
@blueprint.arguments(ThenQuery, location="query")
@blueprint.response(200, plain_schema(CaseThen))
@needs(Permission.AUDIT_READ)
def then(query: dict[str, Any], case: str) -> object:
    """Say how a case stood: team, tasks, versions, and who could see what by the rules of today."""
    return read_then(the_system(), the_actor(), case_id=the_case(case), at=query["at"])
