"""What planning an absence would do: what is wrong with it, what the substitute cannot have, who else could."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.absences import calendar_of, days_of, require_absence_of
from nrm.queries.holdings import Item, held_by, tasks_where
from nrm.queries.scope import not_kept
from nrm.queries.staffing import STANDS, asked_by, colleagues_of
from nrm.queries.startable import current_processes
from nrm.queries.workload import FREE, Load, loads
from nrm.records.tables.account import User
from nrm.records.tables.bundle import BundleRow
from nrm.records.tables.task import Task
from nrm.records.tables.working_time import Absence
from nrm.records.unit import Unit
from nrm.rules.calendars import Calendar
from nrm.rules.substitutes import Asked, Colleague, Scope, Span, hindrance
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.phrases import Phrase
from nrm.wiring.system import System

LONGEST = timedelta(days=732)
NOT_COVERED = "The substitute is named for other processes or cases."
NO_SUBSTITUTE = "Nobody is named to stand in."
EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class AbsencePlan:
    """Somebody is away from the first to the last day, both included; ``scope`` says what the substitute has."""

    user_id: str
    first: date
    last: date
    substitute_id: str | None = None
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class Handed:
    """One open task: ``hindered`` says why it would not be the substitute's; empty where it would."""

    task_id: str
    label: str
    case_code: str
    role: str
    hindered: str


@dataclass(frozen=True, slots=True)
class Possible:
    """A colleague who might stand in: how many of the tasks they can have, and what they have themselves."""

    user_id: str
    name: str
    can_have: int
    open: int
    late: int
    urgent: int


@dataclass(frozen=True, slots=True)
class AbsencePreview:
    """What an absence would do."""

    faults: dict[str, list[str]]
    handed: tuple[Handed, ...]
    possible: tuple[Possible, ...]
    stands_in: tuple[str, ...]
    """Names of those for whom the person stands in during that time: somebody else has to."""


@dataclass(frozen=True, slots=True)
class AbsenceChoices:
    """What the form of an absence offers: pairs of id and name."""

    user_id: str
    name: str
    people: tuple[tuple[str, str], ...]
    processes: tuple[tuple[str, str], ...]


def span_of(calendar: Calendar, first: date, last: date) -> Span:
    """Return the days as instants of the agency's place: from the first midnight to the one after the last day."""
    return Span(calendar.instant(first, time()), calendar.instant(last + timedelta(days=1), time()))


def faults_of(system: System, unit: Unit, person: Row[Any], plan: AbsencePlan) -> dict[str, list[str]]:
    """Say by field what is wrong with a planned absence; empty where nothing is."""
    calendar = calendar_of(system, unit, person.agency_id)
    wrong: dict[str, list[str]] = {}
    if plan.last < plan.first:
        wrong["last"] = ["The last day is not before the first."]
    elif plan.last < calendar.local(unit.now).date():
        wrong["last"] = ["This is over already. Choose days that are still to come."]
    elif plan.last - plan.first > LONGEST:
        wrong["last"] = ["An absence is two years at most."]
    else:
        wrong.update(_overlap(unit, person.id, span_of(calendar, plan.first, plan.last), calendar))
    wrong.update(_scope_faults(unit, person.id, plan.scope))
    if plan.substitute_id and not wrong.get("last"):
        wrong.update(_substitute_faults(unit, person, plan, span_of(calendar, plan.first, plan.last)))
    return wrong


def preview_absence(system: System, actor: Actor, plan: AbsencePlan) -> AbsencePreview:
    """Say what an absence would do with the tasks that are open now. Raises NotAllowed, NotFound."""
    with system.database.reader(actor) as unit:
        person = person_row(unit, plan.user_id)
        require_absence_of(system, actor, person.id, person.agency_id)
        faults = faults_of(system, unit, person, plan)
        tasks = tasks_where(unit.conn, Task.assignee_id == person.id, not_kept(Task.case_id, actor), now=unit.now)
        calendar = calendar_of(system, unit, person.agency_id)
        during = None if "last" in faults else span_of(calendar, plan.first, plan.last)
        people = colleagues_of(unit.conn, person.agency_id, during=during)
        asked = asked_by(unit.conn, [item.task for item in tasks if item.task is not None])
        handed = tuple(
            Handed(item.id, item.label, item.case_code, item.role, _hindered(plan, item, people, asked[item.id]))
            for item in tasks
        )
        return AbsencePreview(
            faults, handed, _possible(unit, person, tasks, people, asked), _stands_in(unit, person.id, during),
        )


def absence_choices(system: System, actor: Actor, *, user_id: str) -> AbsenceChoices:
    """Return who is away, the colleagues of the same agency, and the processes. Raises NotAllowed, NotFound."""
    with system.database.reader(actor) as unit:
        person = person_row(unit, user_id)
        require_absence_of(system, actor, person.id, person.agency_id)
        rows = unit.conn.execute(
            select(User.id, User.name).where(User.agency_id == person.agency_id, User.status == "active")
            .order_by(User.name, User.id)
        )
        people = tuple((row.id, row.name) for row in rows)
        processes = tuple((one.process.id, one.process.title) for one in current_processes(unit, system.library))
    return AbsenceChoices(person.id, person.name, people, tuple(sorted(processes, key=lambda one: one[1])))


def person_row(unit: Unit, user_id: str) -> Row[Any]:
    """Return an account. Raises NotFound."""
    row = unit.conn.execute(select(User).where(User.id == user_id)).first()
    if row is None:
        raise NotFound
    return row


def _overlap(unit: Unit, user_id: str, span: Span, calendar: Calendar) -> dict[str, list[str]]:
    row: Any = unit.conn.execute(
        select(Absence.from_at, Absence.to_at).where(
            Absence.user_id == user_id, STANDS, Absence.from_at < span.to_at, Absence.to_at > span.from_at
        ).order_by(Absence.from_at)
    ).first()
    if row is None:
        return {}
    first, last = days_of(calendar, row)
    return {"first": [Phrase("There is an absence from {first} to {last} already.", first=first, last=last)]}


def _scope_faults(unit: Unit, user_id: str, scope: Scope) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    current = select(BundleRow.process).where(BundleRow.status == "current")
    if scope.processes - set(unit.conn.execute(current).scalars()):
        wrong["processes"] = ["Choose processes from the list."]
    # Not whether there is such a case: only whether the person works on it.
    unknown = sorted(scope.cases - {item.case_code for item in held_by(unit.conn, user_id, unit.now)})
    if unknown:
        wrong["cases"] = [Phrase("They have nothing in a case of this code: {codes}.", codes=", ".join(unknown))]
    return wrong


def _substitute_faults(unit: Unit, person: Row[Any], plan: AbsencePlan, span: Span) -> dict[str, list[str]]:
    people = colleagues_of(unit.conn, person.agency_id, during=span)
    substitute = people.get(plan.substitute_id or "")
    reasons = (
        (plan.substitute_id == person.id, "Choose somebody else: nobody stands in for themselves."),
        (substitute is None or not substitute.active, "Choose a person of the same agency."),
        (substitute is not None and substitute.away, "They are absent themselves at that time."),
        (substitute is not None and not substitute.roles & set(person.roles),
         "They fill none of the roles of the person who is away."),
    )
    found = next((sentence for holds, sentence in reasons if holds), None)
    return {"substitute_id": [found]} if found else {}


def _hindered(plan: AbsencePlan, item: Item, people: Mapping[str, Colleague], asked: Asked) -> str:
    if not plan.substitute_id:
        return NO_SUBSTITUTE
    if not plan.scope.covers(item.process, item.case_code):
        return NOT_COVERED
    return hindrance(people.get(plan.substitute_id), asked)


def _possible(
    unit: Unit, person: Row[Any], tasks: Sequence[Item], people: Mapping[str, Colleague], asked: Mapping[str, Asked]
) -> tuple[Possible, ...]:
    """Who could stand in instead: who can have most of the tasks first, of those the least loaded."""
    there = {
        one.id: one for one in people.values()
        if one.active and not one.away and one.id != person.id and one.roles & set(person.roles)
    }
    load = loads(unit.conn, there, unit.now, seen_by=unit.actor)
    names = {row.id: row.name for row in unit.conn.execute(
        select(User.id, User.name).where(User.agency_id == person.agency_id)
    )}
    found = [
        _one_possible(one, names[one.id], sum(not hindrance(one, asked[task.id]) for task in tasks),
                      load.get(one.id, FREE))
        for one in there.values()
    ]
    return tuple(sorted(found, key=lambda one: (-one.can_have, one.open, one.name)))


def _one_possible(one: Colleague, name: str, can_have: int, load: Load) -> Possible:
    return Possible(one.id, name, can_have, load.open, load.late, load.urgent)


def _stands_in(unit: Unit, user_id: str, during: Span | None) -> tuple[str, ...]:
    if during is None:
        return ()
    return tuple(unit.conn.execute(
        select(User.name).join(Absence, Absence.user_id == User.id).where(
            Absence.substitute_id == user_id, STANDS, Absence.from_at < during.to_at, Absence.to_at > during.from_at
        ).order_by(User.name)
    ).scalars())
