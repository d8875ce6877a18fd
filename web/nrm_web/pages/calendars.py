"""Calendars: which agencies work by them, one year to look at and print, and days laid over them by people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from babel import Locale
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.calendar_days import edit_calendar
from nrm.queries.calendar_edit import BACK, CalendarEdit
from nrm.queries.calendar_moves import calendar_moves
from nrm.queries.calendar_year import FIRST_YEAR, LAST_YEAR, CalendarYear, WeekdayHours, calendar_year
from nrm.queries.calendars import calendars_list
from nrm.vocabulary.errors import InvalidInput
from nrm_web.blueprint import words_of
from nrm_web.month_grid import months_of, weekdays_of
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()

LABELS = {"day": "Day", "change": "What the day is", "name": "Name"}
CHOICES = (("free", "Free: it does not count"), ("working", "Worked: it counts"))


@dataclass(frozen=True, slots=True)
class HoursLine:
    """Neighbouring weekdays with the same office hours, in the reader's words."""

    days: str
    hours: str


@pages.get("/calendars")
def calendars() -> ResponseReturnValue:
    """Every calendar, with who works by it and until when it is listed."""
    visit = the_visit()
    return render_template("admin/calendars.html", lines=calendars_list(visit.system, visit.actor))


@pages.get("/calendars/<calendar_id>")
def calendar(calendar_id: str) -> ResponseReturnValue:
    """One year: twelve months, and the same as a list."""
    return _year(calendar_id, request.args.get("year"))


@pages.get("/calendars/<calendar_id>/edit")
def calendar_edit(calendar_id: str) -> ResponseReturnValue:
    """What an edit would move; nothing is saved yet."""
    visit = the_visit()
    try:
        edit = _typed(calendar_id)
        moves = calendar_moves(visit.system, visit.actor, edit=edit, after=request.args.get("after") or None)
    except InvalidInput as wrong:
        return _refused(calendar_id, wrong)
    year = calendar_year(visit.system, visit.actor, calendar_id=calendar_id, year=edit.day.year)
    name = next((one.name for one in year.days if one.day == edit.day and edit.change == BACK), edit.name)
    return render_template("admin/calendar_edit.html", shown=year.calendar, edit=edit, name=name, moves=moves)


@pages.post("/calendars/<calendar_id>/days")
def calendar_day(calendar_id: str) -> ResponseReturnValue:
    """Save the edit; clocks are counted anew by the worker."""
    visit = the_visit()
    try:
        edit = _typed(calendar_id)
        edit_calendar(visit.system, visit.actor, edit=edit)
    except InvalidInput as wrong:
        return _refused(calendar_id, wrong)
    return redirect(url_for("web.calendar", calendar_id=calendar_id, year=edit.day.year, said="calendar_saved"), 303)


def _typed(calendar_id: str) -> CalendarEdit:
    """Read the edit from the form or the address. Raises InvalidInput where the day is none."""
    try:
        day = date.fromisoformat(request.values.get("day", "").strip())
    except ValueError:
        raise InvalidInput(fields={"day": ["Choose a day."]}) from None
    return CalendarEdit(calendar_id, day, request.values.get("change", ""), request.values.get("name", "").strip())


def _refused(calendar_id: str, wrong: InvalidInput) -> ResponseReturnValue:
    """Show the year again with what was typed and what is wrong with it."""
    return _year(calendar_id, request.values.get("day", "")[:4], dict(wrong.fields), 422)


def _year(
    calendar_id: str, wanted: str | None, errors: dict[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    visit = the_visit()
    number = int(wanted) if wanted and wanted.isdecimal() and len(wanted) == 4 else None
    year = calendar_year(visit.system, visit.actor, calendar_id=calendar_id, year=number)
    locale = words_of(visit.system, visit).locale
    html = render_template(
        "admin/calendar.html", year=year, months=months_of(year.year, locale), weekdays=weekdays_of(locale),
        special={one.day: one for one in year.days}, hours=_hours(year, locale), errors=errors or {}, labels=LABELS,
        choices=CHOICES, typed={name: request.values.get(name, "") for name in LABELS},
        first_year=FIRST_YEAR, last_year=LAST_YEAR,
    )
    return html, status


def _hours(year: CalendarYear, locale: Locale) -> list[HoursLine]:
    """Gather neighbouring weekdays with the same hours."""
    names = locale.days["stand-alone"]["wide"]
    found = []
    for _, group in groupby(enumerate(year.hours), key=lambda pair: (pair[1].weekday - pair[0], *_times(pair[1]))):
        lines = [line for _, line in group]
        days = " – ".join(dict.fromkeys(names[line.weekday].capitalize() for line in (lines[0], lines[-1])))
        found.append(HoursLine(days, " – ".join(_times(lines[0]))))
    return found


def _times(line: WeekdayHours) -> tuple[str, str]:
    return f"{line.opens:%H:%M}", f"{line.closes:%H:%M}"
