"""Draws calendars, limits, starts and pauses for property tests of time, most of them where it hurts."""

# ruff: noqa: DTZ001 - the anchors are wall times on purpose
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from nrm.rules.calendars import Calendar, OfficeHours
from nrm.rules.limits import Roll, Stand, TimeLimit, Unit
from nrm.vocabulary.clock_words import PauseGround
from tests.rules.slow_clock import closing, instant
from tests.support.long import LONG

ZONES = (
    "Europe/Chisinau", "Africa/Cairo", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Jakarta",
)
"""Clock changes of both halves of the earth, at midnight too (Cairo, Santiago), by half an hour, and none at all."""
full_size = settings(max_examples=10_000 if LONG else 200, deadline=None)
"""Ten thousand random calendars in ``make test-long``."""
GROUNDS = tuple(PauseGround)
EDGES = (
    datetime(2024, 2, 28, 16, 55), datetime(2024, 2, 29, 12, 0), datetime(2025, 2, 28, 23, 59),
    datetime(2024, 12, 31, 16, 59), datetime(2026, 1, 1, 0, 0), datetime(2026, 4, 10, 16, 55),
    datetime(2026, 3, 28, 2, 30), datetime(2026, 3, 29, 3, 0), datetime(2026, 10, 24, 2, 30),
    datetime(2026, 10, 25, 2, 30), datetime(2026, 4, 24, 0, 15), datetime(2026, 10, 29, 23, 30),
    datetime(2026, 3, 8, 2, 30), datetime(2026, 11, 1, 1, 30), datetime(2026, 4, 5, 1, 45),
    datetime(2026, 10, 4, 2, 15), datetime(2026, 9, 6, 0, 20), datetime(2026, 4, 4, 23, 40),
)
"""Leap days, ends of years, Friday afternoons, and the nights in which the clocks of those zones change."""
MINUTES_OF_DAYS = 24 * 60
DAY_UNITS = (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)
SECOND_UNITS = (Unit.HOURS, Unit.OFFICE_HOURS)


@dataclass(frozen=True)
class Clock:
    """Everything a due date is made from."""

    limit: TimeLimit
    start: datetime
    calendar: Calendar
    budget: int
    stands: tuple[Stand, ...] = ()


@st.composite
def limits(draw: st.DrawFn, units: tuple[Unit, ...] = tuple(Unit)) -> TimeLimit:
    """Any limit that may stand in a configuration."""
    unit = draw(st.sampled_from(units))
    in_days = unit in DAY_UNITS
    safety = draw(st.booleans()) if unit in (Unit.CALENDAR_DAYS, Unit.HOURS) else False
    roll = draw(st.sampled_from(Roll)) if in_days and not safety else Roll.NONE
    return TimeLimit(
        key="T", title="Drawn", length=1, unit=unit, source="drawn",
        end_of_day=in_days and draw(st.booleans()), first_day_counts=in_days and draw(st.booleans()),
        roll=roll, safety=safety, ladder="safety" if safety else "standard",
    )


@st.composite
def calendars(draw: st.DrawFn, near: datetime) -> Calendar:
    """Any calendar with a working day in each week, its holidays and working Saturdays near an instant."""
    days = st.integers(-3, 30).map(lambda n: (near + timedelta(days=n)).date())
    return Calendar(
        "drawn", draw(st.sampled_from(ZONES)),
        draw(st.one_of(st.just(frozenset({5, 6})), st.frozensets(st.integers(0, 6), max_size=5))),
        draw(st.dictionaries(days, st.just("Holiday"), max_size=12)), draw(st.frozensets(days, max_size=5)),
        draw(st.one_of(st.just(OfficeHours()), office_hours())),
        draw(st.dictionaries(st.integers(0, 6), office_hours(), max_size=2)),
    )


@st.composite
def office_hours(draw: st.DrawFn) -> OfficeHours:
    """Any hours of a day, half an hour at least."""
    opens = draw(st.integers(0, MINUTES_OF_DAYS - 31))
    closes = draw(st.integers(opens + 30, MINUTES_OF_DAYS - 1))
    return OfficeHours(time(opens // 60, opens % 60), time(closes // 60, closes % 60))


@st.composite
def starts(draw: st.DrawFn) -> datetime:
    """An instant on a whole minute, often within hours of an edge."""
    edge = draw(st.sampled_from(EDGES)).replace(tzinfo=ZoneInfo(draw(st.sampled_from(ZONES))))
    anywhere = st.integers(0, 6 * 365 * MINUTES_OF_DAYS).map(
        lambda n: datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
    )
    beside = st.integers(-300, 300).map(lambda n: edge.astimezone(UTC) + timedelta(minutes=n))
    return draw(st.one_of(beside, anywhere))


@st.composite
def edges(draw: st.DrawFn, start: datetime, calendar: Calendar) -> datetime:
    """An instant near a start, often one at which it is looked whether a day counts, or a minute beside it."""
    kind = draw(st.integers(0, 3))
    if kind > 1:
        return start + timedelta(minutes=draw(st.integers(-600, 12 * MINUTES_OF_DAYS)))
    day = (start + timedelta(days=draw(st.integers(-1, 12)))).date()
    hour = start.astimezone(ZoneInfo(calendar.zone)).time()
    at = closing(calendar, day) if kind else instant(calendar.zone, day, hour)
    return at + timedelta(minutes=draw(st.sampled_from([0, 1, -1])))


@st.composite
def pauses(draw: st.DrawFn, start: datetime, calendar: Calendar, *, may_stay_open: bool = True) -> tuple[Stand, ...]:
    """Pauses: none, several, of one day, touching, overlapping, empty, before the start, still open."""
    found: list[Stand] = []
    near = edges(start, calendar)
    for _ in range(draw(st.integers(0, 4))):
        begin, end = sorted((draw(near), draw(near)))
        if found and draw(st.booleans()):
            begin = found[-1].to_at or begin
        found.append(Stand(begin, max(begin, end), draw(st.sampled_from(GROUNDS))))
    if found and may_stay_open and draw(st.integers(0, 3)) == 0:
        found[-1] = replace(found[-1], to_at=None)
    return tuple(found)


@st.composite
def clocks(
    draw: st.DrawFn, units: tuple[Unit, ...] = tuple(Unit), *, may_stay_open: bool = True,
) -> Clock:
    """Any clock; a safety limit has no pauses, and one in seconds a budget that can be run through."""
    limit, start = draw(limits(units)), draw(starts())
    calendar = draw(calendars(start))
    stands = () if limit.safety else draw(pauses(start, calendar, may_stay_open=may_stay_open))
    # Without any time there is nothing that could stand still; in seconds, what can be run through one by one.
    budget = draw(st.integers(1 if stands else 0, 20 if limit.unit in DAY_UNITS else 12 * 60))
    return Clock(limit, start, calendar, budget if limit.unit in DAY_UNITS else budget * 60, stands)


def days_near(start: datetime) -> st.SearchStrategy[date]:
    """A day on which a calendar may be changed."""
    return st.integers(-2, 40).map(lambda n: (start + timedelta(days=n)).date())
