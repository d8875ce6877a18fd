"""Tasks that nobody would do: counted and listed, by the one definition of :mod:`nrm.rules.left_behind`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.sql.selectable import Select

from nrm.queries.staffing import everybody
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.rules.left_behind import NOBODY, SENTENCES, Left, Placed, Staff, left_behind
from nrm.rules.substitutes import Colleague
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System

SHOWN = 200


@dataclass(frozen=True, slots=True)
class LeftTask:
    """One task that nobody would do, and why: codes and labels, nothing about the person."""

    task_id: str
    label: str
    case_code: str
    role: str
    agency_id: str
    agency_name: str
    why: Left
    sentence: str


@dataclass(frozen=True, slots=True)
class LeftPlace:
    """Where tasks are left behind, how many and why, for those too who may not see the cases."""

    role: str
    agency_name: str
    count: int
    sentence: str


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """How many tasks are left behind and where, and the first of them, the one due first on top."""

    count: int
    places: tuple[LeftPlace, ...]
    tasks: tuple[LeftTask, ...]


_PLACES = (Task.role, Task.agency_id, Task.unit, Task.assignee_id)


def tasks_left_behind(system: System) -> LeftBehind:
    """Find every open task that is left behind."""
    with system.database.reader(SYSTEM) as unit:
        people = everybody(unit.conn)
        staff = _staff(system, unit, people)
        found: list[tuple[Left, Placed, int]] = []
        grouped: Select[*tuple[Any, ...]] = (
            select(*_PLACES, func.count().label("n")).where(IS_OPEN).group_by(*_PLACES)
        )
        for role, agency_id, task_unit, assignee_id, count in unit.conn.execute(grouped):
            placed = Placed(role, agency_id, task_unit, assignee_id, people.get(assignee_id or ""))
            why = left_behind(placed, staff.get(agency_id, NOBODY))
            if why is not None:
                found.append((why, placed, count))
        tasks = [task for why, placed, _ in found for task in _listed(system, unit, why, placed)]
        names = system.agencies(unit)
    places = Counter[tuple[str, str, str]]()
    for why, placed, count in found:
        places[placed.role, names.name(placed.agency_id), SENTENCES[why]] += count
    return LeftBehind(
        places.total(),
        tuple(LeftPlace(role, agency, count, why) for (role, agency, why), count in sorted(places.items())),
        tuple(tasks[:SHOWN]),
    )


def _staff(system: System, unit: Unit, people: dict[str, Colleague]) -> dict[str, Staff]:
    active = system.agencies(unit).active_ids
    by_agency: dict[str, list[Colleague]] = {}
    for one in people.values():
        by_agency.setdefault(one.agency_id, []).append(one)
    return {
        agency_id: Staff(agency_id in active, tuple(by_agency.get(agency_id, ())))
        for agency_id in {*active, *by_agency}
    }


def _listed(system: System, unit: Unit, why: Left, placed: Placed) -> list[LeftTask]:
    rows = unit.conn.execute(
        select(Task.id, Task.title, Task.case_code).where(
            IS_OPEN, Task.role == placed.role, Task.agency_id == placed.agency_id,
            Task.unit.is_not_distinct_from(placed.unit), Task.assignee_id.is_not_distinct_from(placed.assignee_id),
        ).order_by(Task.due_at, Task.id).limit(SHOWN)
    )
    name = system.agencies(unit).name(placed.agency_id)
    return [
        LeftTask(row.id, row.title, row.case_code, placed.role, placed.agency_id, name, why, SENTENCES[why])
        for row in rows
    ]
