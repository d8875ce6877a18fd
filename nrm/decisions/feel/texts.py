"""FEEL values as text: as ``string()`` gives them; inside lists and contexts such that they can be read again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from nrm.decisions.feel.decimals import is_number, number_text
from nrm.decisions.feel.kinds import FunctionValue, Interval, Value
from nrm.decisions.feel.temporal import DAY, SECOND, Date, DateTime, DaysTime, Time, YearsMonths

_PLAIN_KEY = re.compile(r"[^\W\d]\w*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def feel_text(value: Value) -> str:
    """The value as ``string()`` prints it (10.3.4.1); ``null`` for null."""
    return value if isinstance(value, str) else _written(value)


def _written(value: Value) -> str:
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if is_number(value):
        return number_text(value)
    return _WRITERS[type(value)](value)


def literal_text(value: Value) -> str:
    """The value as the literal that gives it: as an item, or anywhere in FEEL text."""
    if isinstance(value, (Date, Time, DateTime, DaysTime, YearsMonths)):
        return f'@"{_written(value)}"'
    return _written(value)


def _list(value: tuple[Value, ...]) -> str:
    return f"[{', '.join(literal_text(item) for item in value)}]"


def _context(value: dict[str, Value]) -> str:
    entries = (f"{_key(key)}: {literal_text(item)}" for key, item in value.items())
    return f"{{{', '.join(entries)}}}"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _written(key)


def _range(value: Interval) -> str:
    if value.one_sided and value.low is None:
        return f"(<{'=' if value.high_included else ''}{literal_text(value.high)})"
    if value.one_sided:
        return f"(>{'=' if value.low_included else ''}{literal_text(value.low)})"
    start, end = "[" if value.low_included else "(", "]" if value.high_included else ")"
    return f"{start}{literal_text(value.low)}..{literal_text(value.high)}{end}"


def _function(value: FunctionValue) -> str:
    return f"function({', '.join(each.name for each in value.parameters)})"


def _date(value: Date) -> str:
    sign = "-" if value.year < 0 else ""
    return f"{sign}{abs(value.year):04}-{value.month:02}-{value.day:02}"


def _time(value: Time) -> str:
    seconds, nanoseconds = divmod(value.nanoseconds, SECOND)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{_fraction(nanoseconds)}"
    if value.zone is None:
        return clock
    return clock + (f"@{value.zone}" if isinstance(value.zone, str) else _offset(value.zone))


def _offset(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    size = abs(seconds)
    text = f"{'-' if seconds < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}"
    return text + (f":{size % 60:02}" if size % 60 else "")


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09}".rstrip("0") if nanoseconds else ""


def _days(value: DaysTime) -> str:
    days, rest = divmod(abs(value.nanoseconds), DAY)
    seconds, nanoseconds = divmod(rest, SECOND)
    parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"))
    clock = "".join(f"{count}{unit}" for count, unit in parts if count)
    if seconds % 60 or nanoseconds:
        clock += f"{seconds % 60}{_fraction(nanoseconds)}S"
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{'-' if value.nanoseconds < 0 else ''}P{text or 'T0S'}"


def _months(value: YearsMonths) -> str:
    years, months = divmod(abs(value.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return f"{'-' if value.months < 0 else ''}P{text or '0M'}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    tuple: _list, dict: _context, Interval: _range, FunctionValue: _function, Date: _date, Time: _time,
    DateTime: lambda value: f"{_date(value.date)}T{_time(value.time)}", DaysTime: _days, YearsMonths: _months,
}
