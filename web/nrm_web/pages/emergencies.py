"""Opening a case in an emergency, and what auditors and the data-protection officer look at: emergencies, signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.emergencies import end_emergency, open_in_emergency
from nrm.commands.watching_access import honey_codes, mark_signal_seen, read_emergency_words, set_honey
from nrm.queries.signals import STATUSES, emergencies, my_emergencies, signals
from nrm.vocabulary.access_words import GlassReason
from nrm.vocabulary.errors import InvalidInput
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
REASONS = [(str(reason), reason.sentence) for reason in GlassReason]
LABELS = {"code": "Case code", "reason": "Reason", "words": "What happens", "case_code": "Case code"}


@pages.get("/emergency")
def emergency() -> ResponseReturnValue:
    """The form, and one's own accesses that run."""
    return _emergency()


@pages.post("/emergency", fresh=True)
def begin_emergency() -> ResponseReturnValue:
    """Open a case that is not one's own because of danger."""
    visit, form = the_visit(), request.form
    try:
        made = open_in_emergency(
            visit.system, visit.actor, code=form.get("code", ""), reason=form.get("reason", ""),
            words=form.get("words", ""), stay="stay" in form,
        )
    except InvalidInput as wrong:
        return _emergency(wrong.fields)
    return redirect(url_for("web.case", code=made.case_code), 303)


@pages.post("/emergency/<emergency_id>/end")
def stop_emergency(emergency_id: str) -> ResponseReturnValue:
    """End one's own access before its time."""
    visit = the_visit()
    end_emergency(visit.system, visit.actor, emergency_id=emergency_id)
    return redirect(url_for("web.emergency", said="emergency_ended"), 303)


@pages.get("/access-signals")
def access_signals() -> ResponseReturnValue:
    """Signals and emergencies, to be looked at."""
    return _signals()


@pages.post("/access-signals/<signal_id>/seen")
def signal_seen(signal_id: str) -> ResponseReturnValue:
    """Say what came of a signal."""
    visit, note = the_visit(), request.form.get("note", "")
    try:
        mark_signal_seen(visit.system, visit.actor, signal_id=signal_id, note=note)
    except InvalidInput as wrong:
        return _signals({f"note-{signal_id}": wrong.fields["note"]}, {f"note-{signal_id}": note})
    return redirect(url_for("web.access_signals", said="signal_seen"), 303)


@pages.post("/access-signals/honey")
def honey() -> ResponseReturnValue:
    """Make a case one that nobody has a reason to open, or an ordinary one again."""
    visit, form = the_visit(), request.form
    try:
        set_honey(visit.system, visit.actor, case_code=form.get("case_code", ""), on=form.get("on") == "yes")
    except InvalidInput as wrong:
        return _signals(wrong.fields, {"case_code": form.get("case_code", "")})
    return redirect(url_for("web.access_signals", said="honey_set"), 303)


@pages.post("/access-signals/emergencies/<emergency_id>", repeatable=True)
def emergency_words(emergency_id: str) -> ResponseReturnValue:
    """Why a case was opened in an emergency, in the words of who opened it; the look is an entry of the case."""
    visit = the_visit()
    said = read_emergency_words(visit.system, visit.actor, emergency_id=emergency_id)
    return _signals(opened={emergency_id: said})


def _emergency(errors: Mapping[str, Sequence[str]] | None = None) -> ResponseReturnValue:
    visit = the_visit()
    running = my_emergencies(visit.system, visit.actor)
    html = render_template(
        "coordinator/emergency.html", running=running, reasons=REASONS, errors=errors or {}, labels=LABELS,
        typed=request.form, hours=visit.system.configuration.access.glass_hours,
    )
    return html, 422 if errors else 200


def _signals(
    errors: Mapping[str, Sequence[str]] | None = None, typed: Mapping[str, str] | None = None,
    opened: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    visit = the_visit()
    status = request.args.get("status", "")
    status = status if status in STATUSES else "open"
    html = render_template(
        "auditor/signals.html", status=status,
        page=signals(visit.system, visit.actor, status=status, after=request.args.get("after") or None),
        emergencies=emergencies(visit.system, visit.actor).items, honey=honey_codes(visit.system, visit.actor),
        errors=errors or {}, typed=typed or {}, opened=opened or {}, labels=LABELS,
    )
    return html, 422 if errors else 200
