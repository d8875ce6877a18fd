"""One year of a calendar: every day that is not an ordinary one, with its name and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row

from nrm.queries.calendars import CalendarLine, calendar_line, calendars_ending, chain_of, require_manager
from nrm.queries.scope import not_kept
from nrm.records.tables.account import User
from nrm.records.tables.work import Batch, BatchLine
from nrm.records.tables.working_time import CalendarDay
from nrm.records.unit import Unit
from nrm.rules.calendars import Calendar
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.wiring.system import System

FIRST_YEAR, LAST_YEAR = 2000, 2060
"""Years that can be looked at: those whose holidays the configuration computes."""
RECOUNT = "recount"
"""The kind of the batch that counts clocks anew after an edit."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeekdayHours:
    """Office hours of a weekday that is worked (Monday is 0)."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is free and has a name, or is worked although it would be free.

    ``origin``: library, yearly, listed, edited (:class:`nrm.rules.calendars.Origin`). ``given_by``: the title of
    the calendar that says so, where it is another one. ``edited_by`` and ``edited_at``: who laid it there, and when.
    """

    day: date
    free: bool
    name: str
    origin: str
    given_by: str
    edited_by: str | None
    edited_at: datetime | None
    own: bool
    """Laid over this very calendar, so that it can be taken back here."""


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year of a calendar. ``working_days``: how many days are worked in it."""

    calendar: CalendarLine
    year: int
    today: date
    weekend: tuple[int, ...]
    hours: tuple[WeekdayHours, ...]
    days: tuple[SpecialDay, ...]
    working_days: int
    cases_waiting: int
    """In how many cases clocks are still to be counted anew after an edit of this calendar."""


def calendar_year(system: System, actor: Actor, *, calendar_id: str, year: int | None = None) -> CalendarYear:
    """Return one year of a calendar, this one where none is named. Raises NotAllowed, NotFound."""
    require_manager(system, actor)
    with system.database.reader(actor) as unit:
        calendars = system.calendars(unit)
        chain = chain_of(calendars, calendar_id)
        calendar = calendars[calendar_id]
        today = calendar.local(unit.now).date()
        year = today.year if year is None else year
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise NotFound("Calendars are known for the years from 2000 to 2060.")
        missing = next((one.year for one in calendars_ending(system, unit) if one.calendar == calendar_id), None)
        line = calendar_line(system, unit, actor, calendar_id, missing)
        laid, waiting = _laid(unit, chain, year), _waiting(unit, actor, calendar_id)
    return CalendarYear(
        line, year, today, tuple(sorted(calendar.weekend)), _hours(calendar),
        tuple(_special(day, calendar, calendars, laid) for day in _special_days(calendar, year)),
        sum(1 for day in _days_of(year) if calendar.is_working(day)), waiting,
    )


def _laid(unit: Unit, chain: tuple[str, ...], year: int) -> Mapping[tuple[str, date], Row[Any]]:
    """Return the days laid over a calendar and those it starts from, with who laid them."""
    query: Select[*tuple[Any, ...]] = (
        select(CalendarDay, User.name.label("editor")).outerjoin(User, User.id == CalendarDay.added_by).where(
            CalendarDay.calendar.in_(chain), CalendarDay.removed_at.is_(None),
            CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)),
        )
    )
    return {(row.calendar, row.day): row for row in unit.conn.execute(query)}


def _waiting(unit: Unit, actor: Actor, calendar_id: str) -> int:
    """Count the cases whose clocks wait to be counted anew, but those that the actor is kept from."""
    running = unit.conn.execute(
        select(Batch.id, Batch.params).where(Batch.kind == RECOUNT, Batch.status == "running")
    ).all()
    batches = [row.id for row in running if row.params.get("calendar") == calendar_id]
    return unit.conn.execute(
        select(func.count()).where(
            BatchLine.batch_id.in_(batches), BatchLine.status == "waiting", not_kept(BatchLine.case_id, actor),
        )
    ).scalar_one() if batches else 0


def _special_days(calendar: Calendar, year: int) -> list[date]:
    return [day for day in _days_of(year) if day in calendar.holidays or day in calendar.working]


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + n * _DAY for n in range((date(year, 12, 31) - first).days + 1)]


def _special(
    day: date, calendar: Calendar, calendars: Mapping[str, Calendar], laid: Mapping[tuple[str, date], Row[Any]]
) -> SpecialDay:
    source = calendar.sources[day]
    row = laid.get((source.calendar, day))
    of_another = source.calendar != calendar.id
    return SpecialDay(
        day, day in calendar.holidays, calendar.holidays.get(day) or (row.name if row else ""), source.origin.value,
        calendars[source.calendar].title if of_another else "", row.editor or row.added_by if row else None,
        row.added_at if row else None, row is not None and not of_another,
    )


def _hours(calendar: Calendar) -> tuple[WeekdayHours, ...]:
    """Return the office hours of every weekday that is worked."""
    return tuple(
        WeekdayHours(weekday, hours.opens, hours.closes) for weekday in range(7) if weekday not in calendar.weekend
        for hours in [calendar.weekday_hours.get(weekday, calendar.hours)]
    )
