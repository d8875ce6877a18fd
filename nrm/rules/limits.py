"""Time limits: when an armed one is due, and why on that date, in words (domain 2.3, 6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from nrm.rules.calendars import Calendar
from nrm.rules.words import FreeRun, free_runs, long_day, short_days
from nrm.rules.working_days import add_working_days, free_days, half_way, next_working_day

_LISTED = 4
"""So many weekends and holidays are listed one by one; more are summed up."""


class Unit(StrEnum):
    """What a limit or a delay is counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"


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
    ignores calendars, day and night; may be neither rolled nor counted in working days.
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

    def __post_init__(self) -> None:
        if self.length < 0:
            raise ValueError("a time limit is not negative")
        if self.safety and self.unit is Unit.WORKING_DAYS:
            raise ValueError("a safety limit runs day and night: count it in hours or calendar days")
        if self.safety and self.roll is not Roll.NONE:
            raise ValueError("a safety limit is not moved to a working day")
        if self.unit is Unit.HOURS and (self.end_of_day or self.first_day_counts):
            raise ValueError("end_of_day and first_day_counts are for limits in days")


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of *why this date*.

    ``template`` is the English source string with ``{names}``, the key of the translation;
    ``params`` holds what fills it: ISO dates under names ending in ``_on``, ISO local date-times
    under names ending in ``_at``, else numbers and words; ``text`` is the English sentence.
    """

    key: str
    template: str
    params: Mapping[str, str | int]
    text: str


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit is due (UTC) and the steps that lead there."""

    at: datetime
    explained: tuple[Step, ...] = field(default=())

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps as English sentences."""
        return tuple(step.text for step in self.explained)


def due_at(armed_at: datetime, limit: TimeLimit, calendar: Calendar) -> Due:
    """Say when ``limit``, armed at the aware instant ``armed_at``, is due on ``calendar``."""
    if armed_at.tzinfo is None:
        raise ValueError("a limit is armed at an aware instant")
    steps = [_started(armed_at, calendar)]
    if limit.unit is Unit.HOURS:
        at = armed_at.astimezone(UTC) + timedelta(hours=limit.length)
        steps.append(_hours(limit))
    else:
        at = _days(armed_at, limit, calendar, steps)
    at = _rolled(at, limit, calendar, steps)
    steps.append(_moment("due", "Due on {due_at}.", "due_at", at, calendar))
    return Due(at, tuple(steps))


def half_time(armed_at: datetime, due: datetime, limit: TimeLimit, calendar: Calendar) -> datetime:
    """Return the instant at which half of the limit's time is used."""
    return half_way(None if limit.safety else calendar, armed_at, due)


def _days(armed_at: datetime, limit: TimeLimit, calendar: Calendar, steps: list[Step]) -> datetime:
    """Count a limit in days, saying what does not count."""
    local = calendar.local(armed_at)
    first = local.date()
    counts = _first_counts(local, limit, calendar)
    steps.append(_first_day(first, counts, limit))
    days = max(limit.length - 1, 0) if counts else limit.length
    if limit.unit is Unit.WORKING_DAYS:
        last = add_working_days(calendar, first, days)
        steps.extend(_free(calendar, first, last))
        steps.append(_plain("working_days", "Working day {count} is {last_on}.",
                            {"count": limit.length, "last_on": last}))
    else:
        last = first + timedelta(days=days)
        steps.append(_plain("calendar_days", "Every day counts; day {count} is {last_on}.",
                            {"count": limit.length, "last_on": last}))
    if not limit.end_of_day:
        return calendar.instant(last, local.time())
    return _end_of_day(last, limit, calendar)


def _end_of_day(day: date, limit: TimeLimit, calendar: Calendar) -> datetime:
    """Give the end of a working day, or of a free day on which nothing closes."""
    if limit.safety or not calendar.is_working(day):
        return calendar.instant(day, datetime.max.time().replace(microsecond=0))
    return calendar.closing(day)


def _first_counts(local: datetime, limit: TimeLimit, calendar: Calendar) -> bool:
    """Whether the day of arming is day one."""
    if not limit.first_day_counts:
        return False
    if limit.unit is Unit.CALENDAR_DAYS:
        return True
    return calendar.is_working(local.date()) and local.time() < calendar.hours.closes


def _rolled(at: datetime, limit: TimeLimit, calendar: Calendar, steps: list[Step]) -> datetime:
    """Move a due time that falls on a free day, where the limit says so."""
    local = calendar.local(at)
    day = local.date()
    if limit.roll is Roll.NONE or limit.safety or calendar.is_working(day):
        return at
    moved = next_working_day(calendar, day)
    steps.append(_plain("rolled", "{last_on} is not a working day, so it moves to {moved_on}.",
                        {"last_on": day, "moved_on": moved}))
    if limit.end_of_day:
        return calendar.closing(moved)
    return calendar.instant(moved, local.time())


def _started(armed_at: datetime, calendar: Calendar) -> Step:
    return _moment("started", "Started on {start_at}.", "start_at", armed_at, calendar)


def _hours(limit: TimeLimit) -> Step:
    template = "{count} hours by the clock, nights included."
    if limit.safety:
        template = "{count} hours, day and night: a safety limit does not stop for nights or holidays."
    if limit.length == 1:
        return _plain("one_hour", "One hour by the clock, day or night.", {})
    return _plain("hours", template, {"count": limit.length})


def _first_day(first: date, counts: bool, limit: TimeLimit) -> Step:
    if counts:
        return _plain("first_day_counts", "{first_on} counts as the first day.", {"first_on": first})
    if limit.first_day_counts:
        return _plain("too_late", "The office was not open any more on {first_on}: counting starts after it.",
                      {"first_on": first})
    return _plain("first_day", "The day itself does not count.", {})


def _free(calendar: Calendar, after: date, until: date) -> list[Step]:
    """Say which days in between do not count; many are summed up."""
    runs = free_runs(calendar, free_days(calendar, after, until))
    if len(runs) > _LISTED:
        days = sum(len(run.days) for run in runs)
        params: dict[str, str | int | date] = {"count": days, "first_on": runs[0].days[0],
                                               "last_on": runs[-1].days[-1]}
        text = "{count} weekend days and holidays between {first_on} and {last_on} do not count."
        return [_plain("free_many", text, params)]
    return [_free_run(run) for run in runs]


def _free_run(run: FreeRun) -> Step:
    if run.name:
        return _plain("holiday", "{first_on} ({name}) does not count.",
                      {"first_on": run.days[0], "name": run.name})
    if len(run.days) == 1:
        return _plain("weekend_day", "{first_on} (weekend) does not count.", {"first_on": run.days[0]})
    return _plain("weekend", "Weekend {days} does not count.",
                  {"days": short_days(run.days), "first_on": run.days[0], "last_on": run.days[-1]})


def _moment(key: str, template: str, name: str, at: datetime, calendar: Calendar) -> Step:
    """Make a step that shows a local date and time."""
    local = calendar.local(at)
    text = template.format(**{name: f"{long_day(local.date())}, {local:%H:%M}"})
    return Step(key, template, {name: local.replace(tzinfo=None).isoformat(timespec="minutes")}, text)


def _plain(key: str, template: str, params: Mapping[str, str | int | date]) -> Step:
    """Make a step whose dates are shown as long days in English and kept as ISO in ``params``."""
    shown = {k: long_day(v) if isinstance(v, date) else v for k, v in params.items()}
    kept = {k: v.isoformat() if isinstance(v, date) else v for k, v in params.items()}
    return Step(key, template, kept, template.format(**shown))
