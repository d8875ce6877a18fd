"""For auditors: who looked at what, by person, agency or case."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.access_review import review_access
from nrm.queries.access_review import Accesses, Review
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import aware, new_blueprint
from nrm_api.dumping import plain_schema
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("access_review", "For auditors: who looked at what")


class ReviewQuery(Schema):
    """At least one of account, agency and case, and a period of at most a year."""

    login = fields.String(validate=validate.Length(max=100))
    agency = fields.String(validate=validate.Length(max=100))
    code = fields.String(validate=validate.Length(max=20))
    begin = aware(required=True)
    until = aware(required=True)


@blueprint.route("/audit/access")
@blueprint.arguments(ReviewQuery, location="query")
@blueprint.response(200, plain_schema(Accesses))
@needs(Permission.AUDIT_SEARCH)
def review(query: dict[str, Any]) -> object:
    """Say who saw what, how often and by which rule; the review is an entry of the installation's history."""
    return review_access(the_system(), the_actor(), asked=Review(**query))
