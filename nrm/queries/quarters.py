"""Quarters of a year as text, ``2026-Q1``, and the instants between which they lie (UTC)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from nrm.vocabulary.errors import InvalidInput

_QUARTER = re.compile(r"(20[0-9]{2})-Q([1-4])")


def quarter_bounds(quarter: str) -> tuple[datetime, datetime]:
    """Return the first instant of a quarter, and that of the next one. Raises InvalidInput."""
    found = _QUARTER.fullmatch(quarter)
    if found is None:
        raise InvalidInput(fields={"quarter": ["Write a quarter as 2026-Q1."]})
    number = int(found[1]) * 4 + int(found[2]) - 1
    return _begin(number), _begin(number + 1)


def quarters(first: datetime, last: datetime) -> tuple[str, ...]:
    """Return the quarters from the one of ``first`` to the one of ``last``, the newest on top."""
    return tuple(_named(number) for number in range(_number(last), _number(first) - 1, -1))


def quarter_of(at: datetime) -> str:
    """Return the quarter an instant (UTC) lies in."""
    return _named(_number(at))


def _named(number: int) -> str:
    return f"{number // 4}-Q{number % 4 + 1}"


def _number(at: datetime) -> int:
    return at.year * 4 + (at.month - 1) // 3


def _begin(number: int) -> datetime:
    return datetime(number // 4, number % 4 * 3 + 1, 1, tzinfo=UTC)
