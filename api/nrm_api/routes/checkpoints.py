"""Signed checkpoints of the history, who keeps them, and proofs that need no trust in this installation."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from nrm.commands.checkpoints import prove_entry, prove_installation_entry
from nrm.queries.checkpoints import (
    CheckpointLine,
    EntryProof,
    GrowthProof,
    Signing,
    checkpoints_list,
    growth_proof,
    note_of,
    signing,
)
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import Paging, new_blueprint, page
from nrm_api.dumping import page_of, plain_schema
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("checkpoints", "What was signed of the history, and proofs of it")
_SIZE = validate.Range(1, 10**15)


class GrowthQuery(Schema):
    """Two checkpoints by the number of entries they cover, the earlier one first."""

    first = fields.Integer(required=True, validate=_SIZE)
    second = fields.Integer(required=True, validate=_SIZE)


@blueprint.route("/audit/checkpoints")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(plain_schema(CheckpointLine), "CheckpointPageOut"))
@needs(Permission.AUDIT_VERIFY)
def list_checkpoints(query: dict[str, Any]) -> object:
    """List the signed heads of the history, the newest first, and who outside has confirmed each."""
    return page(checkpoints_list(the_system(), the_actor(), **query))


@blueprint.route("/audit/signing")
@blueprint.response(200, plain_schema(Signing))
@needs(Permission.AUDIT_VERIFY)
def get_signing() -> object:
    """Say who signs, with which keys, and how it stands with the places that keep what is signed."""
    return signing(the_system(), the_actor())


@blueprint.route("/audit/checkpoints/<int:checkpoint_id>/note")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
@needs(Permission.AUDIT_VERIFY)
def get_note(checkpoint_id: int) -> Response:
    """Take the signed note of a checkpoint (C2SP tlog-checkpoint) to keep it elsewhere."""
    note = note_of(the_system(), the_actor(), checkpoint_id=checkpoint_id)
    return Response(note, content_type="text/plain; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="checkpoint.txt"',
    })


@blueprint.route("/audit/growth")
@blueprint.arguments(GrowthQuery, location="query")
@blueprint.response(200, plain_schema(GrowthProof))
@needs(Permission.AUDIT_VERIFY)
def get_growth(query: dict[str, int]) -> object:
    """Prove that nothing before a checkpoint changed up to a later one (RFC 9162, section 2.1.4)."""
    return growth_proof(the_system(), the_actor(), **query)


@blueprint.route("/audit/cases/<string:case>/entries/<int:seq>/proof")
@blueprint.may_say("409")
@blueprint.response(200, plain_schema(EntryProof))
def get_entry_proof(case: str, seq: int) -> object:
    """Prove that an entry is in the last checkpoint (RFC 9162, section 2.1.3)."""
    return prove_entry(the_system(), the_actor(), case_id=the_case(case), seq=seq)


@blueprint.route("/audit/installation/entries/<int:seq>/proof")
@blueprint.may_say("409")
@blueprint.response(200, plain_schema(EntryProof))
@needs(Permission.AUDIT_VERIFY)
def get_installation_entry_proof(seq: int) -> object:
    """Prove that an entry of the installation's own history is in the last checkpoint."""
    return prove_installation_entry(the_system(), the_actor(), seq=seq)
