"""The calendars of the installation: who works by them, who may edit them, until when they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select

from nrm.queries.scope import reaches_every_agency, require_role, roles_with
from nrm.records.tables.deadline import IS_TICKING, Deadline
from nrm.records.unit import Unit
from nrm.rules.calendar_end import EndingCalendar, ending
from nrm.rules.calendars import Calendar
from nrm.rules.laid_days import listed_until
from nrm.rules.policy import Policy
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.directory import Agencies
from nrm.wiring.system import System

COUNTED_IN = ("working_days", "office_hours")
"""Units of limits that count what a calendar says."""


@dataclass(frozen=True, slots=True)
class CalendarAgency:
    """An agency that works by a calendar."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One calendar. ``listed_until``: the last day whose movable feasts are listed, where they have to be."""

    id: str
    title: str
    base: str
    """The calendar it starts from; empty: none."""
    zone: str
    agencies: tuple[CalendarAgency, ...]
    listed_until: date | None
    missing_year: int | None
    """The year whose feasts are missed soon and are not listed yet."""
    may_edit: bool


def calendars_list(system: System, actor: Actor) -> tuple[CalendarLine, ...]:
    """List the calendars by title. Raises NotAllowed."""
    require_manager(system, actor)
    with system.database.reader(actor) as unit:
        missing = {one.calendar: one.year for one in calendars_ending(system, unit)}
        lines = [calendar_line(system, unit, actor, name, missing.get(name)) for name in system.calendars(unit)]
    return tuple(sorted(lines, key=lambda line: line.title))


def require_manager(system: System, actor: Actor) -> str:
    """Refuse who does not manage agencies; return the rule that allows it. Raises NotAllowed."""
    if actor.is_system:  # the command line, on the installation's own machine
        return "system"
    return require_role(actor, Permission.AGENCIES_MANAGE, system.configuration.policy)


def calendar_line(
    system: System, unit: Unit, actor: Actor, calendar_id: str, missing_year: int | None
) -> CalendarLine:
    """Return one calendar."""
    calendars, agencies = system.calendars(unit), system.agencies(unit)
    calendar = calendars[calendar_id]
    return CalendarLine(
        calendar.id, calendar.title or calendar.id, calendar.base, calendar.zone,
        tuple(CalendarAgency(one.id, one.name) for one in agencies.active if one.calendar == calendar_id),
        listed_until(calendar), missing_year,
        may_edit(actor, calendar_id, calendars, agencies, system.configuration.policy),
    )


def calendars_ending(system: System, unit: Unit) -> tuple[EndingCalendar, ...]:
    """Name the calendars whose movable feasts are not listed as far ahead as they are needed.

    Needed is what ``calendar_months_ahead`` of the product says, and the last day on which a clock is due that
    counts working time.
    """
    months = system.configuration.product.calendar_months_ahead
    return tuple(
        one for calendar in system.calendars(unit).values()
        for one in ending([calendar], unit.now, months_ahead=months, last_due=_due_unlisted(unit, calendar))
    )


def _due_unlisted(unit: Unit, calendar: Calendar) -> datetime | None:
    """Return when the last clock is due that counts working time beyond what the calendar lists."""
    until = listed_until(calendar)
    if until is None:
        return None
    return unit.conn.execute(select(func.max(Deadline.due_at)).where(
        Deadline.calendar == calendar.id, IS_TICKING, Deadline.unit.in_(COUNTED_IN),
        Deadline.due_at > calendar.instant(until, time.max),
    )).scalar()


def may_edit(
    actor: Actor, calendar_id: str, calendars: Mapping[str, Calendar], agencies: Agencies, policy: Policy
) -> bool:
    """Whether somebody may edit a calendar: who manages every agency; else only their own agency works by it.

    A day laid over a calendar holds for those that start from it, so the agencies of those count too.
    """
    if reaches_every_agency(actor, Permission.AGENCIES_MANAGE, policy):
        return True
    concerned = {name for name in calendars if calendar_id in chain_of(calendars, name)}
    users = {one.id for one in agencies.active if one.calendar in concerned}
    return users == {actor.agency_id} and bool(roles_with(actor, Permission.AGENCIES_MANAGE, policy))


def chain_of(calendars: Mapping[str, Calendar], calendar_id: str) -> tuple[str, ...]:
    """Return a calendar's id and the ids of those it starts from, the nearest first. Raises NotFound."""
    found: list[str] = []
    while calendar_id:
        if calendar_id not in calendars:
            raise NotFound("There is no such calendar.")
        found.append(calendar_id)
        calendar_id = calendars[calendar_id].base
    return tuple(found)
