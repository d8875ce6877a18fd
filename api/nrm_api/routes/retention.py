"""How long closed cases are kept: what is due, legal holds, erasing by two people, the receipt; and the keys."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.erasure import approve_erasure, propose_erasure, refuse_erasure
from nrm.commands.legal_holds import lift_hold, place_hold
from nrm.commands.read_retention import CaseRetention, read_retention
from nrm.commands.rotation import KeyCount, key_state
from nrm.queries.retention import STATES, KeptCase, kept_cases
from nrm.rules.retention import Basis, HoldGround
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Nothing, Paging, new_blueprint, page, words
from nrm_api.dumping import list_of, page_of, plain_schema
from nrm_api.routes.case_acts import MadeOut
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("retention", "Keeping closed cases, holding them back, erasing them")


class RetentionQuery(Paging):
    """Which closed cases: `due`, `waiting`, `held`, `kept` or `erased`."""

    state = fields.String(load_default="due", validate=validate.OneOf(STATES))


class HoldIn(Schema):
    """Why a case is held back, and until when; without a day until the hold is lifted."""

    ground = fields.String(required=True, validate=validate.OneOf([str(one) for one in HoldGround]))
    until = fields.Date(load_default=None, allow_none=True)


class ErasureIn(Schema):
    """Why a case is erased; before its time has come with a reason, which is sealed with the case."""

    basis = fields.String(required=True, validate=validate.OneOf([str(one) for one in Basis]))
    reason = words(load_default="")


@blueprint.route("/retention")
@blueprint.arguments(RetentionQuery, location="query")
@blueprint.response(200, page_of(plain_schema(KeptCase), "KeptCasePageOut"))
@needs(Permission.RETENTION_READ)
def list_kept(query: dict[str, Any]) -> object:
    """List closed cases of one state, the one whose time came first on top."""
    return page(kept_cases(the_system(), the_actor(), **query))


@blueprint.route("/cases/<string:case>/retention")
@blueprint.response(200, plain_schema(CaseRetention))
def get_retention(case: str) -> object:
    """Read until when a case is kept and why, its holds, what an erasure would take, or the receipt."""
    return read_retention(the_system(), the_actor(), case_id=case)


@blueprint.route("/cases/<string:case>/holds", methods=["POST"])
@blueprint.arguments(HoldIn)
@blueprint.response(201, MadeOut)
@needs(Permission.RETENTION_PROPOSE)
def post_hold(body: dict[str, Any], case: str) -> object:
    """Hold a case back from erasure."""
    return {"id": place_hold(the_system(), the_actor(), case_id=case, **body)}


@blueprint.route("/holds/<string:hold_id>/lift", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.RETENTION_PROPOSE)
@weighty
def lift(body: object, hold_id: str) -> object:
    """End a legal hold."""
    lift_hold(the_system(), the_actor(), hold_id=hold_id)
    return DONE


@blueprint.route("/cases/<string:case>/erasures", methods=["POST"])
@blueprint.arguments(ErasureIn)
@blueprint.response(201, MadeOut)
@needs(Permission.RETENTION_PROPOSE)
@weighty
def propose(body: dict[str, Any], case: str) -> object:
    """Propose to erase a closed case; a second person decides."""
    return {"id": propose_erasure(the_system(), the_actor(), case_id=case, **body)}


@blueprint.route("/erasures/<string:erasure_id>/approve", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.RETENTION_APPROVE)
@weighty
def approve(body: object, erasure_id: str) -> object:
    """Approve, as the second person; a worker erases within a minute, and nobody can bring it back."""
    approve_erasure(the_system(), the_actor(), erasure_id=erasure_id)
    return DONE


@blueprint.route("/erasures/<string:erasure_id>/refuse", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.RETENTION_APPROVE)
def refuse(body: object, erasure_id: str) -> object:
    """Refuse a proposal, or take your own back."""
    refuse_erasure(the_system(), the_actor(), erasure_id=erasure_id)
    return DONE


@blueprint.route("/keys")
@blueprint.response(200, list_of(plain_schema(KeyCount), "KeyCounts"))
def list_keys() -> object:
    """Say how many keys of cases are under which wrapping key."""
    return {"items": key_state(the_system(), the_actor())}
