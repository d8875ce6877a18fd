"""Mail: what did not arrive, and whether one wants ordinary mail."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.dead_letters import discard_letters, retry_letters
from nrm.commands.mute_mail import mute_mail
from nrm.queries.dead_letters import STATES, UnsentLetter, unsent_letters
from nrm.queries.notices import is_mail_muted
from nrm.vocabulary.permissions import Permission
from nrm_api import examples
from nrm_api.blueprint import DONE, Done, Paging, new_blueprint, page, yes_no
from nrm_api.dumping import page_of, plain_schema
from nrm_api.signing import needs, the_actor, the_system

blueprint = new_blueprint("letters", "Mail that did not arrive, and your own mail")


class LettersQuery(Paging):
    """Which letters: `dead` ones, or those that failed and are tried again."""

    state = fields.String(load_default="dead", validate=validate.OneOf(STATES))


class LettersIn(Schema):
    """Which dead letters; all without `ids`."""

    ids = fields.List(fields.String(), allow_none=True, load_default=None, validate=validate.Length(max=1000))


class LettersDone(Schema):
    """How many."""

    count = fields.Integer(required=True)


class MailIn(Schema):
    """Whether ordinary mail is not wanted; mail about time limits and danger comes all the same."""

    muted = yes_no(required=True)


@blueprint.route("/letters")
@blueprint.arguments(LettersQuery, location="query")
@blueprint.response(200, page_of(plain_schema(UnsentLetter), "UnsentLetterPageOut"), example=examples.LETTERS)
@needs(Permission.ADMIN_SETTINGS)
def list_letters(query: dict[str, Any]) -> object:
    """List letters that did not arrive, the oldest first."""
    return page(unsent_letters(the_system(), the_actor(), **query))


@blueprint.route("/letters/retry", methods=["POST"])
@blueprint.arguments(LettersIn)
@blueprint.response(200, LettersDone)
@needs(Permission.ADMIN_SETTINGS)
def retry(body: dict[str, Any]) -> object:
    """Let dead letters be sent again, as if never tried."""
    return {"count": retry_letters(the_system(), the_actor(), **body)}


@blueprint.route("/letters/discard", methods=["POST"])
@blueprint.arguments(LettersIn)
@blueprint.response(200, LettersDone)
@needs(Permission.ADMIN_SETTINGS)
def discard(body: dict[str, Any]) -> object:
    """Throw dead letters away; the notices in the application stay."""
    return {"count": discard_letters(the_system(), the_actor(), **body)}


@blueprint.route("/me/mail")
@blueprint.response(200, MailIn)
def get_mail() -> object:
    """Say whether you want no ordinary mail."""
    return {"muted": is_mail_muted(the_system(), the_actor())}


@blueprint.route("/me/mail", methods=["PUT"])
@blueprint.arguments(MailIn)
@blueprint.response(200, Done)
def put_mail(body: dict[str, Any]) -> object:
    """Remember whether you want no ordinary mail."""
    mute_mail(the_system(), the_actor(), **body)
    return DONE
