"""Time limits: when one is due, and why, in words (limit:T01, limit:T09 and the settings of domain 6.2)."""

# ruff: noqa: DTZ001 - wall times and what hypothesis draws are naive on purpose
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.calendars import Calendar
from nrm.rules.limits import Roll, TimeLimit, Unit, reckon
from nrm.rules.working_days import half_way

CHISINAU = Calendar("velmara", "Europe/Chisinau", holidays={date(2026, 3, 9): "Lantern Day"})
FRIDAY = datetime(2026, 3, 6, 14, 10, tzinfo=UTC)  # 16:10 local


def limit(length: int, unit: str, **settings: object) -> TimeLimit:
    """A limit of a test."""
    return TimeLimit("T", "Test", length, Unit(unit), "test", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "made", "armed", "local_due"),
    [
        (
            "five working days over a weekend and a holiday",
            limit(5, "working_days", end_of_day=True),
            FRIDAY,
            "2026-03-16 17:00",
        ),
        ("the same at the hour it was armed", limit(5, "working_days"), FRIDAY, "2026-03-16 16:10"),
        (
            "first day counts",
            limit(5, "working_days", first_day_counts=True, end_of_day=True),
            FRIDAY,
            "2026-03-13 17:00",
        ),
        (
            "first day would count, but the office was closed",
            limit(1, "working_days", first_day_counts=True, end_of_day=True),
            datetime(2026, 3, 6, 15, 30, tzinfo=UTC),
            "2026-03-10 17:00",
        ),
        (
            "armed on a Saturday",
            limit(1, "working_days", end_of_day=True),
            datetime(2026, 3, 7, 9, 0, tzinfo=UTC),
            "2026-03-10 17:00",
        ),
        ("calendar days end on a Sunday, no roll", limit(2, "calendar_days"), FRIDAY, "2026-03-08 16:10"),
        (
            "calendar days roll over weekend and holiday",
            limit(2, "calendar_days", end_of_day=True, roll=Roll.NEXT_WORKING_DAY),
            FRIDAY,
            "2026-03-10 17:00",
        ),
        (
            "calendar days over the spring clock change keep the hour",
            limit(23, "calendar_days"),
            FRIDAY,
            "2026-03-29 16:10",
        ),
        ("hours run through the night", limit(24, "hours"), FRIDAY, "2026-03-07 16:10"),
        (
            "hours over the spring clock change are clock hours",
            limit(24, "hours"),
            datetime(2026, 3, 28, 14, 10, tzinfo=UTC),
            "2026-03-29 17:10",
        ),
        (
            "safety ignores everything",
            limit(1, "hours", safety=True, ladder="safety"),
            datetime(2026, 3, 8, 1, 0, tzinfo=UTC),
            "2026-03-08 04:00",
        ),
        ("length nought is due at once", limit(0, "hours"), FRIDAY, "2026-03-06 16:10"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_due_table(case: str, made: TimeLimit, armed: datetime, local_due: str) -> None:
    assert f"{CHISINAU.local(reckon(made, armed, CHISINAU).at):%Y-%m-%d %H:%M}" == local_due, case


def test_why_this_date_is_told_step_by_step() -> None:
    due = reckon(limit(5, "working_days", end_of_day=True), FRIDAY, CHISINAU)
    assert due.steps == (
        "Started on Friday 6 March 2026, 16:10.",
        "The day itself does not count.",
        "Weekend 7-8 March does not count.",
        "Monday 9 March 2026 (Lantern Day) does not count.",
        "Weekend 14-15 March does not count.",
        "Working day 5 is Monday 16 March 2026.",
        "Due on Monday 16 March 2026, 17:00.",
    )
    weekend = due.explained[2]
    assert weekend.key == "weekend"
    assert weekend.params == {"days": "7-8 March", "first_on": "2026-03-07", "last_on": "2026-03-08"}


def test_many_free_days_are_summed_up() -> None:
    steps = reckon(limit(45, "working_days"), FRIDAY, CHISINAU).steps
    assert steps[2:-2] == (
        "20 weekend days between Saturday 7 March 2026 and Sunday 10 May 2026 do not count.",
        "Monday 9 March 2026 (Lantern Day) does not count.",
    )
    feasts = Calendar("feasts", "Europe/Chisinau", holidays={date(2026, 4, day): "Feast" for day in range(1, 30)})
    feast = reckon(limit(45, "working_days"), FRIDAY, feasts).steps
    assert len(feast) == 5
    assert "weekend days and holidays between" in feast[2]


@pytest.mark.parametrize(
    "settings",
    [
        {"unit": Unit.WORKING_DAYS, "safety": True},
        {"unit": Unit.HOURS, "safety": True, "roll": Roll.NEXT_WORKING_DAY},
        {"unit": Unit.HOURS, "end_of_day": True},
        {"unit": Unit.HOURS, "length": -1},
    ],
)
def test_senseless_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        TimeLimit(**{"key": "T", "title": "t", "length": 1, "source": "s", **settings})  # type: ignore[arg-type]


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        reckon(limit(1, "hours"), datetime(2026, 3, 6), CHISINAU)


INSTANTS = st.datetimes(datetime(2022, 1, 1), datetime(2028, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))
DAY_UNITS = st.sampled_from(["working_days", "calendar_days"])


@given(INSTANTS, st.integers(1, 60), DAY_UNITS, st.booleans(), st.booleans())
def test_with_roll_nothing_is_due_on_a_free_day(
    at: datetime, length: int, unit: str, end: bool, first: bool
) -> None:
    made = limit(length, unit, end_of_day=end, first_day_counts=first, roll=Roll.NEXT_WORKING_DAY)
    assert CHISINAU.is_working(CHISINAU.local(reckon(made, at, CHISINAU).at).date())


@given(INSTANTS, st.integers(0, 60), DAY_UNITS, st.integers(0, 60 * 24 * 10), st.integers(0, 10))
def test_armed_later_or_longer_is_never_due_earlier(
    at: datetime, length: int, unit: str, minutes: int, more: int
) -> None:
    made, longer = limit(length, unit, end_of_day=True), limit(length + more, unit, end_of_day=True)
    due = reckon(made, at, CHISINAU).at
    assert reckon(made, at + timedelta(minutes=minutes), CHISINAU).at >= due
    assert reckon(longer, at, CHISINAU).at >= due


@given(INSTANTS, st.integers(0, 200))
def test_a_safety_limit_is_the_same_on_every_calendar(at: datetime, hours: int) -> None:
    made = limit(hours, "hours", safety=True)
    odd = Calendar("odd", "Asia/Jakarta", frozenset({0, 1, 2, 3, 4, 5}))
    assert reckon(made, at, CHISINAU).at == reckon(made, at, odd).at == at + timedelta(hours=hours)


@given(INSTANTS, st.integers(1, 30))
def test_half_time_lies_between(at: datetime, days: int) -> None:
    made = limit(days, "working_days", end_of_day=True)
    due = reckon(made, at, CHISINAU).at
    assert at <= half_way(CHISINAU, at, due) <= due
