"""One clock: let it stand still and go on, ask for a change, decide one, say why it was missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import NoReturn

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from nrm.commands.access_first import refuse_first
from nrm.commands.clock_acts import (
    GROUNDS,
    Asked,
    ask_change,
    decide_change,
    give_reason,
    give_task_reason,
    pause_clock,
    resume_clock,
)
from nrm.queries.clock_view import clock_view
from nrm.vocabulary.clock_words import Change, LateReason, PauseGround
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm_web.answering import NOT_A_DAY
from nrm_web.blueprint import words_of
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
KINDS = {
    Change.EXTEND: "More time", Change.WAIVE: "The clock ends: it is not needed",
    Change.RESTART: "It starts again from now", Change.CORRECT_START: "It started at another time",
}
ADDED = {"working_days": "Working days that are added", "calendar_days": "Days that are added",
         "hours": "Hours that are added", "office_hours": "Hours that are added"}
LABELS = {"ground": "Ground", "units": "How much is added", "start_on": "Day", "reason": "Reason",
          **{f"{kind}_ground": "Ground" for kind in Change}}


@pages.get("/deadlines/<deadline_id>")
def clock(deadline_id: str) -> ResponseReturnValue:
    """One clock."""
    return _show(deadline_id)


@pages.post("/deadlines/<deadline_id>/pause")
def clock_pause(deadline_id: str) -> ResponseReturnValue:
    """Let it stand still from now on."""
    visit = the_visit()
    try:
        pause_clock(visit.system, visit.actor, deadline_id=deadline_id, ground=request.form.get("ground", ""))
    except InvalidInput as wrong:
        return _show(deadline_id, wrong)
    return _after(deadline_id, "paused")


@pages.post("/deadlines/<deadline_id>/resume")
def clock_resume(deadline_id: str) -> ResponseReturnValue:
    """Let it go on."""
    visit = the_visit()
    resume_clock(visit.system, visit.actor, deadline_id=deadline_id)
    return _after(deadline_id, "resumed")


@pages.post("/deadlines/<deadline_id>/changes")
def clock_change(deadline_id: str) -> ResponseReturnValue:
    """Ask for a change; a second person decides."""
    visit = the_visit()
    try:
        ask_change(visit.system, visit.actor, deadline_id=deadline_id, asked=_asked(deadline_id))
    except InvalidInput as wrong:
        own = {"ground": f"{request.form.get('kind', '')}_ground", "start_at": "start_on"}
        named = {own.get(name, name): said for name, said in wrong.fields.items()}
        return _show(deadline_id, InvalidInput(fields=named))
    return _after(deadline_id, "asked")


@pages.post("/clock-changes/<request_id>/decide")
def clock_decide(request_id: str) -> ResponseReturnValue:
    """Grant or refuse a change as the second person."""
    visit = the_visit()
    grant = request.form.get("grant") == "yes"
    deadline_id = decide_change(visit.system, visit.actor, request_id=request_id, grant=grant)
    return _after(deadline_id, "granted" if grant else "refused")


@pages.post("/deadlines/<deadline_id>/reason")
def clock_reason(deadline_id: str) -> ResponseReturnValue:
    """Say why it was missed."""
    visit = the_visit()
    try:
        give_reason(visit.system, visit.actor, deadline_id=deadline_id, reason=request.form.get("reason", ""))
    except InvalidInput as wrong:
        return _show(deadline_id, wrong)
    return _after(deadline_id, "explained")


@pages.post("/tasks/<task_id>/late-reason")
def task_late_reason(task_id: str) -> ResponseReturnValue:
    """Say why one's own task is late, before it is done."""
    visit = the_visit()
    try:
        give_task_reason(visit.system, visit.actor, task_id=task_id, reason=request.form.get("late_reason", ""))
    except InvalidInput:  # nothing was chosen: the page asks again beside the form
        return redirect(url_for("web.task", task_id=task_id), 303)
    return redirect(url_for("web.task", task_id=task_id, done="explained"), 303)


def _asked(deadline_id: str) -> Asked:
    """Return the change the form asks for. Raises InvalidInput, but to who may not ask what the act would raise."""
    kind, units = request.form.get("kind", ""), request.form.get("units", "")
    if kind not in set(Change):
        _wrong(deadline_id, {"kind": ["Choose what should change."]})
    start = _start(deadline_id) if kind == Change.CORRECT_START else None
    number = int(units) if units.isascii() and units.isdigit() and len(units) < 6 else None
    return Asked(Change(kind), request.form.get(f"{kind}_ground", ""), number if kind == Change.EXTEND else None, start)


def _start(deadline_id: str) -> datetime:
    visit = the_visit()
    on, at = request.form.get("start_on", ""), request.form.get("start_time", "")
    try:
        local = datetime.combine(date.fromisoformat(on), time.fromisoformat(at or "00:00"),
                                 words_of(visit.system, visit).zone)
    except ValueError:
        _wrong(deadline_id, {"start_at": [NOT_A_DAY]})
    return local.astimezone(UTC)


def _wrong(deadline_id: str, fields: dict[str, list[str]]) -> NoReturn:
    visit = the_visit()
    refuse_first(visit.system, visit.actor, (Permission.CLOCK_ASK,), {"deadline_id": deadline_id},
                 InvalidInput(fields=fields))


def _after(deadline_id: str, said: str) -> Response:
    return redirect(url_for("web.clock", deadline_id=deadline_id, said=said), 303)


def _show(deadline_id: str, wrong: InvalidInput | None = None) -> ResponseReturnValue:
    visit = the_visit()
    view = clock_view(visit.system, visit.actor, deadline_id=deadline_id)
    grounds = {str(ground): ground.sentence for ground in PauseGround}
    html = render_template(
        "coordinator/clock.html", view=view, clock=view.clock, errors=wrong.fields if wrong else {},
        typed=request.form if wrong else {}, labels=LABELS, pause_grounds=grounds,
        kinds={kind: [(str(one), one.sentence) for one in GROUNDS[Change(kind)]] for kind in view.changes},
        added=ADDED[view.unit],
        change_words={str(kind): text for kind, text in KINDS.items()},
        change_grounds={str(one): one.sentence for grounds in GROUNDS.values() for one in grounds},
        late_reasons={str(reason): reason.sentence for reason in LateReason},
    )
    return html, 422 if wrong else 200
