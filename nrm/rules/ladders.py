"""Escalation ladders: who hears of a time limit, and when (domain 2.6). A rung decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from nrm.rules.calendars import Calendar
from nrm.rules.limits import Unit
from nrm.rules.working_days import add_working_days, half_way


class When(StrEnum):
    """What a rung's time is measured from."""

    HALF = "half"
    """Half of the time is used."""
    BREACH = "breach"
    """The limit is missed."""
    AFTER = "after"
    """So long after the limit was missed."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: ``tell`` names ``assignee``, ``supervisor`` or ``role:CODE``; ``level`` is L0..L5."""

    no: int
    when: When
    tell: tuple[str, ...]
    length: int = 0
    unit: Unit = Unit.HOURS
    level: str = ""

    def __post_init__(self) -> None:
        if (self.when is When.AFTER) != (self.length > 0):
            raise ValueError("a rung has a length where, and only where, it comes after the breach")
        if not self.tell:
            raise ValueError("a rung tells somebody")


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one ladder, in order. ``safety`` ladders run by the clock and ignore calendars."""

    key: str
    title: str
    rungs: tuple[Rung, ...]
    safety: bool = False

    def __post_init__(self) -> None:
        if [rung.no for rung in self.rungs] != list(range(1, len(self.rungs) + 1)):
            raise ValueError("rungs are numbered 1, 2, 3 in order")
        if self.safety and any(rung.unit is Unit.WORKING_DAYS for rung in self.rungs):
            raise ValueError("a safety ladder does not count working days")

    def rung(self, no: int) -> Rung:
        """Return the rung of that number; raise KeyError where there is none."""
        for rung in self.rungs:
            if rung.no == no:
                return rung
        raise KeyError(no)


def rung_times(
    armed_at: datetime, due_at: datetime, ladder: Ladder, calendar: Calendar | None
) -> tuple[tuple[int, datetime], ...]:
    """Give each rung's true time, in order; never earlier than the rung before it.

    ``calendar`` is the owner's; it is ignored by safety ladders and may be None.
    """
    used = None if ladder.safety else calendar
    times: list[tuple[int, datetime]] = []
    for rung in ladder.rungs:
        at = _time(rung, armed_at, due_at, used)
        if times:
            at = max(at, times[-1][1])
        times.append((rung.no, at))
    return tuple(times)


def _time(rung: Rung, armed_at: datetime, due_at: datetime, calendar: Calendar | None) -> datetime:
    if rung.when is When.HALF:
        return half_way(calendar, armed_at, due_at)
    if rung.when is When.BREACH:
        return due_at
    if rung.unit is Unit.HOURS:
        return due_at + timedelta(hours=rung.length)
    if rung.unit is Unit.WORKING_DAYS and calendar is not None:
        local = calendar.local(due_at)
        return calendar.instant(add_working_days(calendar, local.date(), rung.length), local.time())
    return due_at + timedelta(days=rung.length)
