"""The months of a year as weeks, in the order and with the names that the reader's language uses."""

from __future__ import annotations

from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date

from babel import Locale

FITS = 4
"""Letters of a weekday that fit above a column."""


@dataclass(frozen=True, slots=True)
class Weekday:
    """A weekday's names (``number``: Monday is 0)."""

    number: int
    name: str
    short: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month: its name, and its weeks of seven days; None before its first day and after its last."""

    number: int
    name: str
    weeks: tuple[tuple[date | None, ...], ...]


def weekdays_of(locale: Locale) -> tuple[Weekday, ...]:
    """Return the weekdays, the one first that a week begins with."""
    names = locale.days["stand-alone"]
    wide, short = names["wide"], names["abbreviated"]
    if max(map(len, short.values())) > FITS:
        short = names["narrow"]
    order = [(locale.first_week_day + n) % 7 for n in range(7)]
    return tuple(Weekday(n, wide[n].capitalize(), short[n].capitalize()) for n in order)


def months_of(year: int, locale: Locale) -> tuple[Month, ...]:
    """Return the twelve months of a year."""
    names = locale.months["stand-alone"]["wide"]
    return tuple(Month(number, names[number].capitalize(), _weeks(year, number, locale)) for number in range(1, 13))


def _weeks(year: int, month: int, locale: Locale) -> tuple[tuple[date | None, ...], ...]:
    weeks = Weeks(locale.first_week_day).monthdatescalendar(year, month)
    return tuple(tuple(day if day.month == month else None for day in week) for week in weeks)
