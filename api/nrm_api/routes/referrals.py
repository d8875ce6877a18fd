"""Referrals: what one's agency was asked, what one's cases asked of others, and what each of them names."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.referrals import (
    WITHDRAWING,
    name_fields,
    prepare_referral,
    read_choice,
    read_referral,
    withdraw_referral,
)
from nrm.commands.take_back_transfer import REASONS, take_back_transfer
from nrm.queries.referral_fields import FieldOffer
from nrm.queries.referrals import BOXES, RECEIVED, ReferralCard, ReferralSeen, referrals
from nrm.queries.transfers import TransferCard, transfers
from nrm.rules.referral_steps import ReferralStatus
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Nothing, Paging, new_blueprint, page
from nrm_api.dumping import list_of, page_of, plain_schema
from nrm_api.routes.case_acts import MadeOut
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("referrals", "Services asked of one agency by another")


class ReferralsQuery(Paging):
    """Which referrals."""

    box = fields.String(validate=validate.OneOf(BOXES), load_default=RECEIVED)
    status = fields.String(validate=validate.OneOf([str(one) for one in ReferralStatus]))


class FieldsIn(Schema):
    """The answers the provider is told once it has accepted, by their dictionary elements."""

    fields_ = fields.List(
        fields.String(validate=validate.Length(max=200)), required=True, data_key="fields", attribute="fields",
        validate=validate.Length(max=200),
    )


class WithdrawalIn(Schema):
    """Why the referral is taken back."""

    reason = fields.String(required=True, validate=validate.OneOf(WITHDRAWING))


@blueprint.route("/referrals")
@blueprint.arguments(ReferralsQuery, location="query")
@blueprint.response(200, page_of(plain_schema(ReferralCard), "ReferralPageOut"))
@needs(Permission.REFERRAL_READ)
def list_referrals(query: dict[str, Any]) -> object:
    """List referrals your agency received, or that cases you refer in have sent, the newest first."""
    return page(referrals(the_system(), the_actor(), **query))


@blueprint.route("/referrals/<string:referral_id>")
@blueprint.response(200, plain_schema(ReferralSeen))
def get_referral(referral_id: str) -> object:
    """Open a referral. Before it has accepted, the provider is given the minimum; this leaves a read entry."""
    return read_referral(the_system(), the_actor(), referral_id=referral_id)


@blueprint.route("/referrals/<string:referral_id>/fields")
@blueprint.response(200, list_of(plain_schema(FieldOffer), "FieldOffers"))
def get_fields(referral_id: str) -> object:
    """See which answers the referral may name and names now, with the answers; each time leaves an entry."""
    return {"items": read_choice(the_system(), the_actor(), referral_id=referral_id).offers}


@blueprint.route("/referrals/<string:referral_id>/fields", methods=["PUT"])
@blueprint.arguments(FieldsIn)
@blueprint.response(200, Done)
@needs(Permission.REFERRAL_SEND)
def put_fields(body: dict[str, Any], referral_id: str) -> object:
    """Name anew what the provider is told once it has accepted; it holds at once."""
    name_fields(the_system(), the_actor(), referral_id=referral_id, fields=body["fields"])
    return DONE


@blueprint.route("/referrals/<string:referral_id>/withdraw", methods=["POST"])
@blueprint.arguments(WithdrawalIn)
@blueprint.response(200, Done)
@needs(Permission.REFERRAL_REVOKE)
def withdraw(body: dict[str, Any], referral_id: str) -> object:
    """Take a referral back; the provider's access and tasks end at once."""
    withdraw_referral(the_system(), the_actor(), referral_id=referral_id, **body)
    return DONE


@blueprint.route("/cases/<string:case>/plan/<int:line>/referral", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(201, MadeOut)
@needs(Permission.REFERRAL_SEND)
def prepare(body: object, case: str, line: int) -> object:
    """Prepare the referral of a plan line, so that what it names can be chosen before it is sent."""
    made = prepare_referral(the_system(), the_actor(), case_id=the_case(case), line_no=line)
    return {"id": made}


class TransferBackIn(Schema):
    """Why nobody is to take the case over any more."""

    reason = fields.String(required=True, validate=validate.OneOf(REASONS))


@blueprint.route("/transfers")
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(plain_schema(TransferCard), "TransferPageOut"))
@needs(Permission.REFERRAL_SEND)
def list_transfers(query: dict[str, Any]) -> object:
    """List the cases that other agencies were asked to take over, and those your agency was asked for."""
    return page(transfers(the_system(), the_actor(), **query))


@blueprint.route("/cases/<string:case>/transfer/withdraw", methods=["POST"])
@blueprint.arguments(TransferBackIn)
@blueprint.response(200, Done)
@needs(Permission.REFERRAL_REVOKE)
def transfer_back(body: dict[str, Any], case: str) -> object:
    """Take the request back that nobody has answered yet; its task ends with this act."""
    take_back_transfer(the_system(), the_actor(), case_id=the_case(case), **body)
    return DONE
