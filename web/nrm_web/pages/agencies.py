"""Agencies: who fills which role in which district, on which calendar. An agency is ended, never deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.agencies import save_agency
from nrm.commands.rehoming import plan_of_agency, rehome
from nrm.queries.move_plans import lines_of
from nrm.queries.people import AgencyLine, agencies_list, agency_view
from nrm.vocabulary.errors import Conflict, InvalidInput
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
NOBODYS = ("SYSTEM", "BEN")
"""Roles no agency fills: the clock, and the person the case is about."""
LABELS = {
    "agency_id": "Short name", "name": "Name", "kind": "Kind", "districts": "Districts", "serves": "Roles it fills",
    "calendar": "Calendar", "until": "Last day",
}


@pages.get("/agencies")
def agencies() -> ResponseReturnValue:
    """Every agency, those that ended last."""
    visit = the_visit()
    lines = sorted(agencies_list(visit.system, visit.actor), key=lambda one: (one.status != "active", one.name))
    return render_template("admin/agencies.html", lines=lines)


@pages.get("/agencies/new")
def agency_new() -> ResponseReturnValue:
    """The form of a new agency."""
    return _form(None, {"active": True, "districts": (), "serves": ()})


@pages.post("/agencies/new")
def agency_create() -> ResponseReturnValue:
    """Create an agency; a short name that is taken is not written over."""
    visit = the_visit()
    typed = _typed()
    agency_id = str(typed["agency_id"])
    if any(one.id == agency_id for one in agencies_list(visit.system, visit.actor)):
        return _form(None, typed, {"agency_id": ["This short name is taken."]}, 422)
    return _saved(None, agency_id, typed)


@pages.get("/agencies/<agency_id>")
def agency(agency_id: str) -> ResponseReturnValue:
    """One agency, to be changed."""
    visit = the_visit()
    line = agency_view(visit.system, visit.actor, agency_id=agency_id)
    return _form(line, {
        "name": line.name, "kind": line.kind, "districts": line.districts, "serves": line.serves,
        "calendar": line.calendar, "email": line.email, "manages_cases": line.manages_cases,
        "active": line.status == "active", "until": line.until.isoformat() if line.until else "",
    })


@pages.post("/agencies/<agency_id>")
def agency_change(agency_id: str) -> ResponseReturnValue:
    """Change an agency."""
    visit = the_visit()
    return _saved(agency_view(visit.system, visit.actor, agency_id=agency_id), agency_id, _typed())


@pages.get("/agencies/<agency_id>/work")
def agency_work(agency_id: str) -> ResponseReturnValue:
    """Everything an agency has, and who would serve instead."""
    return _work(agency_id, {})


@pages.post("/agencies/<agency_id>/work")
def agency_rehome(agency_id: str) -> ResponseReturnValue:
    """Move the work of an agency that ends; what has changed since it was looked at is shown again instead."""
    visit = the_visit()
    try:
        batch_id = rehome(visit.system, visit.actor, agency_id=agency_id, digest=request.form.get("digest") or None)
    except Conflict as changed:
        return _work(agency_id, {"": [changed.sentence]}, 409)
    return redirect(url_for("web.batch", batch_id=batch_id, said="batch_started"), 303)


def _work(agency_id: str, errors: Mapping[str, list[str]], status: int = 200) -> ResponseReturnValue:
    visit = the_visit()
    plan = plan_of_agency(visit.system, visit.actor, agency_id=agency_id)
    html = render_template(
        "admin/agency_work.html", plan=plan, lines=lines_of(plan.planned), errors=errors,
        line=agency_view(visit.system, visit.actor, agency_id=agency_id),
    )
    return html, status


def _typed() -> dict[str, object]:
    plain: dict[str, object] = {
        name: request.form.get(name, "").strip()
        for name in ("agency_id", "name", "kind", "calendar", "email", "until")
    }
    ticked = {name: name in request.form for name in ("manages_cases", "active")}
    lists = {name: tuple(request.form.getlist(name)) for name in ("districts", "serves")}
    return {**plain, **ticked, **lists}


def _saved(line: AgencyLine | None, agency_id: str, typed: Mapping[str, object]) -> ResponseReturnValue:
    visit = the_visit()
    try:
        save_agency(
            visit.system, visit.actor, agency_id=agency_id, name=str(typed["name"]), kind=str(typed["kind"]),
            districts=request.form.getlist("districts"), serves=request.form.getlist("serves"),
            calendar=str(typed["calendar"]), email=str(typed["email"]), manages_cases=bool(typed["manages_cases"]),
            active=bool(typed["active"]), until=_day(str(typed["until"])),
        )
    except InvalidInput as wrong:
        return _form(line, typed, wrong.fields, 422)
    return redirect(url_for("web.agencies", said="agency_saved"), 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(fields={"until": ["Write a day, or leave it empty."]}) from None


def _form(
    line: AgencyLine | None, typed: Mapping[str, object], errors: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    visit = the_visit()
    kinds = sorted({one.kind for one in agencies_list(visit.system, visit.actor)})
    known = visit.system.configuration
    html = render_template(
        "admin/agency.html", line=line, typed=typed, errors=errors or {}, labels=LABELS, kinds=kinds,
        calendars=[(name, known.calendars[name].title) for name in sorted(known.calendars)],
        offered_districts=list(known.districts.items()),
        offered_roles=[(code, role.title) for code, role in known.roles.items() if code not in NOBODYS],
    )
    return html, status
