"""What will come of a case's clocks: a copy of it in memory is swept through its coming deadlines, one after the other.

The copy is handled by the very sweep that handles the real case, so what is foretold is what will be done, as long as
what is assumed holds. Nothing is written anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, select
from sqlalchemy.engine import Row

from nrm.commands.actions.registry import ACTIONS
from nrm.commands.settling.settlement import Settlement
from nrm.commands.settling.standing_still import pause_case, resume_case
from nrm.commands.sweep import sweep
from nrm.records.case_copy import copy_case
from nrm.records.grants import TASK
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import HAS_RUNG, IS_EVENT, Deadline, RungFired
from nrm.records.tables.run import Incident
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import MovableClock
from nrm.vocabulary.clock_words import PauseGround
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.directory import Directory
from nrm.wiring.system import System

MOST_STEPS = 200
RUNG, REACHED, OPENED, WITHDRAWN, STOPPED = "rung", "reached", "opened", "withdrawn", "stopped"
DONE, PAUSED, RESUMED = "done", "paused", "resumed"


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is taken to happen at an instant: a task is done, or clocks stand still on a ground, or go on."""

    at: datetime
    kind: str
    """done, paused, resumed."""
    task_id: str = ""
    ground: PauseGround | None = None


@dataclass(frozen=True, slots=True)
class Hearer:
    """Somebody who would be told."""

    user_id: str
    name: str
    roles: tuple[str, ...]
    agency_id: str


@dataclass(frozen=True, slots=True)
class Foretold:
    """One thing that would happen.

    ``kind``: rung (people are told), reached (a limit of the process), opened or withdrawn (a task), stopped (the
    process needs somebody), or the assumption itself: done, paused, resumed. ``due_at``: when an opened task is due.
    """

    at: datetime
    kind: str
    clock_id: str = ""
    limit_key: str = ""
    limit_title: str = ""
    task_id: str = ""
    task_title: str = ""
    role: str = ""
    agency_id: str = ""
    rung: int = 0
    level: str = ""
    effect: str = ""
    tell: tuple[str, ...] = ()
    told: tuple[Hearer, ...] = ()
    due_at: datetime | None = None
    ground: str = ""


def foretell(
    system: System, unit: Unit, *, case_id: str, until: datetime, assumed: Sequence[Assumption] = (),
) -> tuple[Foretold, ...]:
    """Say what would happen in a case from now until an instant, in order. Reads with ``unit`` and writes nothing."""
    machine = _machine(system, unit, case_id)
    try:
        return tuple(machine.run(until, assumed))
    finally:
        machine.system.database.dispose()


def foretell_invented(
    system: System, unit: Unit, *, process: str, district: str, until: datetime,
) -> tuple[Foretold, ...]:
    """Say what would happen in an invented case in which a process begins now and nobody does anything.

    Raises InvalidInput for a district that no agency manages, NotFound for an unknown process.
    """
    managing = system.agencies(unit).managing(district)
    if managing is None:
        raise InvalidInput(fields={"district": ["Choose a district."]})
    machine = _machine(system, unit, None)
    try:
        machine.invent(process, district, managing.id)
        return tuple(machine.run(until, ()))
    finally:
        machine.system.database.dispose()


def _machine(system: System, unit: Unit, case_id: str | None) -> _Machine:
    clock = MovableClock(unit.now)
    copied = replace(system, database=copy_case(unit, case_id, clock=clock), clock=clock, directory=Directory())
    return _Machine(copied, clock, case_id or "invented")


class _Machine:
    """One copy, and what was seen of it."""

    def __init__(self, system: System, clock: MovableClock, case_id: str) -> None:
        self.system = system
        self._clock = clock
        self._case_id = case_id
        self._seen: set[tuple[object, ...]] = set()

    def invent(self, process: str, district: str, agency_id: str) -> None:
        """Open an invented case and let the process begin in it."""
        now = self._clock.now()
        with self.system.database.unit(SYSTEM) as unit:
            unit.conn.execute(insert(Case), [{
                "id": self._case_id, "code": "", "process": process, "status": "open", "stage": "", "version": 1,
                "district": district, "agency_id": agency_id, "opened_at": now, "opened_by": SYSTEM.user_id,
                "demo": False,
            }])
        self._settling(lambda settlement: settlement.start_run(process))

    def run(self, until: datetime, assumed: Sequence[Assumption]) -> Iterator[Foretold]:
        """Move the copy from instant to instant; yield what is new after each."""
        waiting = sorted(assumed, key=lambda one: one.at)
        if self._case_id != "invented":
            self._news()
        else:
            yield from self._news()
        for _ in range(MOST_STEPS):
            at = min((at for at in (self._next(), waiting[0].at if waiting else None) if at is not None), default=None)
            if at is None or at > until:
                return
            self._clock.move_to(max(at, self._clock.now()))
            while waiting and waiting[0].at <= self._clock.now():
                yield self._assume(waiting.pop(0))
            sweep(self.system, limit=1)
            yield from self._news()

    def _next(self) -> datetime | None:
        with self.system.database.reader() as unit:
            firsts = (
                unit.conn.execute(select(column).where(condition).order_by(column).limit(1)).scalar()
                for condition, column in ((HAS_RUNG, Deadline.next_rung_at), (IS_EVENT, Deadline.due_at))
            )
            return min((at for at in firsts if at is not None), default=None)

    def _assume(self, one: Assumption) -> Foretold:
        """Let what is assumed happen in the copy; a task that is done ends its clocks and moves nothing else."""
        if one.kind != DONE:
            act = pause_case if one.kind == PAUSED else resume_case
            ground = one.ground or PauseGround.MISSING
            self._settling(lambda settlement: act(settlement, ground))
            return Foretold(self._clock.now(), one.kind, ground=str(ground))
        with self.system.database.unit(SYSTEM) as unit:
            task = unit.conn.execute(select(Task).where(Task.id == one.task_id, IS_OPEN)).first()
            TASK.change(unit, and_(Task.id == one.task_id, IS_OPEN), status="done")
        if task is not None:
            self._settling(lambda settlement: self._end(settlement, task.id))
        return Foretold(self._clock.now(), DONE, task_id=one.task_id, task_title=task.title if task else "")

    @staticmethod
    def _end(settlement: Settlement, task_id: str) -> None:
        settlement.escalations.over(Deadline.task_id == task_id)
        settlement.clocks.end(task_id, "met")

    def _settling(self, act: Callable[[Settlement], object]) -> None:
        with self.system.database.unit(SYSTEM) as unit:
            case = unit.lock_case(self._case_id)
            settlement = Settlement(self.system, unit, case, actions=ACTIONS)
            act(settlement)
            settlement.settle()

    def _news(self) -> list[Foretold]:
        """What has happened in the copy since it was last looked at."""
        with self.system.database.reader() as unit:
            return [*self._rungs(unit), *self._reached(unit), *self._tasks(unit), *self._incidents(unit)]

    def _fresh(self, rows: Iterable[Row[*tuple[Any, ...]]], *key: str) -> Iterator[Row[*tuple[Any, ...]]]:
        for row in rows:
            mark = (key, *(getattr(row, name) for name in key))
            if mark not in self._seen:
                self._seen.add(mark)
                yield row

    def _rungs(self, unit: Unit) -> Iterator[Foretold]:
        rows = unit.conn.execute(
            select(RungFired.deadline_id, RungFired.round, RungFired.rung, RungFired.true_due_at, RungFired.told,
                   RungFired.at, RungFired.ladder, Deadline.limit_key, Task.id.label("task_id"), Task.title, Task.role,
                   Task.agency_id, Task.bundle)
            .join(Deadline, Deadline.id == RungFired.deadline_id).join(Task, Task.id == Deadline.task_id)
            .order_by(RungFired.true_due_at, RungFired.deadline_id, RungFired.rung)
        ).all()
        for row in self._fresh(rows, "deadline_id", "round", "rung"):
            published = self.system.library.published(unit.conn, row.bundle)
            rung = published.ladders[row.ladder].rung(row.rung)
            yield Foretold(
                row.true_due_at, RUNG, row.deadline_id, row.limit_key, published.limits[row.limit_key].title,
                row.task_id, row.title, row.role, row.agency_id, rung.no, rung.level, str(rung.effect), rung.tell,
                _hearers(unit, row.told),
            )

    def _reached(self, unit: Unit) -> Iterator[Foretold]:
        rows = unit.conn.execute(
            select(Deadline.id, Deadline.limit_key, Deadline.due_at, Deadline.status)
            .where(Deadline.status == "fired").order_by(Deadline.due_at, Deadline.id)
        ).all()
        limits = self.system.configuration.limits
        for row in self._fresh(rows, "id", "status"):
            title = limits[row.limit_key].title if row.limit_key in limits else row.limit_key
            yield Foretold(row.due_at, REACHED, row.id, row.limit_key, title)

    def _tasks(self, unit: Unit) -> Iterator[Foretold]:
        rows = unit.conn.execute(
            select(Task.id, Task.title, Task.role, Task.agency_id, Task.due_at, Task.status)
            .where(Task.status.in_(("open", "claimed", "withdrawn"))).order_by(Task.opened_at, Task.id)
        ).all()
        for row in self._fresh(rows, "id", "status"):
            yield Foretold(
                self._clock.now(), WITHDRAWN if row.status == "withdrawn" else OPENED, task_id=row.id,
                task_title=row.title, role=row.role, agency_id=row.agency_id, due_at=row.due_at,
            )

    def _incidents(self, unit: Unit) -> Iterator[Foretold]:
        rows = unit.conn.execute(select(Incident.id, Incident.status).where(Incident.status == "open")).all()
        for _ in self._fresh(rows, "id"):
            yield Foretold(self._clock.now(), STOPPED)


def _hearers(unit: Unit, user_ids: Sequence[str]) -> tuple[Hearer, ...]:
    rows = unit.conn.execute(
        select(User.id, User.name, User.roles, User.agency_id).where(User.id.in_(user_ids))
    ).all()
    known = {row.id: Hearer(row.id, row.name, tuple(row.roles), row.agency_id) for row in rows}
    return tuple(known[user_id] for user_id in user_ids if user_id in known)


