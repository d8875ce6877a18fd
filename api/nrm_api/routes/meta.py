"""The document, its page, the state of the system, and every address that is none."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from marshmallow import Schema, fields
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, RequestRedirect, Rule

from nrm.queries.health import is_ready
from nrm.vocabulary.errors import NotReady
from nrm_api import document
from nrm_api.blueprint import new_blueprint
from nrm_api.docs_page import docs_page
from nrm_api.signing import find_out_who_asks, is_open_to_all, open_to_all, the_system

blueprint = new_blueprint("meta", "The document and the state of the system")
rest = new_blueprint("rest", "Addresses that are none")
REST = "/api/<rest:rest>"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")


class Rest(BaseConverter):
    """The rest of an address, line breaks too, which ``path`` leaves to whoever serves beside the API."""

    regex = r"[\s\S]*"
    part_isolating = False


def _take_the_rest(state: BlueprintSetupState) -> None:
    """Take what nothing else takes below /api/, by any method: Flask's own routes are of named methods only."""
    state.app.url_map.converters["rest"] = Rest
    endpoint = f"{rest.name}.{nowhere.__name__}"
    state.app.url_map.add(Rule(REST, endpoint=endpoint, methods=None))
    state.app.view_functions[endpoint] = nowhere


class HealthOut(Schema):
    """Whether it answers."""

    status = fields.String(required=True)


@blueprint.route("/health")
@blueprint.doc(security=[])
@blueprint.response(200, HealthOut)
@open_to_all
def health() -> object:
    """Say whether the system can answer."""
    if not is_ready(the_system()):
        raise NotReady("No process is published yet.")
    return {"status": "ok"}


@blueprint.route("/openapi.json")
@blueprint.doc(security=[])
@blueprint.response(200, {"type": "object"}, content_type="application/json")
@open_to_all
def openapi() -> Response:
    """This document."""
    return Response(document.text_of(current_app.extensions[document.EXTENSION]), content_type="application/json")


@blueprint.route("/docs")
@blueprint.doc(security=[])
@blueprint.response(200, {"type": "string"}, content_type="text/html")
@open_to_all
def docs() -> Response:
    """The document as a page."""
    return docs_page(current_app.extensions[document.EXTENSION])


@open_to_all
def nowhere(rest: str) -> Any:
    """Answer for an address that is none: to a stranger 401, unless they may ask there by another method."""
    adapter = current_app.url_map.bind("")
    there = {method: _endpoint(adapter, request.path, method) for method in METHODS}
    allowed = {method: endpoint for method, endpoint in there.items() if endpoint}
    if not any(map(is_open_to_all, allowed.values())):
        find_out_who_asks()
    if allowed:
        raise MethodNotAllowed(valid_methods=list(allowed))
    raise NotFound


def _endpoint(adapter: Any, path: str, method: str) -> str:
    try:
        endpoint, _ = adapter.match(path, method=method)
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return ""
    return "" if endpoint == request.endpoint else str(endpoint)


rest.record_once(_take_the_rest)

