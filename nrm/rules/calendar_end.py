"""Calendars that end too early: the movable feasts of a year that is near are not listed (domain 6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from nrm.rules.calendars import Calendar
from nrm.rules.laid_days import listed_until


@dataclass(frozen=True, slots=True)
class EndingCalendar:
    """A calendar whose feasts are listed until ``until`` only; those of ``year`` are missing."""

    calendar: str
    title: str
    until: date
    year: int


def ending(
    calendars: Iterable[Calendar], now: datetime, *, months_ahead: int, last_due: datetime | None = None,
) -> tuple[EndingCalendar, ...]:
    """Name the calendars that end before they are needed: ``months_ahead`` months from now, or at ``last_due``.

    ``last_due``: when the last of the clocks is due that are counted by these calendars.
    """
    found = []
    for calendar in calendars:
        until = listed_until(calendar)
        if until is None:
            continue
        needed = _months_later(calendar.local(now).date(), months_ahead)
        if last_due is not None:
            needed = max(needed, calendar.local(last_due).date())
        if until < needed:
            found.append(EndingCalendar(calendar.id, calendar.title, until, _next_year(until)))
    return tuple(found)


def _months_later(day: date, months: int) -> date:
    """Give the first day of the month so many months later: near enough for a warning long before."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def _next_year(until: date) -> int:
    """Give the first year that is not listed whole."""
    return until.year if until < date(until.year, 12, 31) else until.year + 1
