"""How long closed cases are kept: what is due, legal holds, erasing by two people, the receipt; and the keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from nrm.commands.erasure import approve_erasure, propose_erasure, refuse_erasure
from nrm.commands.legal_holds import lift_hold, place_hold
from nrm.commands.read_retention import read_retention
from nrm.commands.rotation import key_state
from nrm.queries.retention import STATES, kept_cases
from nrm.rules.retention import HoldGround
from nrm.vocabulary.errors import InvalidInput
from nrm_web.erasure_words import BASES
from nrm_web.pages.case import case_id
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
TABS = {
    "due": "Time has come", "waiting": "Under way", "held": "Held back", "kept": "All closed cases", "erased": "Erased",
}
GROUNDS = {
    HoldGround.COURT_ORDER: "Order of a court", HoldGround.PROCEEDINGS: "Proceedings are open",
    HoldGround.COMPENSATION: "Compensation is claimed", HoldGround.COMPLAINT: "A complaint is open",
    HoldGround.AUDIT: "An audit is under way", HoldGround.PERSON_ASKED: "The person asked to keep it",
}
STATUSES = {
    "proposed": "Waits for a second person", "approved": "Approved; it is carried out within a minute",
    "refused": "Refused", "stopped": "Stopped: something stood against it", "done": "Erased",
}
LABELS = {"ground": "Ground", "until": "Last day", "basis": "Why it is erased", "reason": "Reason"}


@pages.get("/retention")
def retention() -> ResponseReturnValue:
    """Closed cases by what is to be done with them."""
    visit = the_visit()
    wanted = request.args.get("state", "due")
    state = wanted if wanted in STATES else "due"
    page = kept_cases(visit.system, visit.actor, state=state, after=request.args.get("after") or None)
    return render_template("coordinator/retention.html", page=page, state=state, tabs=TABS, statuses=STATUSES)


@pages.get("/retention/<code>")
def case_retention(code: str) -> ResponseReturnValue:
    """One case: until when it is kept and why, its holds, what an erasure takes, or the receipt."""
    return _show(code)


@pages.post("/retention/<code>/hold")
def retention_hold(code: str) -> ResponseReturnValue:
    """Hold the case back from erasure."""
    visit = the_visit()
    typed = {"ground": request.form.get("ground", ""), "until": request.form.get("until", "").strip()}
    try:
        place_hold(visit.system, visit.actor, case_id=case_id(code), ground=typed["ground"], until=_day(typed["until"]))
    except InvalidInput as wrong:
        return _show(code, 422, wrong.fields, typed)
    return _back(code, "hold_placed")


@pages.post("/retention/<code>/holds/<hold_id>/lift", fresh=True)
def retention_lift(code: str, hold_id: str) -> ResponseReturnValue:
    """End a legal hold."""
    visit = the_visit()
    lift_hold(visit.system, visit.actor, hold_id=hold_id)
    return _back(code, "hold_lifted")


@pages.post("/retention/<code>/propose", fresh=True)
def retention_propose(code: str) -> ResponseReturnValue:
    """Propose to erase the case; nothing is erased before somebody else approves."""
    visit = the_visit()
    typed = {"basis": request.form.get("basis", ""), "reason": request.form.get("reason", "")}
    try:
        propose_erasure(visit.system, visit.actor, case_id=case_id(code), **typed)
    except InvalidInput as wrong:
        return _show(code, 422, wrong.fields, typed)
    return _back(code, "erasure_proposed")


@pages.post("/retention/<code>/erasures/<erasure_id>/approve", fresh=True)
def retention_approve(code: str, erasure_id: str) -> ResponseReturnValue:
    """Approve, as the second person, that the case is erased."""
    visit = the_visit()
    approve_erasure(visit.system, visit.actor, erasure_id=erasure_id)
    return _back(code, "erasure_approved")


@pages.post("/retention/<code>/erasures/<erasure_id>/refuse")
def retention_refuse(code: str, erasure_id: str) -> ResponseReturnValue:
    """Refuse a proposal, or take one's own back."""
    visit = the_visit()
    refuse_erasure(visit.system, visit.actor, erasure_id=erasure_id)
    return _back(code, "erasure_refused")


@pages.get("/keys")
def wrapping_keys() -> ResponseReturnValue:
    """How many keys of cases are under which wrapping key."""
    visit = the_visit()
    return render_template("admin/keys.html", lines=key_state(visit.system, visit.actor))


def _back(code: str, said: str) -> Response:
    return redirect(url_for("web.case_retention", code=code, said=said), 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(fields={"until": ["Write a day, or leave it empty."]}) from None


def _show(
    code: str, status: int = 200, errors: Mapping[str, list[str]] | None = None,
    typed: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    visit = the_visit()
    view = read_retention(visit.system, visit.actor, case_id=case_id(code))
    html = render_template(
        "coordinator/retention_case.html", view=view, errors=errors or {}, typed=typed or {}, labels=LABELS,
        grounds=GROUNDS, bases=BASES, statuses=STATUSES,
    )
    return html, status
