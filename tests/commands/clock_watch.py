"""One case in a real installation beside the plain reference of its clocks, and where the two do not agree."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.absences import begin_and_end_absences
from nrm.commands.batches import drain_batches
from nrm.commands.sweep import sweep
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.task import IS_OPEN, Task
from nrm.rules.calendars import Calendar
from nrm.rules.limits import Unit
from nrm.vocabulary.actor import SYSTEM
from tests.commands.clock_reference import Clock, Holding, Reference
from tests.fault.agreement import disagreements
from tests.support.driving import Drive, read_installation, user_id

AGENCY = "sa_norvale"
AWAY, STAND_IN = (user_id("CM", AGENCY, number) for number in (1, 2))


class Watched(RuleBasedStateMachine):
    """A copy of a prepared case, the reference beside it, and a worker that looks from time to time."""

    folder: Path
    """The installation that each example starts from."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(mkdtemp(prefix="clocks"))
        shutil.copytree(self.folder, self.place, dirs_exist_ok=True)
        self.drive = Drive(read_installation(self.place))
        self.case_id = str(self.drive.one(select(Task.case_id).distinct()).case_id)
        self.reference = Reference(self.calendars())
        self.absence: tuple[datetime, datetime] | None = None
        self.edited: set[date] = set()
        self.meet()

    @property
    def now(self) -> datetime:
        """The installation's time."""
        return self.drive.clock.now()

    def work(self) -> None:
        """One round of a worker."""
        sweep(self.drive.system)
        self.reference.sweep(self.now)
        self.meet()
        begin_and_end_absences(self.drive.system)
        drain_batches(self.drive.system)
        if self.absence is None or self.now < self.absence[0]:
            return
        if self.now < self.absence[1]:
            self.reference.hand_over(AWAY, STAND_IN)
        else:
            self.reference.hand_back(AWAY)
            self.absence = None

    def calendars(self) -> Mapping[str, Calendar]:
        """The calendars as they are now."""
        with self.drive.system.database.reader(SYSTEM) as unit:
            return dict(self.drive.system.calendars(unit))

    # -- agreement ------------------------------------------------------------------------------

    @invariant()
    def it_is_as_the_reference_says(self) -> None:
        """Status, due time, rungs told and to come of every clock; who has which task."""
        self.meet()
        told = self._told()
        for row in self._rows():
            clock = self.reference.clocks[row.id]
            assert row.status == self.reference.status(clock), row.limit_key
            assert told.get(row.id, []) == clock.told, row.limit_key
            assert row.round == clock.round
            if not clock.ended:
                assert row.due_at == self.reference.due(clock), row.limit_key
                assert (row.started_at, row.budget) == (clock.start, clock.budget)
                self._next_rung_agrees(row, clock)
        self._tasks_agree()

    def teardown(self) -> None:
        """At the end every rung that escalates has opened one escalation, and all tables of the case agree."""
        try:
            clocks = self.reference.clocks
            for name, clock in clocks.items():
                opened = sum(other.behind == name for other in clocks.values())
                assert opened == clock.escalations, (clock.limit.key, clock.told)
            assert disagreements(self.drive, self.case_id) == []
        finally:
            self.drive.installation.close()
            shutil.rmtree(self.place)

    def _next_rung_agrees(self, row: Row[Any], clock: Clock) -> None:
        """The worker looks at the rung's time; too early only where a day became free after the clock was due."""
        number, at = next(self.reference.coming(clock), (0, None))
        assert row.next_rung == (number or (clock.pending or [0])[0]), row.limit_key
        is_settled = clock.is_missed or clock.limit.unit is Unit.HOURS
        if at is not None and self.edited and is_settled:
            assert row.next_rung_at <= at, row.limit_key
        else:
            assert row.next_rung_at == at, (row.limit_key, number)

    def _tasks_agree(self) -> None:
        """Each open task is held by whom the reference says, and due with the first of its clocks."""
        dues: dict[str, list[datetime]] = {name: [] for name in self.reference.tasks}
        for name in self.reference.live():
            clock = self.reference.clocks[name]
            due = self.reference.due(clock)
            dues[clock.task] += [] if due is None else [due]
        rows = self.drive.rows(select(Task).where(IS_OPEN))
        assert {row.id: row.due_at for row in rows} == {
            name: min(found, default=None) for name, found in dues.items()
        }
        held = {row.id: (row.assignee_id, row.stands_in_for) for row in rows}
        assert held == {name: (task.holder, task.stands_in_for) for name, task in self.reference.tasks.items()}

    # -- what acts open -------------------------------------------------------------------------

    def meet(self) -> None:
        """Take up the clocks and tasks that an act has opened: armed now, nothing told."""
        behind = {row.run_id: row.deadline_id for row in self.drive.rows(select(RungFired))}
        tasks = {row.id: row for row in self.drive.rows(select(Task))}
        for row in self._rows():
            if row.id not in self.reference.clocks:
                self._meet_one(row, tasks[row.task_id], behind.get(row.run_id, ""))

    def _meet_one(self, row: Row[Any], task: Row[Any], behind: str) -> None:
        with self.drive.system.database.reader(SYSTEM) as unit:
            published = self.drive.system.library.published(unit.conn, task.bundle)
        assert row.armed_at == row.started_at
        limit, ladder = published.limits[row.limit_key], published.ladders[row.ladder]
        self.reference.arm(row.id, Clock(limit, ladder, row.calendar, task.id, row.armed_at, behind))
        if row.status in ("met", "disarmed"):  # before the case was copied
            self.reference.clocks[row.id].ended = row.status
            return
        assert row.armed_at == self.now
        self.reference.tasks[task.id] = Holding(
            task.assignee_id, task.stands_in_for, tuple(task.not_by), task.role, task.agency_id
        )

    def _rows(self) -> Sequence[Row[Any]]:
        return self.drive.rows(select(Deadline).order_by(Deadline.armed_at, Deadline.limit_key))

    def _told(self) -> dict[str, list[tuple[int, int, datetime]]]:
        """Round, rung and true time of what was told of each clock."""
        found: dict[str, list[tuple[int, int, datetime]]] = {}
        for row in self.drive.rows(select(RungFired).order_by(RungFired.at, RungFired.round, RungFired.rung)):
            found.setdefault(row.deadline_id, []).append((row.round, row.rung, row.true_due_at))
        return found
