"""What an edit of a calendar would change: checked, and the calendars before and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nrm.queries.calendar_year import LAST_YEAR
from nrm.queries.calendars import chain_of, may_edit, require_manager
from nrm.records.unit import Unit
from nrm.rules.calendars import Calendar
from nrm.rules.laid_days import LaidDay, lay_over
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from nrm.wiring.calendars import standing_days
from nrm.wiring.system import System

FREE, WORKING, BACK = "free", "working", "back"
CHANGES = (FREE, WORKING, BACK)
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class CalendarEdit:
    """A day to lay over a calendar (free or working, with a name), or to take back."""

    calendar: str
    day: date
    change: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """An edit that is allowed: the rule that allows it, and what holds after it.

    ``after`` holds the calendars in which the day counts differently then: the edited one and those that start
    from it. Other calendars stay as they are.
    """

    edit: CalendarEdit
    rule: str
    after: Mapping[str, Calendar]


def weigh(system: System, unit: Unit, actor: Actor, edit: CalendarEdit) -> Weighed:
    """Check an edit and say what it changes.

    Raises NotFound where there is no such calendar, NotAllowed where it is not the actor's, InvalidInput for a day
    that is past, that is edited already, or that nobody laid there.
    """
    rule = require_manager(system, actor)
    calendars = system.calendars(unit)
    chain_of(calendars, edit.calendar)
    if not may_edit(actor, edit.calendar, calendars, system.agencies(unit), system.configuration.policy):
        raise NotAllowed("Other agencies work by this calendar too. The national unit edits it.",
                         rule="own_agency:calendars")
    laid = standing_days(unit.conn)
    configured = system.configuration.calendars
    before, after = lay_over(configured, laid), lay_over(configured, _edited(laid, edit))
    wrong = _wrong(unit, edit, laid, before[edit.calendar], after[edit.calendar])
    if wrong:
        raise InvalidInput(fields=wrong)
    return Weighed(edit, rule, {
        name: calendar for name, calendar in after.items()
        if calendar.is_working(edit.day) != before[name].is_working(edit.day)
    })


def _edited(laid: Sequence[LaidDay], edit: CalendarEdit) -> tuple[LaidDay, ...]:
    others = tuple(one for one in laid if (one.calendar, one.day) != (edit.calendar, edit.day))
    return others if edit.change == BACK else (
        *others, LaidDay(edit.calendar, edit.day, edit.change == FREE, edit.name.strip()))


def _wrong(
    unit: Unit, edit: CalendarEdit, laid: Sequence[LaidDay], before: Calendar, after: Calendar
) -> dict[str, list[str]]:
    """Say what is wrong with an edit, by field."""
    wrong: dict[str, list[str]] = {}
    if edit.change not in CHANGES:
        wrong["change"] = ["Choose whether the day is free or worked."]
    if edit.change != BACK and not 2 <= len(edit.name.strip()) <= LONGEST_NAME:
        wrong["name"] = ["Write a name of 2 to 80 characters. It is shown wherever the day is explained."]
    said = _wrong_day(edit, before.local(unit.now).date(), laid, counts=after.is_working(edit.day))
    if said:
        wrong["day"] = [said]
    return wrong


def _wrong_day(edit: CalendarEdit, today: date, laid: Sequence[LaidDay], *, counts: bool) -> str:
    """Say why this day cannot be edited; an empty text where it can.

    A day that is free from now on moves clocks to later. One that is worked moves them to earlier, which today may
    be past already.
    """
    standing = any((one.calendar, one.day) == (edit.calendar, edit.day) for one in laid)
    if edit.day < today:
        return "This day is past. Past days are not edited, because no past deadline moves."
    if edit.day == today and counts:
        return "Today cannot become a working day: clocks would have run out already. Choose a later day."
    if edit.day.year > LAST_YEAR:
        return "Calendars are known for the years from 2000 to 2060."
    if edit.change == BACK and not standing:
        return "Nobody laid a day over this date. What a file says is changed in the file."
    if edit.change != BACK and standing:
        return "A day was laid over this date already. Take it back first."
    return ""
