"""Time limits against a slow clock, and the laws every due date keeps: monotone, reversible, fully explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nrm.rules.calendars import Calendar
from nrm.rules.limits import Roll, Stand, TimeLimit, Unit, consumed, reckon
from tests.rules.drawn_clocks import (
    DAY_UNITS,
    MINUTES_OF_DAYS,
    SECOND_UNITS,
    Clock,
    clocks,
    days_near,
    full_size,
    pauses,
)
from tests.rules.slow_clock import slow_consumed, slow_due

MINUTES = st.integers(0, 20 * MINUTES_OF_DAYS).map(lambda n: timedelta(minutes=n))
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def due(clock: Clock) -> datetime | None:
    """When a clock is due by the code that serves."""
    return reckon(clock.limit, clock.start, clock.calendar, budget=clock.budget, stands=clock.stands).at


def used(clock: Clock, until: datetime) -> int:
    """How much of a clock is used up at an instant by the code that serves."""
    return consumed(clock.limit, clock.start, until, clock.calendar, clock.stands)


def never_earlier(later: datetime | None, base: datetime | None) -> bool:
    """Whether one due date does not come before another; a clock that stands still is due last of all."""
    return later is None or (base is not None and base <= later)


# -- the slow clock ---------------------------------------------------------------------------------


@full_size
@given(clocks(DAY_UNITS))
def test_days_are_counted_as_by_hand(clock: Clock) -> None:
    assert due(clock) == slow_due(clock.limit, clock.start, clock.calendar, clock.budget, clock.stands)


@full_size
@given(clocks(SECOND_UNITS))
def test_hours_are_counted_as_by_hand(clock: Clock) -> None:
    assert due(clock) == slow_due(clock.limit, clock.start, clock.calendar, clock.budget, clock.stands)


@given(clocks(SECOND_UNITS), st.integers(0, 59), st.integers(0, 1800), st.integers(0, 5400), st.integers(0, 5400))
def test_hours_are_counted_to_the_second(clock: Clock, late: int, begins: int, lasts: int, budget: int) -> None:
    start = clock.start + late * SECOND
    stand = Stand(start + begins * SECOND, start + (begins + lasts) * SECOND, "missing")
    # An office that is open soon: waiting for it second by second would take the test's time, not show more.
    assume(clock.limit.unit is Unit.HOURS or used(replace(clock, stands=()), start + timedelta(hours=1)))
    told = slow_due(clock.limit, start, clock.calendar, budget, (stand,), SECOND)
    assert due(replace(clock, start=start, budget=budget, stands=(stand,))) == told


@full_size
@given(clocks(), MINUTES)
def test_what_is_used_up_is_as_counted_by_hand(clock: Clock, later: timedelta) -> None:
    until = clock.start + later
    assert used(clock, until) == slow_consumed(clock.limit, clock.start, until, clock.calendar, clock.stands)


def test_a_free_last_day_moves_to_the_hour_of_the_start_not_to_one_the_clocks_moved() -> None:
    """On Sunday 29 March 2026 there is no 02:30 in Chisinau: the day ends at 03:00, the Monday after it at 02:30."""
    limit = TimeLimit("T", "Told", 1, Unit.CALENDAR_DAYS, "told", roll=Roll.NEXT_WORKING_DAY)
    calendar = Calendar("told", "Europe/Chisinau")
    start = datetime(2026, 3, 28, 0, 30, tzinfo=UTC)
    assert reckon(limit, start, calendar).at == slow_due(limit, start, calendar, 1, ())
    assert slow_due(limit, start, calendar, 1, ()) == datetime(2026, 3, 29, 23, 30, tzinfo=UTC)


DAY, CLOSED = timedelta(days=1), timedelta(hours=8)
MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
"""09:00 in Chisinau, where offices close at 17:00."""
WORKING_DAY = TimeLimit("T", "Told", 1, Unit.WORKING_DAYS, "told", end_of_day=True)
FIRST_DAY = replace(WORKING_DAY, first_day_counts=True)
SAME_HOUR = TimeLimit("T", "Told", 1, Unit.CALENDAR_DAYS, "told")
EDGES = {
    "an office hour ends when the office closes": (
        replace(SAME_HOUR, unit=Unit.OFFICE_HOURS), "Europe/Chisinau", MONDAY + CLOSED - HOUR, (), MONDAY + CLOSED),
    "a pause that ends when the office closes gives nothing back": (
        WORKING_DAY, "Europe/Chisinau", MONDAY, (DAY, DAY + CLOSED), MONDAY + DAY + CLOSED),
    "a pause that begins when the office closes gives the day back": (
        WORKING_DAY, "Europe/Chisinau", MONDAY, (DAY + CLOSED, DAY + CLOSED + HOUR), MONDAY + 2 * DAY + CLOSED),
    "a minute before the office closes the first day counts": (
        FIRST_DAY, "Europe/Chisinau", MONDAY + CLOSED - 60 * SECOND, (), MONDAY + CLOSED),
    "when the office closes it counts no more": (
        FIRST_DAY, "Europe/Chisinau", MONDAY + CLOSED, (), MONDAY + DAY + CLOSED),
    "of an hour that happens twice the later one counts": (
        SAME_HOUR, "America/New_York", datetime(2026, 10, 31, 5, 30, tzinfo=UTC), (),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    "an hour that never happens is the moment the clocks jump": (
        SAME_HOUR, "America/New_York", datetime(2026, 3, 7, 7, 30, tzinfo=UTC), (),
        datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
}


@pytest.mark.parametrize("edge", EDGES)
def test_the_edges_of_days_and_pauses(edge: str) -> None:
    limit, zone, start, pause, expected = EDGES[edge]
    stands = [Stand(start + pause[0], start + pause[1], "missing")] if pause else []
    calendar = Calendar("told", zone)
    assert reckon(limit, start, calendar, stands=stands).at == expected
    assert slow_due(limit, start, calendar, limit.budget, stands) == expected


@pytest.mark.parametrize("unit", SECOND_UNITS)
def test_without_any_time_hours_are_up_at_once_whatever_stands_still(unit: Unit) -> None:
    limit, calendar = TimeLimit("T", "Told", 0, unit, "told"), Calendar("told", "Europe/Chisinau")
    start = datetime(2026, 3, 28, 0, 30, tzinfo=UTC)
    for end in (None, start + timedelta(days=1)):
        assert reckon(limit, start, calendar, stands=[Stand(start - SECOND, end, "missing")]).at == start


# -- monotone ---------------------------------------------------------------------------------------


@full_size
@given(clocks(), st.integers(0, 20))
def test_more_budget_is_never_due_earlier(clock: Clock, more: int) -> None:
    step = 1 if clock.limit.unit in DAY_UNITS else 300
    assert never_earlier(due(replace(clock, budget=clock.budget + more * step)), due(clock))


@given(clocks(), MINUTES)
def test_a_later_start_is_never_due_earlier(clock: Clock, later: timedelta) -> None:
    """Limits that are due at the hour they began keep their hour, so they are left to the next test."""
    assume(clock.limit.end_of_day or clock.limit.unit in SECOND_UNITS)
    assert never_earlier(due(replace(clock, start=clock.start + later)), due(clock))


@given(clocks((Unit.CALENDAR_DAYS,)), st.integers(0, 30))
def test_a_start_days_later_at_the_same_hour_is_never_due_earlier(clock: Clock, days: int) -> None:
    assume(not clock.limit.end_of_day)
    wall = clock.start.astimezone(ZoneInfo(clock.calendar.zone)) + timedelta(days=days)
    assert never_earlier(due(replace(clock, start=wall.astimezone(clock.start.tzinfo))), due(clock))


@full_size
@given(clocks(), st.data())
def test_a_longer_pause_is_never_due_earlier(clock: Clock, data: st.DataObject) -> None:
    assume(not clock.limit.safety)
    more = data.draw(pauses(clock.start, clock.calendar))
    assert never_earlier(due(replace(clock, stands=(*clock.stands, *more))), due(clock))


@full_size
@given(clocks(), st.data())
def test_more_holidays_are_never_due_earlier(clock: Clock, data: st.DataObject) -> None:
    """A pause over the closing hour of a day that becomes free may spare the day: that moves it back, and is right."""
    assume(clock.limit.unit is not Unit.CALENDAR_DAYS or not clock.limit.end_of_day or not clock.stands)
    more: dict[date, str] = dict.fromkeys(data.draw(st.lists(days_near(clock.start), max_size=5)), "Bridge day")
    freer = replace(clock.calendar, holidays={**clock.calendar.holidays, **more})
    assert never_earlier(due(replace(clock, calendar=freer)), due(clock))


@full_size
@given(clocks(), MINUTES, MINUTES)
def test_what_is_used_up_never_shrinks(clock: Clock, first: timedelta, then: timedelta) -> None:
    assert 0 <= used(clock, clock.start + first) <= used(clock, clock.start + first + then)


# -- reversible -------------------------------------------------------------------------------------


@full_size
@given(clocks(), st.data())
def test_a_pause_taken_back_leaves_no_trace(clock: Clock, data: st.DataObject) -> None:
    assume(not clock.limit.safety)
    before = due(clock)
    paused = replace(clock, stands=(*clock.stands, *data.draw(pauses(clock.start, clock.calendar))))
    due(paused)
    assert due(replace(paused, stands=paused.stands[: len(clock.stands)])) == before


@given(clocks(), MINUTES)
def test_pausing_and_resuming_at_one_instant_is_nothing(clock: Clock, later: timedelta) -> None:
    assume(not clock.limit.safety)
    at = clock.start + later
    assert due(replace(clock, stands=(*clock.stands, Stand(at, at, "missing")))) == due(clock)


@full_size
@given(clocks(may_stay_open=False), st.data())
def test_a_pause_cut_in_two_that_touch_is_the_same_pause(clock: Clock, data: st.DataObject) -> None:
    assume(clock.stands)
    first, *others = clock.stands
    assert first.to_at is not None
    minutes = int((first.to_at - first.from_at).total_seconds()) // 60
    cut = first.from_at + timedelta(minutes=data.draw(st.integers(0, minutes)))
    halves = (replace(first, to_at=cut), replace(first, from_at=cut), *others)
    assert due(replace(clock, stands=halves)) == due(clock)
    assert used(replace(clock, stands=halves), first.to_at) == used(clock, first.to_at)


@given(clocks())
def test_the_order_of_the_ledger_does_not_matter(clock: Clock) -> None:
    assert due(replace(clock, stands=tuple(reversed(clock.stands)))) == due(clock)


# -- budget and explanation -------------------------------------------------------------------------


@full_size
@given(clocks())
def test_at_its_due_date_a_limit_is_used_up_and_a_moment_before_it_is_not(clock: Clock) -> None:
    at = due(clock)
    assume(at is not None and clock.budget and clock.limit.roll is Roll.NONE)
    assert at is not None
    assert used(clock, at) == clock.budget
    assert used(clock, at - SECOND) < clock.budget
