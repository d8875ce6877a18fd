"""Offices of six zones: what a weekday closes at, weekends that differ, and days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from nrm.rules.calendars import Calendar, OfficeHours
from nrm.rules.working_days import add_working_days, working_time

FRIDAY_SATURDAY = frozenset({4, 5})
SHORT_FRIDAY = {4: OfficeHours(time(8), time(14))}


def at(text: str) -> datetime:
    """Read an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("zone", "day", "opens", "closes", "why"), [
    ("Europe/Chisinau", date(2026, 3, 27), "2026-03-27T06:00", "2026-03-27T15:00", "winter: two hours ahead"),
    ("Europe/Chisinau", date(2026, 3, 30), "2026-03-30T05:00", "2026-03-30T14:00", "summer: three hours ahead"),
    ("America/New_York", date(2026, 3, 9), "2026-03-09T12:00", "2026-03-09T21:00", "the Monday after the change"),
    ("Africa/Cairo", date(2026, 4, 24), "2026-04-24T05:00", "2026-04-24T14:00", "goes forward at midnight"),
    ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T21:30", "2026-04-05T06:30", "goes back by half an hour"),
    ("Asia/Kathmandu", date(2026, 7, 1), "2026-07-01T02:15", "2026-07-01T11:15", "a quarter to six ahead, always"),
    ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T18:00", "2011-12-30T03:00", "the last day before a skipped one"),
    ("UTC", date(2028, 2, 29), "2028-02-29T08:00", "2028-02-29T17:00", "a leap day is a day like others"),
])
def test_opening_and_closing_are_local_times(zone: str, day: date, opens: str, closes: str, why: str) -> None:
    calendar = Calendar("office", zone=zone)
    assert (calendar.opening(day), calendar.closing(day)) == (at(opens), at(closes)), why


@pytest.mark.parametrize(("zone", "day", "hours", "length"), [
    ("Europe/Chisinau", date(2026, 3, 29), OfficeHours(time(0), time(6)), timedelta(hours=5)),
    ("Europe/Chisinau", date(2026, 10, 25), OfficeHours(time(0), time(6)), timedelta(hours=7)),
    ("Australia/Lord_Howe", date(2026, 4, 5), OfficeHours(time(0), time(6)), timedelta(hours=6, minutes=30)),
    ("Africa/Cairo", date(2026, 4, 24), OfficeHours(time(0), time(6)), timedelta(hours=5)),
    ("America/New_York", date(2026, 11, 1), OfficeHours(time(1), time(3)), timedelta(hours=2)),
])
def test_an_office_open_at_night_is_open_as_long_as_the_clocks_say(
    zone: str, day: date, hours: OfficeHours, length: timedelta
) -> None:
    """An opening that happens twice is the later one: nobody is late by an hour that did not count."""
    calendar = Calendar("office", zone=zone, weekend=frozenset(), hours=hours)
    assert calendar.closing(day) - calendar.opening(day) == length


@pytest.mark.parametrize(("start", "days", "last"), [
    (date(2026, 3, 5), 1, date(2026, 3, 8)),  # Thursday to Sunday
    (date(2026, 3, 8), 4, date(2026, 3, 12)),
    (date(2028, 2, 28), 1, date(2028, 2, 29)),
    (date(2028, 2, 28), 3, date(2028, 3, 2)),
    (date(2027, 2, 28), 1, date(2027, 3, 1)),
])
def test_a_weekend_of_friday_and_saturday(start: date, days: int, last: date) -> None:
    assert add_working_days(Calendar("office", weekend=FRIDAY_SATURDAY), start, days) == last


def test_a_weekday_has_hours_of_its_own() -> None:
    calendar = Calendar("office", weekday_hours=SHORT_FRIDAY)
    thursday, friday = date(2026, 3, 5), date(2026, 3, 6)
    assert calendar.closing(thursday) == at("2026-03-05T17:00")
    assert calendar.closing(friday) == at("2026-03-06T14:00")
    assert working_time(calendar, at("2026-03-05T12:00"), at("2026-03-07T00:00")) == timedelta(hours=11)
