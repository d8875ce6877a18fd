"""Incidents: runs that stopped, and the three ways to help them on."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.incidents import confirm_path, propose_path, retry_incident, supply_fact
from nrm.queries.incidents_list import STATUSES, IncidentLine, IncidentView, incident_view, incidents_list
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Nothing, Paging, new_blueprint, page, words
from nrm_api.dumping import page_of, plain_schema
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("incidents", "Runs that stopped and need somebody")


class IncidentsQuery(Paging):
    """Which incidents; without `status` those not resolved."""

    status = fields.String(validate=validate.OneOf(STATUSES))


class FactsIn(Schema):
    """Facts of the dictionary with their values."""

    facts = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True, validate=validate.Length(1, 40))


class PathIn(Schema):
    """Which way, and why."""

    flow = fields.String(required=True)
    reason = words(required=True)


@blueprint.route("/incidents")
@blueprint.arguments(IncidentsQuery, location="query")
@blueprint.response(200, page_of(plain_schema(IncidentLine), "IncidentPageOut"))
@needs(Permission.INCIDENT_LIST)
def list_incidents(query: dict[str, Any]) -> object:
    """List incidents, the newest first."""
    return page(incidents_list(the_system(), the_actor(), **query))


@blueprint.route("/incidents/<string:incident_id>")
@blueprint.response(200, plain_schema(IncidentView))
def get_incident(incident_id: str) -> object:
    """Read one incident: what is missing, which ways there are."""
    return incident_view(the_system(), the_actor(), incident_id=incident_id)


@blueprint.route("/incidents/<string:incident_id>/retry", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.INCIDENT_RESOLVE)
def retry(body: object, incident_id: str) -> object:
    """Try the run again as things stand now."""
    retry_incident(the_system(), the_actor(), incident_id=incident_id)
    return DONE


@blueprint.route("/incidents/<string:incident_id>/supply-fact", methods=["POST"])
@blueprint.arguments(FactsIn)
@blueprint.response(200, Done)
@needs(Permission.INCIDENT_RESOLVE)
def supply(body: dict[str, Any], incident_id: str) -> object:
    """Give the missing facts and try again."""
    supply_fact(the_system(), the_actor(), incident_id=incident_id, facts=body["facts"])
    return DONE


@blueprint.route("/incidents/<string:incident_id>/propose", methods=["POST"])
@blueprint.arguments(PathIn)
@blueprint.response(200, Done)
@needs(Permission.INCIDENT_RESOLVE)
def propose(body: dict[str, Any], incident_id: str) -> object:
    """Propose a way past the gateway; a second person confirms it."""
    propose_path(the_system(), the_actor(), incident_id=incident_id, **body)
    return DONE


@blueprint.route("/incidents/<string:incident_id>/confirm", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.INCIDENT_CONFIRM)
def confirm(body: object, incident_id: str) -> object:
    """Confirm a proposed way as the second person."""
    confirm_path(the_system(), the_actor(), incident_id=incident_id)
    return DONE
