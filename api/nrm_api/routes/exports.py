"""Taking much out: requests, and a second person's word on them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.export_requests import LONGEST_REASON, allow_export, ask_export, refuse_export
from nrm.queries.export_requests import ExportAsked, export_requests
from nrm.rules.exports import Large
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Nothing, new_blueprint
from nrm_api.dumping import list_of, plain_schema
from nrm_api.routes.case_acts import MadeOut
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("exports", "Large exports, which a second person allows")


class ExportIn(Schema):
    """What is to be taken out, and why: `history` of the whole installation, or `cases`, more than fifty in a day."""

    what = fields.String(required=True, validate=validate.OneOf([str(one) for one in Large]))
    reason = fields.String(required=True, validate=validate.Length(1, LONGEST_REASON))


@blueprint.route("/exports")
@blueprint.response(200, list_of(plain_schema(ExportAsked), "ExportsAsked"))
def list_exports() -> object:
    """List requests, the newest first: everybody's for who allows them, else your own."""
    return {"items": export_requests(the_system(), the_actor())}


@blueprint.route("/exports", methods=["POST"])
@blueprint.arguments(ExportIn)
@blueprint.response(201, MadeOut)
@needs(Permission.AUDIT_EXPORT, Permission.DEADLINES_BOARD)
@weighty
def ask(body: dict[str, Any]) -> object:
    """Ask to take much out; a second person decides."""
    return {"id": ask_export(the_system(), the_actor(), **body)}


@blueprint.route("/exports/<string:export_id>/allow", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.EXPORT_ALLOW)
@weighty
def allow(body: object, export_id: str) -> object:
    """Allow, as the second person, that it is taken once within a day."""
    allow_export(the_system(), the_actor(), request_id=export_id)
    return DONE


@blueprint.route("/exports/<string:export_id>/refuse", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.EXPORT_ALLOW)
def refuse(body: object, export_id: str) -> object:
    """Refuse what another person asked."""
    refuse_export(the_system(), the_actor(), request_id=export_id)
    return DONE
