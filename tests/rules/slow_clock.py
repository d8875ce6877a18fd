"""The clock of a legal limit told slowly: day by day, tick by tick, with nothing but loops and the time zone tables.

It was written from the words of the rule, never from the code that serves: where the two disagree, one is wrong.
Only the *data* of limits and calendars is read here; none of their methods is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from nrm.rules.calendars import Calendar
from nrm.rules.limits import Roll, Stand, TimeLimit, Unit

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
"""Every offset and every clock change of the years that are tested is a multiple of it."""
LAST_SECOND = time(23, 59, 59)


def slow_due(
    limit: TimeLimit, start: datetime, calendar: Calendar, budget: int, stands: Sequence[Stand],
    tick: timedelta = timedelta(minutes=1),
) -> datetime | None:
    """Say when a limit is due, ``None`` where it stands still for good; all instants lie on a ``tick``."""
    if limit.unit in (Unit.HOURS, Unit.OFFICE_HOURS):
        return _due_in_seconds(limit, start, calendar, budget, stands, tick)
    return _due_in_days(limit, start, calendar, budget, stands)


def slow_consumed(
    limit: TimeLimit, start: datetime, until: datetime, calendar: Calendar, stands: Sequence[Stand],
    tick: timedelta = timedelta(minutes=1),
) -> int:
    """Say how much of the budget is used up at an instant: counted days, or seconds."""
    if limit.unit in (Unit.HOURS, Unit.OFFICE_HOURS):
        ran, at = timedelta(), start
        while at < until:
            if _runs(limit, calendar, stands, at):
                ran += tick
            at += tick
        return int(ran.total_seconds())
    counted, day = 0, local_day(calendar, start)
    while day <= local_day(calendar, until):
        moment = moment_of(limit, start, calendar, day)
        if counts(limit, start, calendar, stands, day) and moment <= until:
            counted += 1
        day += DAY
    return counted


def is_free(calendar: Calendar, day: date) -> bool:
    """Whether nobody works on a day."""
    if day in calendar.working:
        return False
    return day.weekday() in calendar.weekend or day in calendar.holidays


def local_day(calendar: Calendar, at: datetime) -> date:
    """The date a calendar on the wall shows."""
    return at.astimezone(ZoneInfo(calendar.zone)).date()


def stands_still(stands: Sequence[Stand], at: datetime) -> bool:
    """Whether an instant lies in a pause; its end no longer does."""
    return any(stand.from_at <= at and (stand.to_at is None or at < stand.to_at) for stand in stands)


def counts(limit: TimeLimit, start: datetime, calendar: Calendar, stands: Sequence[Stand], day: date) -> bool:
    """Whether a day is one of those the limit counts."""
    if limit.unit is Unit.WORKING_DAYS and is_free(calendar, day):
        return False
    if day == local_day(calendar, start):
        if not limit.first_day_counts:
            return False
        if limit.unit is Unit.WORKING_DAYS and start >= closing(calendar, day):
            return False
    return not stands_still(stands, moment_of(limit, start, calendar, day))


def moment_of(limit: TimeLimit, start: datetime, calendar: Calendar, day: date) -> datetime:
    """The instant of a day at which it is looked whether the clock runs."""
    if not limit.end_of_day:
        return instant(calendar.zone, day, start.astimezone(ZoneInfo(calendar.zone)).time())
    if limit.safety or is_free(calendar, day):
        return instant(calendar.zone, day, LAST_SECOND)
    return closing(calendar, day)


def opening(calendar: Calendar, day: date) -> datetime:
    """The instant at which the office opens, were it a working day."""
    hours = calendar.weekday_hours.get(day.weekday(), calendar.hours)
    return instant(calendar.zone, day, hours.opens)


def closing(calendar: Calendar, day: date) -> datetime:
    """The instant at which the office closes, were it a working day."""
    hours = calendar.weekday_hours.get(day.weekday(), calendar.hours)
    return instant(calendar.zone, day, hours.closes)


@lru_cache(maxsize=100_000)
def instant(zone: str, day: date, at: time) -> datetime:
    """Search the instant at which a clock on the wall shows a time.

    Shown twice, the later one counts; never shown, the first instant at which the clock shows more.
    """
    wall, tz = datetime.combine(day, at), ZoneInfo(zone)
    showing = [at for at in _quarters(wall) if at.astimezone(tz).replace(tzinfo=None) == wall]
    if showing:
        return showing[-1]
    whole = wall.replace(minute=wall.minute // 15 * 15, second=0, microsecond=0)
    return next(at for at in _quarters(whole) if at.astimezone(tz).replace(tzinfo=None) > wall)


def _quarters(wall: datetime) -> Iterator[datetime]:
    """The instants a wall time can be, with every offset there is on earth, in order."""
    at = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while at <= wall.replace(tzinfo=UTC) + timedelta(hours=15):
        yield at
        at += QUARTER


def _due_in_days(
    limit: TimeLimit, start: datetime, calendar: Calendar, budget: int, stands: Sequence[Stand],
) -> datetime | None:
    day, counted = local_day(calendar, start), 0
    if budget > 0:
        while True:
            counted += counts(limit, start, calendar, stands, day)
            if counted == budget:
                break
            if _for_good(stands, moment_of(limit, start, calendar, day)):
                return None
            day += DAY
    if limit.roll is Roll.NEXT_WORKING_DAY and is_free(calendar, day):
        while is_free(calendar, day) or stands_still(stands, moment_of(limit, start, calendar, day)):
            if _for_good(stands, moment_of(limit, start, calendar, day)):
                return None
            day += DAY
    return moment_of(limit, start, calendar, day)


def _due_in_seconds(
    limit: TimeLimit, start: datetime, calendar: Calendar, budget: int, stands: Sequence[Stand], tick: timedelta,
) -> datetime | None:
    ran, at = timedelta(), start
    while ran < timedelta(seconds=budget):
        if _for_good(stands, at):
            return None
        if _runs(limit, calendar, stands, at):
            ran += tick
        at += tick
    return at


def _runs(limit: TimeLimit, calendar: Calendar, stands: Sequence[Stand], at: datetime) -> bool:
    """Whether the seconds of a tick count."""
    if stands_still(stands, at):
        return False
    if limit.unit is Unit.HOURS:
        return True
    day = local_day(calendar, at)
    return not is_free(calendar, day) and opening(calendar, day) <= at < closing(calendar, day)


def _for_good(stands: Sequence[Stand], at: datetime) -> bool:
    """Whether an instant lies in a pause that nobody has ended."""
    return any(stand.to_at is None and stand.from_at <= at for stand in stands)
