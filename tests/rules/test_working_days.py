"""Working days: counting agrees with adding, clocks that change hurt nobody."""

# ruff: noqa: DTZ001 - wall times and what hypothesis draws are naive on purpose
from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.calendars import Calendar, OfficeHours, instant_of
from nrm.rules.working_days import (
    NoWorkingDayError,
    add_working_days,
    count_working_days,
    half_way,
    next_working_day,
    working_time,
)

ZONES = ("Europe/Chisinau", "Asia/Jakarta", "America/New_York", "Australia/Lord_Howe", "UTC", "Africa/Cairo")
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any calendar with at least two working weekdays."""
    weekend = draw(st.frozensets(st.integers(0, 6), max_size=5))
    free = draw(st.dictionaries(DAYS, st.just("Holiday"), max_size=25))
    working = draw(st.frozensets(DAYS, max_size=5))
    return Calendar("drawn", draw(st.sampled_from(ZONES)), weekend, free, working)


@given(calendars(), DAYS, st.integers(0, 60))
def test_counting_gives_back_what_was_added(calendar: Calendar, start: date, days: int) -> None:
    last = add_working_days(calendar, start, days)
    assert count_working_days(calendar, start, last) == days


@given(calendars(), DAYS, st.integers(1, 40))
def test_the_last_day_is_a_working_day(calendar: Calendar, start: date, days: int) -> None:
    assert calendar.is_working(add_working_days(calendar, start, days))


@given(calendars(), DAYS, st.integers(0, 30), st.integers(0, 20))
def test_later_starts_and_longer_lengths_never_end_earlier(
    calendar: Calendar, start: date, days: int, later: int
) -> None:
    base = add_working_days(calendar, start, days)
    assert add_working_days(calendar, start + timedelta(days=later), days) >= base
    assert add_working_days(calendar, start, days + later) >= base


@given(st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1)), st.sampled_from(ZONES))
def test_a_wall_time_becomes_one_instant_and_never_goes_backwards(wall: datetime, zone: str) -> None:
    at = instant_of(wall, zone)
    assert at.tzinfo is UTC
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert wall <= local <= wall + timedelta(hours=24)
    assert instant_of(wall + timedelta(minutes=1), zone) >= at


def test_ten_thousand_wall_times_of_the_world() -> None:
    """Every zone there is, skipped days and half-hour shifts among them."""
    drawn = random.Random(2026)
    zones = sorted(available_timezones() - {"localtime", "Factory"})
    for _ in range(10_000):
        name = drawn.choice(zones)
        wall = datetime(1990, 1, 1) + timedelta(minutes=drawn.randrange(50 * 365 * 24 * 60))
        local = instant_of(wall, name).astimezone(ZoneInfo(name)).replace(tzinfo=None)
        assert wall <= local <= wall + timedelta(hours=24), (name, wall)


# Chisinau goes forward at 02:00 to 03:00 on 29 March 2026 and back at 03:00 to 02:00 on 25 October 2026.
@pytest.mark.parametrize(
    ("wall", "utc", "why"),
    [
        (datetime(2026, 3, 29, 1, 59), datetime(2026, 3, 28, 23, 59, tzinfo=UTC), "before the jump"),
        (
            datetime(2026, 3, 29, 2, 30),
            datetime(2026, 3, 29, 0, 0, tzinfo=UTC),
            "never happens: the jump itself",
        ),
        (datetime(2026, 3, 29, 3, 0), datetime(2026, 3, 29, 0, 0, tzinfo=UTC), "the jump"),
        (
            datetime(2026, 10, 25, 2, 30),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "happens twice: the later one",
        ),
    ],
)
def test_both_edges_of_summer_time(wall: datetime, utc: datetime, why: str) -> None:
    assert instant_of(wall, "Europe/Chisinau") == utc, why


def test_a_working_saturday_counts_and_a_holiday_does_not() -> None:
    calendar = Calendar(
        "x", holidays={date(2026, 3, 9): "Lantern Day"}, working=frozenset({date(2026, 3, 7)})
    )
    assert add_working_days(calendar, date(2026, 3, 6), 1) == date(2026, 3, 7)
    assert add_working_days(calendar, date(2026, 3, 7), 1) == date(2026, 3, 10)
    assert next_working_day(calendar, date(2026, 3, 8)) == date(2026, 3, 10)


def test_a_calendar_without_working_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        Calendar("x", weekend=frozenset(range(7)))
    free = {date(2026, 1, 1) + timedelta(days=n): "Holiday" for n in range(4000)}
    with pytest.raises(NoWorkingDayError):
        add_working_days(Calendar("x", holidays=free), date(2026, 1, 1), 1)


@pytest.mark.parametrize("name", ["Atlantis/Nowhere", "../etc/passwd", ""])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        Calendar("x", zone=name)


def test_half_of_the_time_is_half_of_the_office_time() -> None:
    calendar = Calendar("x", hours=OfficeHours(time(8), time(16)))
    friday_noon, monday_noon = datetime(2026, 3, 6, 12, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert working_time(calendar, friday_noon, monday_noon) == timedelta(hours=8)
    assert half_way(calendar, friday_noon, monday_noon) == datetime(2026, 3, 6, 16, tzinfo=UTC)
    assert half_way(None, friday_noon, monday_noon) == datetime(2026, 3, 8, 0, tzinfo=UTC)


@given(calendars(), st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1)), st.integers(0, 60 * 24 * 20))
def test_half_way_lies_between(calendar: Calendar, begin: datetime, minutes: int) -> None:
    start = begin.replace(tzinfo=UTC)
    end = start + timedelta(minutes=minutes)
    assert start <= half_way(calendar, start, end) <= end
