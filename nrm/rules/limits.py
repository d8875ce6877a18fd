"""Time limits: what they are, and when one is due, whatever stood still or was added (domain 2.3, 6.2).

A limit in days is counted by *moments*: every day has one, the office's closing or the time of day at which the
counting started. A day counts when it is one that counts and the clock is running at its moment; the limit is due
at the moment of the last day of its budget. So a pause gives back exactly the days whose moment it covers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import takewhile

from nrm.rules import why
from nrm.rules.calendars import Calendar
from nrm.rules.stands import Stand, merged, ran, running_spans, stands_at
from nrm.rules.why import Step
from nrm.rules.working_days import NoWorkingDayError, working_spans

_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)
CASE_OPENED = "case_opened"
"""Counted from when the case was opened, however late the step begins."""
_FAR = 36_600
"""A limit that is not over after a hundred years is a mistake."""


class Unit(StrEnum):
    """What a limit or a delay is counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"
    OFFICE_HOURS = "office_hours"

    @property
    def in_days(self) -> bool:
        """Whether days are counted, not the clock."""
        return self in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)


class Roll(StrEnum):
    """What happens where the last day is not a working day."""

    NEXT_WORKING_DAY = "next_working_day"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A named length with its legal source.

    ``end_of_day``: due when the office closes on the last day (for calendar days without an
    office calendar: at 23:59:59), else at the time of day it was armed. ``first_day_counts``: the
    day of arming is day one, where it is a working day and the office is still open. ``safety``:
    ignores calendars, day and night; may be neither rolled, paused nor counted in working days.
    """

    key: str
    title: str
    length: int
    unit: Unit
    source: str
    end_of_day: bool = False
    first_day_counts: bool = False
    roll: Roll = Roll.NONE
    safety: bool = False
    ladder: str = "standard"
    default: bool = True
    """Whether the length is a configurable default, not read from a law (marked [M] in ``source``)."""
    start_event: str = ""
    """What happens at the moment it is counted from, in words."""
    pauses: tuple[str, ...] = ()
    """The grounds on which it may stand still; none: never."""
    starts: str = ""
    """The date fact it is counted from, or CASE_OPENED; empty: from the moment it is armed."""
    before: bool = False
    """Counted back from that date: so long before it."""

    def __post_init__(self) -> None:
        if self.length < 0:
            raise ValueError("a time limit is not negative")
        if self.safety and self.unit in (Unit.WORKING_DAYS, Unit.OFFICE_HOURS):
            raise ValueError("a safety limit runs day and night: count it in hours or calendar days")
        if self.safety and self.roll is not Roll.NONE:
            raise ValueError("a safety limit is not moved to a working day")
        if self.safety and self.pauses:
            raise ValueError("a safety limit is never paused")
        if not self.unit.in_days and (self.end_of_day or self.first_day_counts):
            raise ValueError("end_of_day and first_day_counts are for limits in days")
        if self.before and (not self.starts or self.pauses):
            raise ValueError("what is counted back needs the date it is counted from, and is never paused")

    @property
    def budget(self) -> int:
        """All of its time: days for a limit in days, seconds for one in hours."""
        return self.length if self.unit.in_days else self.length * 3600


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit is due (UTC; None while its clock stands still) and the steps that lead there."""

    at: datetime | None
    explained: tuple[Step, ...] = field(default=())

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps as English sentences."""
        return tuple(step.text for step in self.explained)


def reckon(
    limit: TimeLimit, started_at: datetime, calendar: Calendar, *, budget: int | None = None,
    stands: Sequence[Stand] = (),
) -> Due:
    """Say when ``limit``, counted from the aware instant ``started_at``, is due on ``calendar``, and why.

    ``budget`` (days, or seconds for hours) is the limit's own unless it was extended. ``stands``: when it stood
    still; it stands still now, and is due at no time yet, where the last one has no end before that.
    """
    if started_at.tzinfo is None:
        raise ValueError("a limit is counted from an aware instant")
    counting = _Counting(limit, started_at.astimezone(UTC), calendar, merged(stands))
    whole = limit.budget if budget is None else budget
    steps = [why.started(started_at, calendar, limit.before)]
    if whole != limit.budget:
        steps.append(why.changed(limit.unit, limit.budget, whole))
    if limit.before:
        at: datetime | None = counting.back(whole, steps)
    elif limit.unit.in_days:
        at = counting.days(whole, steps)
    else:
        at = counting.time(whole, steps)
    at = counting.rolled(at, steps)
    steps.extend(why.stood(counting.stands, at, calendar))
    if at is None:
        left = max(whole - consumed(limit, started_at, counting.stands[-1].from_at, calendar, stands), 0)
        steps.append(why.stands_still(limit.unit, left, counting.stands[-1], calendar))
    else:
        steps.append(why.due(at, calendar))
    return Due(at, tuple(steps))


def consumed(
    limit: TimeLimit, started_at: datetime, until: datetime, calendar: Calendar, stands: Sequence[Stand] = ()
) -> int:
    """Say how much of a limit's time is used up at ``until``: days, or seconds for one in hours."""
    counting = _Counting(limit, started_at.astimezone(UTC), calendar, merged(stands))
    if limit.before:
        return 0
    if not limit.unit.in_days:
        return int(sum((high - low for low, high in counting.spans(until)), timedelta()).total_seconds())
    return sum(1 for _ in takewhile(lambda counted: counted[1] <= until, counting.counted()))


@dataclass(frozen=True, slots=True)
class _Counting:
    """One limit being counted on one calendar."""

    limit: TimeLimit
    start: datetime
    calendar: Calendar
    stands: tuple[Stand, ...]

    def moment(self, day: date) -> datetime:
        """The instant of a day at which it counts."""
        if not self.limit.end_of_day:
            return self.calendar.instant(day, self.calendar.local(self.start).time())
        if self.limit.safety or not self.calendar.is_working(day):
            return self.calendar.instant(day, _LAST_SECOND)
        return self.calendar.closing(day)

    def counted(self) -> Iterator[tuple[date, datetime]]:
        """The days that count, in order, with their moments; ends where the clock stands still for good."""
        day = self.calendar.local(self.start).date()
        if not self._first_counts(day):
            day += _DAY
        for _ in range(_FAR):
            if self.limit.unit is Unit.CALENDAR_DAYS or self.calendar.is_working(day):
                moment = self.moment(day)
                stand = stands_at(self.stands, moment)
                if stand is None:
                    yield day, moment
                elif stand.to_at is None:
                    return
            day += _DAY
        raise NoWorkingDayError(f"calendar {self.calendar.id} has no working day in sight")

    def days(self, budget: int, steps: list[Step]) -> datetime | None:
        """The moment of the last day of a budget of days; None where the clock stands still before it."""
        first = self.calendar.local(self.start).date()
        steps.append(why.first_day(first, self._first_counts(first), self.limit.first_day_counts))
        if not budget:
            steps.append(why.last_day(self.limit.unit, 0, first))
            return self.moment(first)
        last: tuple[date, datetime] | None = None
        counted = self.counted()
        for _ in range(budget):
            last = next(counted, None)
            if last is None:
                return None
        assert last is not None
        if self.limit.unit is Unit.WORKING_DAYS:
            steps.extend(why.free(self.calendar, first, last[0]))
        steps.append(why.last_day(self.limit.unit, budget, last[0]))
        return last[1]

    def time(self, budget: int, steps: list[Step]) -> datetime | None:
        """The instant at which so many seconds have run; None where the clock stands still before."""
        steps.append(why.hours(self.limit.unit, budget, self.limit.safety))
        if not budget:
            return self.start
        left = timedelta(seconds=budget)
        if self.limit.unit is Unit.HOURS:
            return ran(self.start, left, self.stands)
        for low, high in self.spans(None):
            if high - low >= left:
                return low + left
            left -= high - low
        return None

    def spans(self, until: datetime | None) -> Iterator[tuple[datetime, datetime]]:
        """The stretches in which the clock runs, until an instant or without end."""
        if self.limit.unit is Unit.HOURS:
            if until is not None and until > self.start:
                yield from running_spans(self.start, until, self.stands)
            return
        end = until or self.start + _DAY * _FAR
        for low, high in working_spans(self.calendar, self.start, end):
            if self.stands and self.stands[-1].to_at is None and low >= self.stands[-1].from_at:
                return
            yield from running_spans(low, high, self.stands)

    def back(self, budget: int, steps: list[Step]) -> datetime:
        """The instant so long before the start."""
        if not self.limit.unit.in_days:
            steps.append(why.hours_before(budget))
            return self.start - timedelta(seconds=budget)
        day = self.calendar.local(self.start).date()
        for _ in range(budget):
            day -= _DAY
            while self.limit.unit is Unit.WORKING_DAYS and not self.calendar.is_working(day):
                day -= _DAY
        steps.append(why.days_before(self.limit.unit, budget, day))
        if self.limit.roll is Roll.NEXT_WORKING_DAY:
            while not self.calendar.is_working(day):
                day -= _DAY
        if self.limit.end_of_day:
            return self.moment(day)
        return self.calendar.opening(day)

    def rolled(self, at: datetime | None, steps: list[Step]) -> datetime | None:
        """Move a due time that falls on a free day, where the limit says so, to when the clock runs again."""
        if at is None or self.limit.roll is Roll.NONE or self.limit.before:
            return at
        local = self.calendar.local(at)
        if self.calendar.is_working(local.date()):
            return at
        day = local.date()
        for _ in range(_FAR):
            day += _DAY
            if not self.calendar.is_working(day):
                continue
            # In days the hour is that of the start: the free day's own may be one that the clocks moved.
            moment = self.moment(day) if self.limit.unit.in_days else self.calendar.instant(day, local.time())
            stand = stands_at(self.stands, moment)
            if stand is None:
                steps.append(why.rolled(local.date(), day))
                return moment
            if stand.to_at is None:
                return None
        raise NoWorkingDayError(f"calendar {self.calendar.id} has no working day after {local.date()}")

    def _first_counts(self, day: date) -> bool:
        """Whether the day of the start is day one."""
        if not self.limit.first_day_counts:
            return False
        if self.limit.unit is Unit.CALENDAR_DAYS:
            return True
        return self.calendar.is_working(day) and self.start < self.calendar.closing(day)
