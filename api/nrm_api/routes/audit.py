"""Audit: any case by process facts, its history as a table, and the installation's own history."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validate

from nrm.commands.audit import audit_search, export_history, read_installation_history, verify_installation
from nrm.commands.read_history import Verdict
from nrm.documents.sheets import as_csv
from nrm.queries.audit_search import AuditFilter, AuditLine
from nrm.queries.case_history import Entry
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import Nothing, Paging, aware, new_blueprint, page
from nrm_api.dumping import list_of, page_of, plain_schema
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("audit", "For auditors: process facts and histories, never content")


class AuditQuery(Paging):
    """Which cases, by process facts."""

    code = fields.String(validate=validate.Length(max=20))
    district = fields.String()
    stage = fields.String()
    status = fields.String()
    agency = fields.String()
    overdue = fields.Boolean(load_default=False)
    opened_from = aware()
    opened_until = aware()


@blueprint.route("/audit/cases")
@blueprint.arguments(AuditQuery, location="query")
@blueprint.response(200, page_of(plain_schema(AuditLine), "AuditPageOut"))
@needs(Permission.AUDIT_SEARCH)
def search(query: dict[str, Any]) -> object:
    """Find cases by process facts; the search is an entry of the installation's history."""
    after, limit = query.pop("after", None), query.pop("limit", None)
    found = audit_search(the_system(), the_actor(), wanted=AuditFilter(**query), after=after, limit=limit)
    return page(found)


@blueprint.route("/audit/cases/<string:case>/history.csv")
@blueprint.may_say("429")
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
@weighty
def export(case: str) -> Response:
    """Export a history: process facts only; the export is its last entry."""
    rows = export_history(the_system(), the_actor(), case_id=the_case(case))
    return Response(as_csv(rows), content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="history.csv"',
    })


@blueprint.route("/audit/installation")
@blueprint.response(200, list_of(plain_schema(Entry), "InstallationHistory"))
def installation() -> object:
    """Read the newest entries of the installation's own history."""
    return {"items": read_installation_history(the_system(), the_actor())}


@blueprint.route("/audit/installation/check", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(Nothing)
@blueprint.response(200, plain_schema(Verdict))
@needs(Permission.AUDIT_VERIFY)
def check(body: object) -> object:
    """Check that the installation's own history was not altered."""
    return verify_installation(the_system(), the_actor())
