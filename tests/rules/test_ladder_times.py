"""Ladders: each rung at its time, in order, safety by the clock (domain 2.6)."""

# ruff: noqa: DTZ001 - wall times and what hypothesis draws are naive on purpose
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.calendars import Calendar
from nrm.rules.ladders import Ladder, Rung, When, rung_times
from nrm.rules.limits import Unit

CALENDAR = Calendar("x", "UTC")
STANDARD = Ladder(
    "standard",
    "Standard",
    (
        Rung(1, When.HALF, ("assignee",)),
        Rung(2, When.BREACH, ("assignee", "supervisor")),
        Rung(3, When.AFTER, ("role:COORD",), 24, Unit.HOURS),
        Rung(4, When.AFTER, ("role:NCU",), 3, Unit.WORKING_DAYS),
    ),
)
SAFETY = Ladder(
    "safety",
    "Safety",
    (
        Rung(1, When.HALF, ("assignee",)),
        Rung(2, When.BREACH, ("role:COORD",)),
        Rung(3, When.AFTER, ("role:NCU",), 2, Unit.HOURS),
    ),
    safety=True,
)


def test_a_ladder_over_a_weekend() -> None:
    armed, due = datetime(2026, 3, 5, 8, tzinfo=UTC), datetime(2026, 3, 6, 17, tzinfo=UTC)
    assert rung_times(armed, due, STANDARD, CALENDAR) == (
        (1, datetime(2026, 3, 5, 17, tzinfo=UTC)),
        (2, due),
        (3, datetime(2026, 3, 7, 17, tzinfo=UTC)),
        (4, datetime(2026, 3, 11, 17, tzinfo=UTC)),
    )


def test_a_safety_ladder_ignores_the_calendar() -> None:
    armed = datetime(2026, 3, 7, 2, tzinfo=UTC)
    due = armed + timedelta(hours=1)
    expected = ((1, armed + timedelta(minutes=30)), (2, due), (3, due + timedelta(hours=2)))
    assert rung_times(armed, due, SAFETY, CALENDAR) == rung_times(armed, due, SAFETY, None) == expected


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)), st.integers(0, 60 * 24 * 40))
def test_rungs_never_overtake_each_other(begin: datetime, minutes: int) -> None:
    armed = begin.replace(tzinfo=UTC)
    times = [at for _, at in rung_times(armed, armed + timedelta(minutes=minutes), STANDARD, CALENDAR)]
    assert times == sorted(times)
    assert times[0] >= armed


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rung(1, When.AFTER, ("assignee",)),
        lambda: Rung(1, When.BREACH, ("assignee",), 3),
        lambda: Rung(1, When.BEFORE, ("assignee",)),
        lambda: Rung(1, When.AFTER, ("assignee",), 3, Unit.OFFICE_HOURS),
        lambda: Ladder("x", "X", (Rung(2, When.BREACH, ("assignee",)),)),
    ],
)
def test_senseless_ladders_are_refused(make: object) -> None:
    with pytest.raises(ValueError):
        make()  # type: ignore[operator]
