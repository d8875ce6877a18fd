"""People and agencies: oneself, accounts, tokens, agencies."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from nrm.commands.accounts import (
    change_user,
    create_token,
    create_user,
    reset_password,
    revoke_tokens,
    set_language,
)
from nrm.commands.agencies import save_agency
from nrm.commands.confirm_roles import confirm_roles, refuse_roles
from nrm.queries.people import (
    AgencyLine,
    UserLine,
    UserView,
    agencies_list,
    agency_view,
    user_view,
    users_list,
)
from nrm.vocabulary.permissions import Permission
from nrm_api.blueprint import DONE, Done, Nothing, Paging, new_blueprint, page, whole, yes_no
from nrm_api.dumping import list_of, page_of, plain_schema
from nrm_api.signing import needs, the_actor, the_system, weighty

blueprint = new_blueprint("people", "Yourself, accounts and agencies")

NAMES = validate.Length(1, 120)


class MeOut(Schema):
    """Who the token acts as."""

    user_id = fields.String()
    agency_id = fields.String()
    roles = fields.List(fields.String())
    unit = fields.String(allow_none=True)
    language = fields.String()


class LanguageIn(Schema):
    """The language of one's pages."""

    language = fields.String(required=True)


class UsersQuery(Paging):
    """Which accounts."""

    agency = fields.String()
    status = fields.String(validate=validate.OneOf(("active", "disabled")))
    q = fields.String(validate=validate.Length(max=100))


class _Account(Schema):
    name = fields.String(required=True, validate=NAMES)
    agency_id = fields.String(required=True)
    roles = fields.List(fields.String(), required=True, validate=validate.Length(1, 30))
    email = fields.Email(allow_none=True, load_default=None)
    unit_name = fields.String(allow_none=True, load_default=None)
    supervisor_id = fields.String(allow_none=True, load_default=None)


class UserIn(_Account):
    """A new account."""

    login = fields.String(required=True, validate=validate.Length(2, 60))
    language = fields.String(load_default="en")


class UserChange(_Account):
    """An account as it should be."""

    status = fields.String(load_default="active", validate=validate.OneOf(("active", "disabled")))


class FirstPassword(Schema):
    """The account and its first password, shown once."""

    id = fields.String(required=True)
    first_password = fields.String(required=True)


class TokenIn(Schema):
    """For which account, for how many days."""

    login = fields.String(required=True)
    days = whole(load_default=90, validate=validate.Range(1, 366))


class TokenMade(Schema):
    """The token, shown once."""

    token = fields.String(required=True)


class CountDone(Schema):
    """How many."""

    count = fields.Integer(required=True)


class AgencyIn(Schema):
    """An agency as it should be."""

    name = fields.String(required=True, validate=NAMES)
    kind = fields.String(required=True, validate=NAMES)
    districts = fields.List(fields.String(), required=True)
    serves = fields.List(fields.String(), required=True)
    calendar = fields.String(required=True)
    email = fields.String(load_default="")
    manages_cases = yes_no(load_default=False)
    active = yes_no(load_default=True)
    until = fields.Date(load_default=None, allow_none=True, metadata={
        "description": "The last day on which it takes part.",
    })


@blueprint.route("/me")
@blueprint.response(200, MeOut)
def me() -> object:
    """Who the token acts as."""
    actor = the_actor()
    return {
        "user_id": actor.user_id, "agency_id": actor.agency_id, "roles": sorted(actor.roles), "unit": actor.unit,
        "language": actor.language,
    }


@blueprint.route("/me/language", methods=["PUT"])
@blueprint.arguments(LanguageIn)
@blueprint.response(200, Done)
def language(body: dict[str, Any]) -> object:
    """Remember the language of your own pages."""
    set_language(the_system(), the_actor(), **body)
    return DONE


@blueprint.route("/users")
@blueprint.arguments(UsersQuery, location="query")
@blueprint.response(200, page_of(plain_schema(UserLine), "UserPageOut"))
@needs(Permission.USERS_MANAGE)
def list_users(query: dict[str, Any]) -> object:
    """List accounts."""
    return page(users_list(the_system(), the_actor(), **query))


@blueprint.route("/users", methods=["POST"])
@blueprint.arguments(UserIn)
@blueprint.response(201, FirstPassword)
@needs(Permission.USERS_MANAGE)
@weighty
def make_user(body: dict[str, Any]) -> object:
    """Create an account; its first password is shown once, and is empty in production: make an invitation there.

    Roles that reach far wait for a second administrator.
    """
    user_id, password = create_user(the_system(), the_actor(), **body)
    return {"id": user_id, "first_password": password}


@blueprint.route("/users/<string:user_id>")
@blueprint.response(200, plain_schema(UserView))
def get_user(user_id: str) -> object:
    """Read an account."""
    return user_view(the_system(), the_actor(), user_id=user_id)


@blueprint.route("/users/<string:user_id>", methods=["PUT"])
@blueprint.arguments(UserChange)
@blueprint.response(200, Done)
@needs(Permission.USERS_MANAGE)
@weighty
def put_user(body: dict[str, Any], user_id: str) -> object:
    """Change an account; new roles end its sessions, and those that reach far wait for a second administrator."""
    change_user(the_system(), the_actor(), user_id=user_id, **body)
    return DONE


@blueprint.route("/users/<string:user_id>/roles/confirm", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.USERS_MANAGE)
@weighty
def confirm_waiting_roles(body: object, user_id: str) -> object:
    """Confirm, as the second administrator, roles that reach far; the account's sessions end."""
    confirm_roles(the_system(), the_actor(), user_id=user_id)
    return DONE


@blueprint.route("/users/<string:user_id>/roles/refuse", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, Done)
@needs(Permission.USERS_MANAGE)
def refuse_waiting_roles(body: object, user_id: str) -> object:
    """Refuse roles that wait for an account, or take your own wish back."""
    refuse_roles(the_system(), the_actor(), user_id=user_id)
    return DONE


@blueprint.route("/users/<string:user_id>/reset-password", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, FirstPassword)
@needs(Permission.USERS_MANAGE)
@weighty
def reset(body: object, user_id: str) -> object:
    """Give an account a new first password, shown once."""
    return {"id": user_id, "first_password": reset_password(the_system(), the_actor(), user_id=user_id)}


@blueprint.route("/users/<string:user_id>/revoke-tokens", methods=["POST"])
@blueprint.arguments(Nothing)
@blueprint.response(200, CountDone)
@needs(Permission.ADMIN_TOKENS)
def revoke(body: object, user_id: str) -> object:
    """Revoke every token of an account."""
    return {"count": revoke_tokens(the_system(), the_actor(), user_id=user_id)}


@blueprint.route("/tokens", methods=["POST"])
@blueprint.arguments(TokenIn)
@blueprint.response(201, TokenMade)
@needs(Permission.ADMIN_TOKENS)
@weighty
def make_token(body: dict[str, Any]) -> object:
    """Issue a token for programs that act as an account; it is shown once."""
    return {"token": create_token(the_system(), the_actor(), **body)}


@blueprint.route("/agencies")
@blueprint.response(200, list_of(plain_schema(AgencyLine), "Agencies"))
def list_agencies() -> object:
    """List the agencies."""
    return {"items": agencies_list(the_system(), the_actor())}


@blueprint.route("/agencies/<string:agency_id>")
@blueprint.response(200, plain_schema(AgencyLine))
def get_agency(agency_id: str) -> object:
    """Read an agency."""
    return agency_view(the_system(), the_actor(), agency_id=agency_id)


@blueprint.route("/agencies/<string:agency_id>", methods=["PUT"])
@blueprint.arguments(AgencyIn)
@blueprint.response(200, Done)
@needs(Permission.AGENCIES_MANAGE)
def put_agency(body: dict[str, Any], agency_id: str) -> object:
    """Create or change an agency; to end one, make it inactive."""
    save_agency(the_system(), the_actor(), agency_id=agency_id, **body)
    return DONE
