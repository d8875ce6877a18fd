"""Runs that stopped: why, what is missing in words, and the three ways to help one on."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from nrm.commands.incidents import confirm_path, propose_path, retry_incident, supply_fact
from nrm.queries.incident_proposal import incident_proposal
from nrm.queries.incidents_list import STATUSES, incident_view, incidents_list
from nrm.vocabulary.errors import InvalidInput
from nrm_web.blueprint import words_of
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
LABELS = {"": "To be helped on", "open": "Open", "waiting_second": "Wait for a second person", "resolved": "Resolved"}


@pages.get("/incidents")
def incidents() -> ResponseReturnValue:
    """The runs that stopped in the reader's scope."""
    visit = the_visit()
    wanted = request.args.get("status", "")
    wanted = wanted if wanted in STATUSES else ""
    page = incidents_list(
        visit.system, visit.actor, status=wanted or None, after=request.args.get("after") or None,
    )
    return render_template("coordinator/incidents.html", page=page, status=wanted, labels=LABELS)


@pages.get("/incidents/<incident_id>")
def incident(incident_id: str) -> ResponseReturnValue:
    """One stopped run."""
    return _show(incident_id)


@pages.post("/incidents/<incident_id>/retry")
def incident_retry(incident_id: str) -> ResponseReturnValue:
    """Try again as things stand now."""
    visit = the_visit()
    retry_incident(visit.system, visit.actor, incident_id=incident_id)
    return _after("retried")


@pages.post("/incidents/<incident_id>/facts")
def incident_facts(incident_id: str) -> ResponseReturnValue:
    """Give the missing facts and try again."""
    visit = the_visit()
    view = incident_view(visit.system, visit.actor, incident_id=incident_id)
    typed = {fact.name: request.form.get(f"fact-{fact.name}", "") for fact in view.missing}
    given = {name: value for name, value in typed.items() if value}
    try:
        if not given:
            raise InvalidInput(fields={name: ["Give this a value."] for name in typed})
        supply_fact(visit.system, visit.actor, incident_id=incident_id, facts=given)
    except InvalidInput as wrong:
        return _show(incident_id, 422, {f"fact-{name}": said for name, said in wrong.fields.items()}, typed)
    return _after("supplied")


@pages.post("/incidents/<incident_id>/path")
def incident_path(incident_id: str) -> ResponseReturnValue:
    """Propose a path past the gateway, with a reason; a second person confirms it."""
    visit = the_visit()
    flow, reason = request.form.get("flow", ""), request.form.get("reason", "")
    try:
        propose_path(visit.system, visit.actor, incident_id=incident_id, flow=flow, reason=reason)
    except InvalidInput as wrong:
        return _show(incident_id, 422, wrong.fields, {"flow": flow, "reason": reason})
    return redirect(url_for("web.incident", incident_id=incident_id, said="proposed"), 303)


@pages.post("/incidents/<incident_id>/confirm")
def incident_confirm(incident_id: str) -> ResponseReturnValue:
    """Confirm a proposed path as the second person."""
    visit = the_visit()
    confirm_path(visit.system, visit.actor, incident_id=incident_id)
    return _after("confirmed")


def _after(said: str) -> Response:
    """Back to the list: the run may stand at another incident by now."""
    return redirect(url_for("web.incidents", said=said), 303)


def _show(
    incident_id: str, status: int = 200, errors: dict[str, list[str]] | None = None,
    typed: dict[str, str] | None = None,
) -> ResponseReturnValue:
    visit = the_visit()
    view = incident_view(visit.system, visit.actor, incident_id=incident_id)
    words = words_of(visit.system, visit)
    # "answer: step": the two are translated apart.
    ways = {flow: ": ".join(words(part) for part in way.split(": ", 1)) for flow, way in view.ways.items()}
    proposal = None
    if view.line.status == "waiting_second":
        proposal = incident_proposal(visit.system, visit.actor, incident_id=incident_id)
    html = render_template(
        "coordinator/incident.html", view=view, line=view.line, proposal=proposal, ways=ways, errors=errors or {},
        typed=typed or {}, labels_of=LABELS, language=visit.language,
        labels={f"fact-{fact.name}": fact.title(visit.language) for fact in view.missing},
    )
    return html, status
