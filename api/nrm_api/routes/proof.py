"""Histories with their proof, as ZIP files that are checked without us (docs/proof-of-history.md)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from nrm.commands.export_bundle import (
    LONGEST_REASON,
    MOST_ENTRIES,
    MOST_HELD,
    disclose_entries,
    export_case,
    export_installation,
)
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import Nothing, new_blueprint
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("proof", "Histories to take away, with their proof")
ZIP = "application/zip"
NAME = "history.zip"


class BundleQuery(Schema):
    """Only these entries of the case; sizes of checkpoints that are kept elsewhere."""

    entry = fields.List(fields.Integer(strict=False), validate=validate.Length(max=MOST_ENTRIES))
    held = fields.List(fields.Integer(strict=False), validate=validate.Length(max=MOST_HELD))


class DiscloseIn(Schema):
    """Which entries of the history, and why their words are shown to somebody else."""

    entries = fields.List(fields.Integer(strict=True), required=True, validate=validate.Length(1, MOST_ENTRIES))
    reason = fields.String(required=True, validate=validate.Length(1, LONGEST_REASON))
    recipient = fields.String(required=True, metadata={
        "description": "An agency that consent or a legal basis lets have it, or `person`.",
    })


@blueprint.route("/audit/bundle.zip", methods=["POST"])
@blueprint.may_say("429")
@blueprint.only_looks()
@blueprint.arguments(Nothing)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=ZIP)
@needs(Permission.AUDIT_EXPORT)
@weighty
def of_installation(body: object) -> Response:
    """Take the history of the whole installation, with its proof, once a second person allowed it (`/exports`)."""
    return _sent(export_installation(the_system(), the_actor()))


@blueprint.route("/audit/cases/<string:case>/bundle.zip")
@blueprint.may_say("429")
@blueprint.arguments(BundleQuery, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=ZIP)
@needs(Permission.AUDIT_EXPORT)
@weighty
def of_case(query: dict[str, Any], case: str) -> Response:
    """Take the history of a case, or receipts of some entries, with its proof: process facts only; this is an entry."""
    file = io.BytesIO()
    export_case(
        the_system(), the_actor(), file, case_id=the_case(case), seqs=query.get("entry", ()),
        held=query.get("held", ()),
    )
    return _sent(file.getvalue())


@blueprint.route("/cases/<string:case>/disclosures", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(DiscloseIn)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=ZIP)
@needs(Permission.CASE_READ)
@weighty
def disclose(body: dict[str, Any], case: str) -> Response:
    """Take chosen entries with the words that were sealed of them, and the proof, with a reason; this is an entry."""
    file = io.BytesIO()
    disclose_entries(
        the_system(), the_actor(), file, case_id=the_case(case), seqs=body["entries"], reason=body["reason"],
        recipient=body["recipient"],
    )
    return _sent(file.getvalue())


def _sent(pieces: bytes | Iterator[bytes]) -> Response:
    return Response(pieces, content_type=ZIP, headers={
        "Content-Disposition": f'attachment; filename="{NAME}"',
    })
