"""How many time limits were missed, week by week: a picture, and the same numbers as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from nrm.queries.breach_trend import WeekBreaches, breach_trend
from nrm_web.addresses import asked
from nrm_web.blueprint import words_of
from nrm_web.deadline_filters import read_filter
from nrm_web.pages.deadlines import agencies_in_reach
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
WIDTH, HEIGHT, FOOT, GAP = 780, 180, 24, 6
LABELLED = 5
"""A week's day stands below every so many bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One week of the picture, in its own units: left edge, top, width, height, and what stands there."""

    x: int
    y: int
    width: int
    height: int
    count: int
    label: str


@pages.get("/deadlines/trend")
def deadlines_trend() -> ResponseReturnValue:
    """The missed limits of 26 weeks in the reader's scope."""
    visit = the_visit()
    words = words_of(visit.system, visit)
    agency, time_limit = asked("agency"), asked("time_limit")
    trend = breach_trend(visit.system, visit.actor, zone=words.zone, agency=agency, time_limit=time_limit)
    labels = [words.day(week.monday) for week in trend.weeks]
    return render_template(
        "coordinator/deadlines_trend.html", trend=trend, chosen=read_filter(),
        bars=bars(trend.weeks, labels, mirrored=words.direction == "rtl"), width=WIDTH, height=HEIGHT + FOOT + FOOT,
        base=HEIGHT + FOOT, most=max((week.count for week in trend.weeks), default=0), labelled=LABELLED,
        kept={name: value for name, value in (("agency", agency), ("time_limit", time_limit)) if value},
        agencies=agencies_in_reach(visit.system, visit.actor), limits=visit.system.configuration.limits,
    )


def bars(weeks: Sequence[WeekBreaches], labels: Sequence[str], *, mirrored: bool) -> tuple[Bar, ...]:
    """Return a bar for each week, the highest as high as the picture; mirrored, time runs to the left."""
    most = max([1, *(week.count for week in weeks)])
    step = WIDTH // len(weeks)
    made = []
    for number, (week, label) in enumerate(zip(weeks, labels, strict=True)):
        place = len(weeks) - 1 - number if mirrored else number
        height = round(HEIGHT * week.count / most)
        made.append(Bar(place * step + GAP // 2, FOOT + HEIGHT - height, step - GAP, height, week.count, label))
    return tuple(made)
