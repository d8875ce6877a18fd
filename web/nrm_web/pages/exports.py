"""Taking much out: ask and say why, allow or refuse what another person asked (goal:S21)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from nrm.commands.export_requests import WHO_ASKS, allow_export, ask_export, refuse_export
from nrm.queries.export_requests import export_requests
from nrm.rules.exports import Large
from nrm.vocabulary.errors import InvalidInput
from nrm_web.navigation import has
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
WHAT = {
    Large.HISTORY: "The history of the whole installation", Large.CASES: "More than fifty cases within a day",
}
STATES = {
    "asked": "Waits for a second person", "allowed": "Allowed", "refused": "Refused", "used": "Taken",
    "lapsed": "Lapsed",
}
LABELS = {"what": "What is taken out", "reason": "Reason"}


@pages.get("/exports")
def exports() -> ResponseReturnValue:
    """What was asked for, what waits, and a form to ask."""
    return _show({"what": request.args.get("what", "")})


@pages.post("/exports", fresh=True)
def export_ask() -> ResponseReturnValue:
    """Ask to take much out; nothing is taken before somebody else allows it."""
    visit = the_visit()
    typed = {"what": request.form.get("what", ""), "reason": request.form.get("reason", "")}
    try:
        ask_export(visit.system, visit.actor, **typed)
    except InvalidInput as wrong:
        return _show(typed, wrong.fields, 422)
    return _back("export_asked")


@pages.post("/exports/<export_id>/allow", fresh=True)
def export_allow(export_id: str) -> ResponseReturnValue:
    """Allow, as the second person, that it is taken once within a day."""
    allow_export(the_visit().system, the_visit().actor, request_id=export_id)
    return _back("export_allowed")


@pages.post("/exports/<export_id>/refuse")
def export_refuse(export_id: str) -> ResponseReturnValue:
    """Refuse what another person asked."""
    refuse_export(the_visit().system, the_visit().actor, request_id=export_id)
    return _back("export_refused")


def _back(said: str) -> Response:
    return redirect(url_for("web.exports", said=said), 303)


def _show(
    typed: Mapping[str, str], errors: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    visit = the_visit()
    policy = visit.system.configuration.policy
    html = render_template(
        "auditor/exports.html", lines=export_requests(visit.system, visit.actor), typed=typed, errors=errors or {},
        labels=LABELS, what=WHAT, states=STATES,
        may_ask=[one for one in Large if any(has(visit.actor, policy, needed) for needed in WHO_ASKS[one])],
    )
    return html, status
