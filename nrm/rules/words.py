"""Days in English words, without the machine's locale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nrm.rules.calendars import Calendar

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")


@dataclass(frozen=True, slots=True)
class FreeRun:
    """Consecutive weekend days (``name`` empty), or one holiday with its name."""

    days: tuple[date, ...]
    name: str = ""


def long_day(day: date) -> str:
    """Write a day as ``Friday 6 March 2026``."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_days(days: Sequence[date]) -> str:
    """Write consecutive days as ``7-8 March`` or ``28 February-1 March``."""
    first, last = days[0], days[-1]
    if first == last:
        return f"{first.day} {MONTHS[first.month - 1]}"
    if first.month == last.month:
        return f"{first.day}-{last.day} {MONTHS[last.month - 1]}"
    return f"{first.day} {MONTHS[first.month - 1]}-{last.day} {MONTHS[last.month - 1]}"


def free_runs(calendar: Calendar, days: Sequence[date]) -> tuple[FreeRun, ...]:
    """Group free days: neighbouring weekend days together, each holiday alone with its name."""
    runs: list[FreeRun] = []
    for day in days:
        name = calendar.holidays.get(day, "")
        if not name and runs and not runs[-1].name and runs[-1].days[-1] == day - timedelta(days=1):
            runs[-1] = FreeRun((*runs[-1].days, day))
        else:
            runs.append(FreeRun((day,), name))
    return tuple(runs)
