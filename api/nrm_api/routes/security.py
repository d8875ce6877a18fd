"""How accounts are secured: one's own sessions, invitations, and recoveries by two administrators.

Factors are set up on the pages only: what a program could add, whoever stole its token could.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.invitations import invite
from nrm.commands.proving import Proof
from nrm.commands.recovery import approve_recovery, ask_recovery, finish_recovery, stop_recovery
from nrm.commands.sessions import end_other_sessions, end_session
from nrm.commands.stepping_up import step_up as prove_again
from nrm.queries.own_security import AccountSecurity, SessionLine, account_security, own_security
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Nothing, aware, new_blueprint
from nrm_api.dumping import list_of, plain_schema
from nrm_api.signing import for_people, needs, the_actor, the_system, the_token, weighty

blueprint = new_blueprint("security", "Sessions, invitations and recoveries")


class CountEnded(Schema):
    """How many."""

    count = fields.Integer(required=True)


class LinkToken(Schema):
    """The end of the address ``/welcome/…`` with which a password is chosen, shown once."""

    link = fields.String(required=True)


class CodeIn(Schema):
    """The six digits that the authenticator app shows now."""

    code = fields.String(required=True, validate=validate.Length(1, 20))


class FreshUntil(Schema):
    """Until when no further proof is asked for."""

    until = aware(required=True)


@blueprint.route("/me/sessions")
@blueprint.response(200, list_of(plain_schema(SessionLine), "Sessions"))
def list_sessions() -> object:
    """List where your account is signed in: browsers, and tools of your own."""
    return {"items": own_security(the_system(), the_actor(), token="").sessions}


@blueprint.route("/me/sessions/<string:session_id>", methods=["DELETE"])
@blueprint.response(200, Done)
def delete_session(session_id: str) -> object:
    """End one of them at once."""
    end_session(the_system(), the_actor(), session_id=session_id)
    return DONE


@blueprint.route("/me/sessions/end", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, CountEnded)
def end_sessions(body: object) -> object:
    """End all of them at once."""
    return {"count": end_other_sessions(the_system(), the_actor(), token="")}


@blueprint.route("/me/step-up", methods=["POST"])
@blueprint.only_looks()
@blueprint.arguments(CodeIn)
@blueprint.response(200, FreshUntil)
@for_people
def step_up(body: dict[str, Any]) -> object:
    """Show with a code of your app that it is still you: for five minutes this session may do what weighs much.

    For sessions of people, begun on the page `/security`; a program has no second factor: `step_up_required`.
    """
    return {"until": prove_again(the_system(), the_actor(), token=the_token(), proof=Proof(body["code"]))}


@blueprint.route("/users/<string:user_id>/security")
@blueprint.response(200, plain_schema(AccountSecurity))
@needs(Permission.USERS_MANAGE)
def get_security(user_id: str) -> object:
    """Read how an account is secured, and whether its recovery is under way."""
    return account_security(the_system(), the_actor(), user_id=user_id)


@blueprint.route("/users/<string:user_id>/invitation", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(201, LinkToken)
@needs(Permission.USERS_MANAGE)
@weighty
def make_invitation(body: object, user_id: str) -> object:
    """Make a link for an account without a password; it works once, within 72 hours."""
    return {"link": invite(the_system(), the_actor(), user_id=user_id)}


@blueprint.route("/users/<string:user_id>/recovery", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.USERS_MANAGE)
@weighty
def ask(body: object, user_id: str) -> object:
    """Ask for the recovery of somebody else's account; they are told."""
    ask_recovery(the_system(), the_actor(), user_id=user_id)
    return DONE


@blueprint.route("/users/<string:user_id>/recovery/approve", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.USERS_MANAGE)
@weighty
def approve(body: object, user_id: str) -> object:
    """Approve what another administrator asked; the waiting period begins."""
    approve_recovery(the_system(), the_actor(), user_id=user_id)
    return DONE


@blueprint.route("/users/<string:user_id>/recovery/stop", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.USERS_MANAGE)
def stop(body: object, user_id: str) -> object:
    """Stop a recovery."""
    stop_recovery(the_system(), the_actor(), user_id=user_id)
    return DONE


@blueprint.route("/users/<string:user_id>/recovery/finish", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(201, LinkToken)
@needs(Permission.USERS_MANAGE)
@weighty
def finish(body: object, user_id: str) -> object:
    """After the wait: password, factors and sessions end, and a link is made."""
    return {"link": finish_recovery(the_system(), the_actor(), user_id=user_id)}
