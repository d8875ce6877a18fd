"""Conversions between values of different kinds (DMN 1.5, table 72)."""

from __future__ import annotations

import re
from decimal import Decimal

from nrm.decisions.feel.decimals import Number, number_from_text
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions.signatures import function, within
from nrm.decisions.feel.kinds import Interval, Value, kind
from nrm.decisions.feel.literals import date_from, duration_from, literal_from, moment_from, time_from
from nrm.decisions.feel.operators import ordered
from nrm.decisions.feel.temporal import DAY, SECOND, Date, DateTime, DaysTime, Time, YearsMonths, date_of, months
from nrm.decisions.feel.texts import feel_text
from nrm.decisions.feel.zones import LARGEST_OFFSET

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?", re.ASCII)
_END = (
    r'\s*(-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|"[^"]*"|@"[^"]*"'
    r'|(?:date and time|date|time|duration)\(\s*"[^"]*"\s*\))?\s*'
)
_RANGE = re.compile(rf"\s*([\[\](]){_END}\.\.{_END}([\])\[])\s*")
_NEEDS = {
    "date": 'a date such as "2026-03-31"', "time": 'a time such as "23:59:00"',
    "date and time": 'a date and time such as "2026-03-31T23:59:00"',
    "duration": 'a duration such as "P1DT2H" or "P1Y2M"', "range": 'a range such as "[1..10]"',
}


def _or_note(running: Running, name: str, value: Value) -> Value:
    if value is None:
        running.note(f"{name}() needs {_NEEDS[name]}")
    return value


def _single(value: Value) -> Value:
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def _date(running: Running, given: Value) -> Value:
    given = _single(given)
    if isinstance(given, str):
        given = date_from(given)
    elif isinstance(given, DateTime):
        given = given.date
    return _or_note(running, "date", given if isinstance(given, Date) else None)


def _date_of_parts(running: Running, year: int, month: int, day: int) -> Value:
    return _or_note(running, "date", date_of(year, month, day))


def _moment(running: Running, given: Value) -> Value:
    given = _single(given)
    if isinstance(given, str):
        given = moment_from(given)
    elif isinstance(given, Date):
        given = DateTime(given, Time(0, 0))
    return _or_note(running, "date and time", given if isinstance(given, DateTime) else None)


def _moment_of_parts(_: Running, date: Date | DateTime, time: Time) -> Value:
    return DateTime(date.date if isinstance(date, DateTime) else date, time)


def _time(running: Running, given: Value) -> Value:
    given = _single(given)
    if isinstance(given, str):
        given = time_from(given)
    elif isinstance(given, Date):
        given = Time(0, 0)
    elif isinstance(given, DateTime):
        given = given.time
    return _or_note(running, "time", given if isinstance(given, Time) else None)


def _time_of_parts(
    running: Running, hour: int, minute: int, second: Number, offset: DaysTime | None = None
) -> Value:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return _or_note(running, "time", None)
    nanoseconds = (hour * 3600 + minute * 60) * SECOND + int(Decimal(second) * SECOND)
    zone = None if offset is None else offset.nanoseconds // SECOND
    if zone is not None and abs(zone) > LARGEST_OFFSET:
        return _or_note(running, "time", None)
    return Time(nanoseconds % DAY, zone)


def _number(running: Running, text: str, grouping: str | None = None, point: str | None = None) -> Value:
    if grouping not in (" ", ",", ".", None) or point not in (",", ".", None) or (grouping == point and grouping):
        running.note("number() knows space, comma and full stop as separators, not the same for both")
        return None
    if grouping:
        text = text.replace(grouping, "")
    if point == ",":
        text = "".join({",": ".", ".": "?"}.get(each, each) for each in text)
    number = number_from_text(text) if _NUMBER.fullmatch(text) else None
    if number is None:
        running.note('number() needs a text such as "1000.5"')
    return number


def _string(running: Running, value: Value) -> Value:
    if value is None:
        return None
    running.weigh(value)
    return within(running, feel_text(value))


def _duration(running: Running, given: Value) -> Value:
    given = _single(given)
    if isinstance(given, str):
        given = duration_from(given)
    return _or_note(running, "duration", given if isinstance(given, (DaysTime, YearsMonths)) else None)


def _months_between(_: Running, start: Date | DateTime, end: Date | DateTime) -> Value:
    """Whole months from one day to the other, the time of day left aside."""
    first = start.date if isinstance(start, DateTime) else start
    last = end.date if isinstance(end, DateTime) else end
    if last < first:
        return months(-_whole_months(last, first))
    return months(_whole_months(first, last))


def _whole_months(first: Date, last: Date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _range(running: Running, text: str) -> Value:
    found = _RANGE.fullmatch(text)
    if found is None:
        return _or_note(running, "range", None)
    low, high = _end(found[2]), _end(found[3])
    interval = Interval(low, high, found[1] == "[", found[4] == "]", low is None or high is None)
    return _or_note(running, "range", interval if _is_range(interval, found) else None)


def _is_range(interval: Interval, found: re.Match[str]) -> bool:
    if (found[2] and interval.low is None) or (found[3] and interval.high is None):
        return False
    if not interval.one_sided:
        return ordered("<=", interval.low, interval.high) is True
    if interval.low is None:
        return interval.high is not None and not interval.low_included
    return not interval.high_included


def _end(text: str | None) -> Value:
    """The end of a range as written: a number, a text, or a temporal value of the kind that is named."""
    if text is None:
        return None
    if text.startswith('"'):
        return text[1:-1]
    if text.startswith("@"):
        return literal_from(text[2:-1])
    name, _, rest = text.partition("(")
    if not rest:
        return number_from_text(text)
    value = literal_from(rest.split('"')[1])
    return value if kind(value) == name or (name == "duration" and kind(value).endswith("duration")) else None


CONVERSIONS = (
    function("date", "date", ("from: any", _date), ("year: integer, month: integer, day: integer", _date_of_parts)),
    function("date and time", "date and time", ("from: any", _moment), ("date: day, time: time", _moment_of_parts)),
    function(
        "time", "time",
        ("from: any", _time), ("hour: integer, minute: integer, second: number, offset?: days|null", _time_of_parts),
    ),
    function(
        "number", "number",
        ("from: string, grouping separator?: string|null, decimal separator?: string|null", _number),
    ),
    function("string", "string", ("from: any", _string)),
    function("duration", "", ("from: any", _duration)),
    function("years and months duration", "years and months duration", ("from: day, to: day", _months_between)),
    function("range", "range", ("from: string", _range)),
)
