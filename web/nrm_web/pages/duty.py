"""Rosters: who is on duty this week, added, copied from the week before, taken back, as a file; and the gaps ahead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.duty import Turn, add_duty, copy_week, remove_duty
from nrm.commands.duty_file import import_duties, turns_as_csv
from nrm.queries.duty import WEEK, duty_now, duty_turns, roster_week
from nrm.vocabulary.errors import InvalidInput
from nrm_web.blueprint import words_of
from nrm_web.pages.processes import download
from nrm_web.routing import LARGEST_FILES, Pages
from nrm_web.visit import the_visit

pages = Pages()
LABELS = {"role": "Role", "district": "District", "user_id": "Person", "from_at": "From", "to_at": "Until",
          "file": "File"}
IN_FILE = 4 * WEEK


@pages.get("/duty")
def duty() -> ResponseReturnValue:
    """One week of the rosters, who is on duty now, and when nobody will be."""
    return _show({}, {})


@pages.post("/duty")
def duty_add() -> ResponseReturnValue:
    """Put somebody on a roster."""
    visit = the_visit()
    typed = {name: request.form.get(name, "").strip() for name in LABELS}
    try:
        wrong = {name: ["Write a day and a time."] for name in ("from_at", "to_at") if _moment(typed[name]) is None}
        begin, end = _moment(typed["from_at"]), _moment(typed["to_at"])
        if begin is None or end is None:
            raise InvalidInput(fields=wrong)
        add_duty(visit.system, visit.actor, Turn(
            typed["role"], typed["district"] or None, typed["user_id"], begin, end,
        ))
    except InvalidInput as found:
        return _show(typed, found.fields, 422)
    return _back("duty_added")


@pages.post("/duty/copy")
def duty_copy() -> ResponseReturnValue:
    """Copy the week before of one roster into the week that is shown."""
    visit = the_visit()
    copy_week(
        visit.system, visit.actor, role=request.form.get("role", ""), district=request.form.get("district") or None,
        begin=_week(),
    )
    return _back("duty_copied")


@pages.post("/duty/<duty_id>/remove")
def duty_remove(duty_id: str) -> ResponseReturnValue:
    """Take one turn back."""
    visit = the_visit()
    remove_duty(visit.system, visit.actor, duty_id=duty_id)
    return _back("duty_removed")


@pages.get("/duty/file")
def duty_file() -> ResponseReturnValue:
    """Four weeks of turns as a file, from the week that is shown."""
    visit = the_visit()
    begin = _week()
    lines = duty_turns(visit.system, visit.actor, begin=begin, end=begin + IN_FILE)
    text = turns_as_csv(visit.system, visit.actor, lines, words_of(visit.system, visit).zone)
    return download(text.encode(), "duty.csv")


@pages.post("/duty/file", files=LARGEST_FILES)
def duty_import() -> ResponseReturnValue:
    """Put the turns of a file on their rosters, all or none."""
    visit = the_visit()
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput(fields={"file": ["Choose a file."]})
        import_duties(visit.system, visit.actor, data=sent.stream.read(), zone=words_of(visit.system, visit).zone)
    except InvalidInput as found:
        return _show({}, found.fields, 422)
    return _back("duty_imported")


def _show(typed: Mapping[str, str], errors: Mapping[str, list[str]], status: int = 200) -> ResponseReturnValue:
    visit = the_visit()
    begin = _week()
    week = roster_week(visit.system, visit.actor, begin=begin)
    configuration = visit.system.configuration
    html = render_template(
        "coordinator/duty.html", week=week, now_on=duty_now(visit.system, visit.actor), typed=typed, errors=errors,
        labels=LABELS, day=begin.date(), before=begin.date() - WEEK, after=begin.date() + WEEK,
        roles=[(code, configuration.roles[code].title) for code in week.roles],
        titles={code: role.title for code, role in configuration.roles.items()},
        districts=[(code, configuration.districts[code]) for code in week.districts], names=configuration.districts,
        people=[(one.id, one.name) for one in week.candidates],
    )
    return html, status


def _week() -> datetime:
    """Local midnight of the Monday of the week that is asked for, this week's without."""
    visit = the_visit()
    zone = words_of(visit.system, visit).zone
    try:
        day = date.fromisoformat(request.values.get("week", ""))
    except ValueError:
        day = visit.system.clock.now().astimezone(zone).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), zone)


def _moment(text: str) -> datetime | None:
    visit = the_visit()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=words_of(visit.system, visit).zone)
    except ValueError:
        return None


def _back(said: str) -> ResponseReturnValue:
    return redirect(url_for("web.duty", week=_week().date().isoformat(), said=said), 303)
