"""Accounts: who may sign in, for which agency, in which roles. A first password is shown once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.accounts import change_user, create_user, manages_every_agency, reset_password
from nrm.commands.confirm_roles import confirm_roles, refuse_roles
from nrm.commands.leaving import leave, plan_leaving
from nrm.commands.same_person import say_same_person
from nrm.deployment.people import AgencySetting
from nrm.queries.move_plans import lines_of
from nrm.queries.own_security import account_security
from nrm.queries.people import UserView, user_view, users_list
from nrm.vocabulary.errors import Conflict, InvalidInput
from nrm_web.account_links import invitation_page
from nrm_web.repeating import SHOWN_ONCE
from nrm_web.routing import Pages
from nrm_web.visit import the_visit
from nrm_web.words import NAMES

pages = Pages()
FIELDS = ("login", "name", "email", "unit_name", "supervisor_id", "language", "status", "first")
Errors = Mapping[str, list[str]]


@dataclass(frozen=True)
class Offer:
    """What the form of an account offers once the agency is chosen."""

    agency: AgencySetting | None
    agencies: tuple[AgencySetting, ...]
    supervisors: tuple[tuple[str, str], ...]
    is_fixed: bool


@pages.get("/users")
def users() -> ResponseReturnValue:
    """The accounts; filters stand in the address."""
    visit = the_visit()
    wide = manages_every_agency(visit.system, visit.actor)
    filters = {name: request.args.get(name, "") for name in ("agency", "status", "q")}
    if not wide:
        filters["agency"] = visit.actor.agency_id
    page = users_list(
        visit.system, visit.actor, agency=filters["agency"] or None, status=filters["status"] or None,
        q=filters["q"] or None, after=request.args.get("after") or None,
    )
    return render_template("admin/users.html", page=page, filters=filters, wide=wide, agencies=_agencies())


@pages.get("/users/new")
def user_new() -> ResponseReturnValue:
    """Choose the agency first: it decides which roles and units there are."""
    the_visit()
    return _new_page({}, request.args.get("agency", ""))


@pages.post("/users/new", fresh=True)
def user_create() -> ResponseReturnValue:
    """Create an account and show its first password, once."""
    visit = the_visit()
    typed, roles = _typed(), request.form.getlist("roles")
    agency_id = request.form.get("agency_id", "")
    invited = visit.system.settings.needs_factor or request.form.get("first") == "link"
    try:
        user_id, first = create_user(
            visit.system, visit.actor, login=typed["login"], name=typed["name"], agency_id=agency_id, roles=roles,
            email=typed["email"] or None, language=_language(typed["language"]),
            unit_name=typed["unit_name"] or None, supervisor_id=typed["supervisor_id"] or None, invited=invited,
        )
    except InvalidInput as wrong:
        return _new_page({**typed, "roles": roles}, agency_id, wrong.fields, 422)
    if invited:
        return invitation_page(visit, user_id)
    return render_template(
        "admin/first_password.html", user_id=user_id, name=typed["name"], login=typed["login"].strip().lower(),
        first=first, is_new=True,
    ), SHOWN_ONCE


@pages.get("/users/<user_id>")
def user(user_id: str) -> ResponseReturnValue:
    """One account, to be changed."""
    return _page(user_id)


@pages.post("/users/<user_id>", fresh=True)
def user_change(user_id: str) -> ResponseReturnValue:
    """Change an account; new roles or a closed account end its sessions at once."""
    visit = the_visit()
    typed, roles = _typed(), request.form.getlist("roles")
    agency_id = request.form.get("agency_id", "")
    try:
        change_user(
            visit.system, visit.actor, user_id=user_id, name=typed["name"], agency_id=agency_id, roles=roles,
            email=typed["email"] or None, unit_name=typed["unit_name"] or None,
            supervisor_id=typed["supervisor_id"] or None, status=typed["status"],
        )
    except InvalidInput as wrong:
        return _page(user_id, {**typed, "roles": roles}, agency_id, wrong.fields, 422)
    return redirect(url_for("web.user", user_id=user_id, said="user_changed"), 303)


@pages.post("/users/<user_id>/roles/confirm", fresh=True)
def roles_confirm(user_id: str) -> ResponseReturnValue:
    """Confirm, as the second administrator, roles that reach far."""
    confirm_roles(the_visit().system, the_visit().actor, user_id=user_id)
    return redirect(url_for("web.user", user_id=user_id, said="roles_confirmed"), 303)


@pages.post("/users/<user_id>/roles/refuse")
def roles_refuse(user_id: str) -> ResponseReturnValue:
    """Refuse roles that wait, or take one's own wish back."""
    refuse_roles(the_visit().system, the_visit().actor, user_id=user_id)
    return redirect(url_for("web.user", user_id=user_id, said="roles_refused"), 303)


@pages.get("/users/<user_id>/leaving")
def user_leaving(user_id: str) -> ResponseReturnValue:
    """Everything somebody has, and where it would go before the account closes."""
    return _leaving(user_id, request.args.get("to_user_id", ""), {})


@pages.post("/users/<user_id>/leaving")
def user_leave(user_id: str) -> ResponseReturnValue:
    """Move everything, then close the account; what has changed since it was looked at is shown again instead."""
    visit = the_visit()
    to_user_id = request.form.get("to_user_id", "")
    try:
        batch_id = leave(
            visit.system, visit.actor, user_id=user_id, to_user_id=to_user_id or None,
            digest=request.form.get("digest") or None, locked_now="locked_now" in request.form,
        )
    except InvalidInput as wrong:
        texts = [text for found in wrong.fields.values() for text in found]
        return _leaving(user_id, to_user_id, {"to_user_id": texts}, 422)
    except Conflict as changed:
        return _leaving(user_id, to_user_id, {"to_user_id": [changed.sentence]}, 409)
    if batch_id is None:
        return redirect(url_for("web.user", user_id=user_id, said="user_closed"), 303)
    return redirect(url_for("web.batch", batch_id=batch_id, said="batch_started"), 303)


@pages.post("/users/<user_id>/password", fresh=True)
def user_password(user_id: str) -> ResponseReturnValue:
    """Give an account a new first password and show it, once."""
    visit = the_visit()
    line = user_view(visit.system, visit.actor, user_id=user_id).line
    first = reset_password(visit.system, visit.actor, user_id=user_id)
    return render_template(
        "admin/first_password.html", user_id=user_id, name=line.name, login=line.login, first=first, is_new=False,
    ), SHOWN_ONCE


@pages.post("/users/<user_id>/person", fresh=True)
def user_same_person(user_id: str) -> ResponseReturnValue:
    """Say that another account is the same person's: what needs two people is then not done with both."""
    visit = the_visit()
    login = request.form.get("login", "")
    try:
        say_same_person(visit.system, visit.actor, user_id=user_id, login=login)
    except InvalidInput as wrong:
        return _page(user_id, errors=wrong.fields, status=422, login=login)
    return redirect(url_for("web.user", user_id=user_id, said="user_changed"), 303)


def _leaving(user_id: str, to_user_id: str, errors: Errors, status: int = 200) -> ResponseReturnValue:
    visit = the_visit()
    plan = plan_leaving(visit.system, visit.actor, user_id=user_id, to_user_id=to_user_id or None)
    people = users_list(visit.system, visit.actor, agency=plan.agency_id, status="active", limit=100).items
    roles = visit.system.configuration.roles
    html = render_template(
        "admin/leaving.html", plan=plan, lines=lines_of(plan.planned), to_user_id=to_user_id, errors=errors,
        labels={"to_user_id": "Everything goes to"}, last_titles=[roles[code].title for code in plan.last_in],
        people=[(one.id, one.name) for one in people if one.id != user_id],
    )
    return html, status


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in FIELDS}


def _language(code: str) -> str:
    languages = the_visit().system.configuration.product.languages
    return code if code in languages else the_visit().system.configuration.product.default_language


def _agencies() -> tuple[AgencySetting, ...]:
    """The agencies that take part, those of the reader only where they manage no others."""
    visit = the_visit()
    with visit.system.database.reader(visit.actor) as unit:
        active = visit.system.agencies(unit).active
    wide = manages_every_agency(visit.system, visit.actor)
    return tuple(one for one in active if wide or one.id == visit.actor.agency_id)


def _offer(agency_id: str) -> Offer:
    visit = the_visit()
    agencies = _agencies()
    if not agency_id and len(agencies) == 1:
        agency_id = agencies[0].id
    agency = next((one for one in agencies if one.id == agency_id), None)
    people: tuple[tuple[str, str], ...] = ()
    if agency is not None:
        page = users_list(visit.system, visit.actor, agency=agency.id, status="active", limit=100)
        people = tuple((one.id, one.name) for one in page.items)
    return Offer(agency, agencies, people, len(agencies) == 1)


def _new_page(
    typed: Mapping[str, object], agency_id: str, errors: Errors | None = None, status: int = 200
) -> ResponseReturnValue:
    visit = the_visit()
    # Who may not manage accounts is refused before anything of them is shown.
    users_list(visit.system, visit.actor, limit=1)
    html = render_template(
        "admin/user_new.html", offer=_offer(agency_id), typed=typed, errors=errors or {}, labels=LABELS,
        links_only=visit.system.settings.needs_factor,
        languages=[(code, NAMES.get(code, code)) for code in visit.system.configuration.product.languages],
    )
    return html, status


def _page(
    user_id: str, typed: Mapping[str, object] | None = None, agency_id: str = "", errors: Errors | None = None,
    status: int = 200, login: str = "",
) -> ResponseReturnValue:
    visit = the_visit()
    view = user_view(visit.system, visit.actor, user_id=user_id)
    wanted = agency_id or request.args.get("agency", "") or view.line.agency_id
    offer = _offer(wanted)
    is_own = user_id == visit.actor.user_id
    html = render_template(
        "admin/user.html", view=view, line=view.line, offer=offer, typed=typed or _stored(view), errors=errors or {},
        labels=LABELS, may_change=not is_own and any(one.id == view.line.agency_id for one in offer.agencies),
        is_own=is_own, security=account_security(visit.system, visit.actor, user_id=user_id),
        by_recovery=visit.system.settings.needs_factor, login=login,
    )
    return html, status


def _stored(view: UserView) -> dict[str, object]:
    line = view.line
    return {
        "name": line.name, "email": view.email or "", "unit_name": line.unit or "",
        "roles": [*line.roles, *(view.waiting.roles if view.waiting else ())],
        "supervisor_id": view.supervisor_id or "", "status": line.status,
    }


LABELS = {
    "login": "Sign-in name", "name": "Name", "agency_id": "Agency", "roles": "Roles", "email": "E-mail",
    "unit_name": "Unit", "supervisor_id": "Supervisor", "status": "Status",
}
