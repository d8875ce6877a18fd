"""The time machine: a copy of a case one may see, or an invented one, pressed through its coming deadlines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from nrm.commands.foretelling import DONE, Assumption, Foretold, foretell, foretell_invented
from nrm.commands.reading import reading
from nrm.commands.throttling import Use, count_use
from nrm.queries.scope import require_role
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

FURTHEST = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task of the case that may be assumed to be done."""

    id: str
    title: str
    role: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Future:
    """What would happen from ``begins_at`` until ``until`` under some assumptions; nothing of it has happened."""

    case_code: str
    begins_at: datetime
    until: datetime
    tasks: tuple[OpenTask, ...]
    lines: tuple[Foretold, ...]


def future_of_case(
    system: System, actor: Actor, *, case_id: str, until: datetime, assumed: Sequence[Assumption] = (),
) -> Future:
    """Press a copy of a case through its coming deadlines; names are told of the reader's own agency only.

    Raises NotFound outside the scope, NotAllowed, InvalidInput for a time that is past or too far, or an unknown task.
    """
    count_use(system, actor, Use.FORETELL)
    with reading(system, actor, Permission.CASE_PROCESS, case_id, "clocks") as read:
        require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
        tasks = _tasks(read.unit, case_id)
        _check(read.unit.now, until, assumed, {task.id for task in tasks})
        lines = foretell(system, read.unit, case_id=case_id, until=until, assumed=assumed)
        return Future(read.case.code, read.unit.now, until, tasks, _known(actor, lines))


def future_of_process(system: System, actor: Actor, *, process: str, district: str, until: datetime) -> Future:
    """Let a process begin now in an invented case in which nobody does anything.

    Raises NotAllowed, NotFound for an unknown process, InvalidInput for an unknown district or time.
    """
    require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    count_use(system, actor, Use.FORETELL)
    with system.database.reader(actor) as unit:
        _check(unit.now, until, (), ())
        lines = foretell_invented(system, unit, process=process, district=district, until=until)
        return Future("", unit.now, until, (), _known(actor, lines))


def _tasks(unit: Unit, case_id: str) -> tuple[OpenTask, ...]:
    rows = unit.conn.execute(
        select(Task.id, Task.title, Task.role, Task.due_at).where(Task.case_id == case_id, IS_OPEN)
        .order_by(Task.due_at, Task.id)
    )
    return tuple(OpenTask(row.id, row.title, row.role, row.due_at) for row in rows)


def _check(now: datetime, until: datetime, assumed: Iterable[Assumption], tasks: Iterable[str]) -> None:
    if not now < until <= now + FURTHEST:
        raise InvalidInput(fields={"until": ["Choose a day to come, within two years."]})
    known = set(tasks)
    if any(one.kind == DONE and one.task_id not in known for one in assumed):
        raise InvalidInput(fields={"task_id": ["Choose one of the open tasks of this case."]})
    if any(one.at < now for one in assumed):
        raise InvalidInput(fields={"at": ["What is assumed lies ahead, not in the past."]})


def _known(actor: Actor, lines: Iterable[Foretold]) -> tuple[Foretold, ...]:
    """The lines with the names of the reader's own agency; of others, only that they would be told."""
    return tuple(
        replace(line, told=tuple(
            one if one.agency_id == actor.agency_id else replace(one, user_id="", name="") for one in line.told
        ))
        for line in lines
    )
