"""Functions of dates (DMN 1.5, tables 79 and 77), and of the moment (table 82)."""

from __future__ import annotations

from nrm.decisions.feel.crossing import accepted
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions.signatures import function, same
from nrm.decisions.feel.kinds import Value, kind
from nrm.decisions.feel.temporal import Date, DateTime, Time

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)


def _day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


def _day_of_year(_: Running, value: Date | DateTime) -> Value:
    day = _day(value)
    return day.number - Date(day.year, 1, 1).number + 1


def _day_of_week(_: Running, value: Date | DateTime) -> Value:
    return _DAYS[_day(value).weekday - 1]


def _month_of_year(_: Running, value: Date | DateTime) -> Value:
    return _MONTHS[_day(value).month - 1]


def _week_of_year(_: Running, value: Date | DateTime) -> Value:
    """The week by ISO 8601: week 1 holds the year's first Thursday."""
    day = _day(value)
    for year in (day.year + 1, day.year, day.year - 1):
        fourth = Date(year, 1, 4)
        first_monday = fourth.number - fourth.weekday + 1
        if day.number >= first_monday:
            return (day.number - first_monday) // 7 + 1
    raise AssertionError("no year holds the day")


def _is(running: Running, first: Value, second: Value) -> Value:
    """The same element, not only an equal one: zones count."""
    if kind(first) != kind(second):
        return False
    if isinstance(first, (Time, DateTime)):
        return first == second
    return same(running, first, second)


def _now(running: Running) -> Value:
    moment, _ = accepted(running.moment, 0)
    if not isinstance(moment, DateTime):
        running.note("now() and today() have no meaning here: no moment was given")
        return None
    return moment


def _today(running: Running) -> Value:
    moment = _now(running)
    return moment.date if isinstance(moment, DateTime) else None


DATES = (
    function("day of year", "number", ("date: day", _day_of_year)),
    function("day of week", "string", ("date: day", _day_of_week)),
    function("month of year", "string", ("date: day", _month_of_year)),
    function("week of year", "number", ("date: day", _week_of_year)),
    function("is", "boolean", ("value1: any, value2: any", _is)),
    function("now", "date and time", ("", _now)),
    function("today", "date", ("", _today)),
)
