"""Consent: the ledger, recording and taking back, and the law in its place."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.form_acts.consents import PURPOSES
from nrm.commands.giving_back import ANSWERS, confirm_given_back
from nrm.commands.giving_back import BASES as BASES_TO_KEEP
from nrm.commands.overrides import BASES, ask_override, confirm_override, revoke_override
from nrm.commands.overrides import PURPOSES as OVERRIDE_PURPOSES
from nrm.commands.read_consents import foresee_withdrawal, read_consent_ledger
from nrm.commands.withdraw_consent import record_consent, withdraw_consent, withdraw_purposes
from nrm.queries.consent_ledger import ConsentLedger, Consequences
from nrm.queries.recalls import AskedBack, asked_back
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Nothing, new_blueprint, words
from nrm_api.dumping import list_of, plain_schema
from nrm_api.intake import version_asked
from nrm_api.routes.case_acts import CATEGORIES, MadeOut
from nrm_api.routes.cases import the_case
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("consents", "What the person agreed to, took back, and who received what")


class ConsentIn(Schema):
    """What the person agreed to or refused. No recipients: any agency the purpose needs."""

    purpose = fields.String(required=True)
    answer = fields.String(required=True, validate=validate.OneOf(("given", "refused")))
    recipients = fields.List(fields.String(), load_default=list)
    categories = fields.List(fields.String(validate=validate.OneOf(CATEGORIES)), load_default=list)
    given_by = fields.String(load_default="person", validate=validate.OneOf(("person", "guardian", "assent")))


class TakenBackIn(Schema):
    """What the person takes back. No recipients: from everybody."""

    purposes = fields.List(
        fields.String(validate=validate.OneOf(PURPOSES)), required=True, validate=validate.Length(1, len(PURPOSES)),
    )
    recipients = fields.List(fields.String(), load_default=list, validate=validate.Length(max=200))


class RevokeIn(Schema):
    """Why the legal basis no longer holds."""

    reason = words(2000, required=True)


class RecallIn(Schema):
    """What became of what your agency received of a case."""

    case = fields.String(required=True, validate=validate.Length(1, 36))
    answer = fields.String(required=True, validate=validate.OneOf(ANSWERS))
    basis = fields.String(load_default="", validate=validate.OneOf(("", *BASES_TO_KEEP)))
    words = words(2000, load_default="")


class OverrideIn(Schema):
    """A legal basis to share without consent; a second person confirms it."""

    recipient = fields.String(required=True)
    purpose = fields.String(required=True, validate=validate.OneOf(OVERRIDE_PURPOSES))
    categories = fields.List(fields.String(validate=validate.OneOf(CATEGORIES)), required=True)
    basis = fields.String(required=True, validate=validate.OneOf(BASES))
    reason = words(required=True)


@blueprint.route("/cases/<string:case>/consents")
@blueprint.response(200, plain_schema(ConsentLedger))
def ledger(case: str) -> object:
    """Read the consents of a case: purpose by recipient, every version, who received what."""
    return read_consent_ledger(the_system(), the_actor(), case_id=the_case(case))


@blueprint.route("/cases/<string:case>/consents/foresee", methods=["POST"])
@blueprint.arguments(TakenBackIn)
@blueprint.response(200, plain_schema(Consequences))
@needs(Permission.CONSENT_WITHDRAW)
def foresee(body: dict[str, Any], case: str) -> object:
    """Say what taking purposes back would end; nothing is changed."""
    return foresee_withdrawal(the_system(), the_actor(), case_id=the_case(case), **body)


@blueprint.route("/cases/<string:case>/consents/withdraw", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(TakenBackIn)
@blueprint.response(200, Done)
@needs(Permission.CONSENT_WITHDRAW)
def take_purposes_back(body: dict[str, Any], case: str) -> object:
    """Record that the person takes purposes back, for some agencies or for all; it holds with this act."""
    withdraw_purposes(the_system(), the_actor(), case_id=the_case(case), seen_version=version_asked(), **body)
    return DONE


@blueprint.route("/cases/<string:case>/consents", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(ConsentIn)
@blueprint.response(201, Done)
@needs(Permission.CONSENT_RECORD)
def consent(body: dict[str, Any], case: str) -> object:
    """Record what the person agreed to or refused."""
    record_consent(the_system(), the_actor(), case_id=the_case(case), seen_version=version_asked(), **body)
    return DONE


@blueprint.route("/consents/<string:consent_id>/withdraw", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.CONSENT_WITHDRAW)
def take_back(body: object, consent_id: str) -> object:
    """Record that the person takes a consent back; what rested on it ends with this act."""
    withdraw_consent(the_system(), the_actor(), consent_id=consent_id)
    return DONE


@blueprint.route("/cases/<string:case>/overrides", methods=["POST"])
@blueprint.version_of("case")
@blueprint.arguments(OverrideIn)
@blueprint.response(201, MadeOut)
@needs(Permission.CONSENT_RECORD)
def propose_override(body: dict[str, Any], case: str) -> object:
    """Propose to share on a legal basis; nothing is shared before a second person confirms."""
    override_id = ask_override(
        the_system(), the_actor(), case_id=the_case(case), seen_version=version_asked(), **body,
    )
    return {"id": override_id}


@blueprint.route("/recalls")
@blueprint.response(200, list_of(plain_schema(AskedBack), "AskedBackOut"))
def recalls() -> object:
    """List what your agency received and may use no more, until it has said what became of it."""
    return {"items": asked_back(the_system(), the_actor())}


@blueprint.route("/recalls", methods=["POST"])
@blueprint.arguments(RecallIn)
@blueprint.response(200, Done)
@needs(Permission.CASE_READ)
def confirm_recall(body: dict[str, Any]) -> object:
    """Confirm for your agency what became of what it received of a case."""
    confirm_given_back(the_system(), the_actor(), **body)
    return DONE


@blueprint.route("/overrides/<string:override_id>/confirm", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.CONSENT_OVERRIDE)
@weighty
def confirm(body: object, override_id: str) -> object:
    """Confirm a legal basis as the second person."""
    confirm_override(the_system(), the_actor(), override_id=override_id)
    return DONE


@blueprint.route("/overrides/<string:override_id>/revoke", methods=["POST"])
@blueprint.arguments(RevokeIn)
@blueprint.response(200, Done)
@needs(Permission.CONSENT_OVERRIDE)
def revoke(body: dict[str, Any], override_id: str) -> object:
    """Take a legal basis back before its time, or refuse a proposed one."""
    revoke_override(the_system(), the_actor(), override_id=override_id, **body)
    return DONE
