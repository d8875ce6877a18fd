"""Counting instants by stretches of time, in words that both databases know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Case, SQLColumnExpression, case

from nrm.rules.calendars import instant_of


def bucket(column: SQLColumnExpression[Any], bounds: Sequence[datetime]) -> Case[int]:
    """Return the number of the stretch an instant lies in: 0 before the first bound, 1 from it on, and so on."""
    return case(*((column < at, number) for number, at in enumerate(bounds)), else_=len(bounds))


def midnights(first: date, count: int, zone: ZoneInfo, *, step: int = 1) -> tuple[datetime, ...]:
    """Return when days begin in a time zone, as UTC instants: ``count`` of them, every ``step`` days."""
    days = (first + timedelta(days=step * number) for number in range(count))
    return tuple(instant_of(datetime.combine(day, time()), zone.key) for day in days)
