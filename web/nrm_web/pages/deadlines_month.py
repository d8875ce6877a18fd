"""The calendar of a month: how much falls due on each day, and the clocks of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from babel import Locale
from babel.dates import format_date, get_day_names
from flask import render_template, request
from flask.typing import ResponseReturnValue

from nrm.queries.deadlines_board import BoardFilter, deadlines_board
from nrm.queries.deadlines_month import FIRST_YEAR, LAST_YEAR, DueDay, of_day
from nrm.queries.deadlines_month import deadlines_month as due_days
from nrm.vocabulary.clock_words import PauseGround
from nrm_web.blueprint import words_of
from nrm_web.deadline_filters import in_address, read_filter
from nrm_web.pages.deadlines import agencies_in_reach
from nrm_web.routing import Pages
from nrm_web.rung_words import told_words
from nrm_web.visit import the_visit

pages = Pages()


@pages.get("/deadlines/calendar")
def deadlines_month() -> ResponseReturnValue:
    """What falls due in a month; a day opens its list. Every filter stands in the address."""
    visit, wanted = the_visit(), read_filter()
    system, words = visit.system, words_of(visit.system, visit)
    today = words.local(system.clock.now()).date()
    day = _day(request.args.get("day", ""))
    month = (day or _day(f"{request.args.get('month', '')}-01") or today).replace(day=1)
    days = due_days(system, visit.actor, month=month, zone=words.zone, wanted=wanted)
    page = None if day is None else deadlines_board(
        system, visit.actor, wanted=of_day(wanted, day, words.zone), after=request.args.get("after") or None,
    )
    return render_template(
        "coordinator/deadlines_month.html", days=days, day=day, page=page, chosen=wanted, today=today,
        kept=_kept(wanted), weeks=_weeks(days, words.locale), weekdays=_weekdays(words.locale),
        title=str(format_date(month, "LLLL y", locale=words.locale)), month=f"{month:%Y-%m}",
        before=f"{month - timedelta(days=1):%Y-%m}", next=f"{month + timedelta(days=31):%Y-%m}",
        agencies=agencies_in_reach(system, visit.actor), limits=system.configuration.limits,
        grounds={str(one): one.sentence for one in PauseGround},
        told=told_words(system, words, page.items if page else ()),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _kept(wanted: BoardFilter) -> dict[str, object]:
    return {name: value for name, value in in_address(wanted).items() if name not in ("rung", "age")}


def _weeks(days: Sequence[DueDay], locale: Locale) -> list[list[DueDay | None]]:
    """Return the month in rows of seven, from the first day of the reader's week; None where no day is."""
    empty: list[DueDay | None] = [None] * ((days[0].day.weekday() - locale.first_week_day) % 7)
    cells = [*empty, *days]
    cells += [None] * (-len(cells) % 7)
    return [cells[start:start + 7] for start in range(0, len(cells), 7)]


def _weekdays(locale: Locale) -> list[tuple[str, str]]:
    """Return (short, long) names of the weekdays, from the first day of the reader's week."""
    short, long = get_day_names("abbreviated", locale=locale), get_day_names("wide", locale=locale)
    order = [(locale.first_week_day + number) % 7 for number in range(7)]
    return [(short[number], long[number]) for number in order]
