"""Counting working days, and measuring the working time between two instants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from nrm.rules.calendars import Calendar
from nrm.rules.stands import Stand, merged, running_spans

_DAY = timedelta(days=1)
_FAR = 3660
"""A calendar with no working day in ten years is a mistake, not a calendar."""


class NoWorkingDayError(ValueError):
    """The calendar has no working day within ten years."""


def next_working_day(calendar: Calendar, day: date) -> date:
    """Return ``day`` itself where it is a working day, else the first one after it."""
    for _ in range(_FAR):
        if calendar.is_working(day):
            return day
        day += _DAY
    raise NoWorkingDayError(f"calendar {calendar.id} has no working day after {day}")


def add_working_days(calendar: Calendar, start: date, days: int) -> date:
    """Return the ``days``-th working day after ``start``; ``start`` itself for 0."""
    if days < 0:
        raise ValueError("working days are counted forwards")
    day = start
    for _ in range(days):
        day = next_working_day(calendar, day + _DAY)
    return day


def count_working_days(calendar: Calendar, after: date, until: date) -> int:
    """Count the working days later than ``after`` and not later than ``until``."""
    span = (until - after).days
    return sum(1 for n in range(1, span + 1) if calendar.is_working(after + n * _DAY))


def free_days(calendar: Calendar, after: date, until: date) -> tuple[date, ...]:
    """List the days later than ``after`` and not later than ``until`` that do not count."""
    span = (until - after).days
    return tuple(d for n in range(1, span + 1) if not calendar.is_working(d := after + n * _DAY))


def working_spans(calendar: Calendar, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of office time between two instants, in order, in UTC."""
    day, last = calendar.local(begin).date(), calendar.local(end).date()
    while day <= last:
        if calendar.is_working(day):
            low, high = max(begin, calendar.opening(day)), min(end, calendar.closing(day))
            if low < high:
                yield low, high
        day += _DAY


def working_time(calendar: Calendar, begin: datetime, end: datetime) -> timedelta:
    """Measure the office time between two instants."""
    return sum((high - low for low, high in working_spans(calendar, begin, end)), timedelta())


def half_way(
    calendar: Calendar | None, begin: datetime, end: datetime, stands: Sequence[Stand] = ()
) -> datetime:
    """Return the instant at which half of the time is used, not counting when the clock stood still.

    With a calendar, half of the office time, so that a reminder comes when somebody is there;
    without one (safety clocks), or where no office time lies between, half of the clock time.
    """
    still = merged(stands)
    spans = [] if calendar is None else [
        span for low, high in working_spans(calendar, begin, end) for span in running_spans(low, high, still)
    ]
    spans = spans or list(running_spans(begin, end, still))
    left = sum((high - low for low, high in spans), timedelta()) / 2
    for low, high in spans:
        if high - low >= left:
            return low + left
        left -= high - low
    return end


def end_of(day: date) -> datetime:
    """Return the naive last second of a calendar day."""
    return datetime.combine(day, time(23, 59, 59))
