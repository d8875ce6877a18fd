"""Absences: who is away and until when, who stands in, and what was done meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.absences import end_absence, plan_absence
from nrm.queries import absences as away
from nrm.queries.absence_plans import AbsencePlan, AbsencePreview, absence_choices, preview_absence
from nrm.queries.scope import roles_with
from nrm.rules.substitutes import Scope
from nrm.vocabulary.errors import InvalidInput
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
LABELS = {
    "user_id": "Who is away", "first": "First day", "last": "Last day", "substitute_id": "Who stands in",
    "processes": "Only these processes", "cases": "Only these cases",
}
NOT_A_DAY = "Write a day."


@pages.get("/absences")
def absences() -> ResponseReturnValue:
    """Absences that are planned or running; with ``over`` those of the past too."""
    visit = the_visit()
    over = bool(request.args.get("over"))
    page = away.absences(visit.system, visit.actor, over=over, after=request.args.get("after") or None)
    return render_template("nrm/absences.html", page=page, over=over)


@pages.get("/absences/new")
def absence_new() -> ResponseReturnValue:
    """The form of an absence: one's own, or that of somebody one manages (``user`` in the address)."""
    return _form({"user_id": request.args.get("user", "")}, {})


@pages.post("/absences/new")
def absence_plan() -> ResponseReturnValue:
    """Look at what the absence would do, or note it."""
    visit = the_visit()
    typed: dict[str, object] = {name: request.form.get(name, "").strip() for name in LABELS}
    typed["processes"] = request.form.getlist("processes")
    try:
        plan = _plan(typed)
        if request.form.get("_action") == "look":
            seen = preview_absence(visit.system, visit.actor, plan)
            return _form(typed, seen.faults, seen, 422 if seen.faults else 200)
        absence_id = plan_absence(visit.system, visit.actor, plan)
    except InvalidInput as wrong:
        return _form(typed, wrong.fields, status=422)
    return redirect(url_for("web.absence", absence_id=absence_id, said="absence_planned"), 303)


@pages.get("/absences/<absence_id>")
def absence(absence_id: str) -> ResponseReturnValue:
    """One absence, and what became of the tasks, by case code."""
    visit = the_visit()
    view = away.absence_view(visit.system, visit.actor, absence_id=absence_id)
    return render_template("nrm/absence.html", view=view, line=view.line)


@pages.post("/absences/<absence_id>/end")
def absence_end(absence_id: str) -> ResponseReturnValue:
    """Cancel a planned absence, or cut a running one short."""
    visit = the_visit()
    end_absence(visit.system, visit.actor, absence_id=absence_id)
    return redirect(url_for("web.absence", absence_id=absence_id, said="absence_ended"), 303)


def _plan(typed: Mapping[str, object]) -> AbsencePlan:
    wrong: dict[str, list[str]] = {}
    days = {name: _day(str(typed[name])) for name in ("first", "last")}
    wrong.update({name: [NOT_A_DAY] for name, day in days.items() if day is None})
    first, last = days["first"], days["last"]
    if first is None or last is None:
        raise InvalidInput(fields=wrong)
    codes = str(typed["cases"]).replace(",", " ").upper().split()
    processes = typed["processes"]
    return AbsencePlan(
        str(typed["user_id"]) or the_visit().actor.user_id, first, last, str(typed["substitute_id"]) or None,
        Scope(frozenset(map(str, processes if isinstance(processes, list) else ())), frozenset(codes)),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _form(
    typed: Mapping[str, object], errors: Mapping[str, Sequence[str]], seen: AbsencePreview | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    visit = the_visit()
    user_id = str(typed.get("user_id") or visit.actor.user_id)
    choices = absence_choices(visit.system, visit.actor, user_id=user_id)
    policy = visit.system.configuration.policy
    html = render_template(
        "nrm/absence_new.html", typed=typed, errors=errors, labels=LABELS, choices=choices, seen=seen,
        may_choose=any(roles_with(visit.actor, permission, policy) for permission in away.MANAGING),
    )
    return html, status
