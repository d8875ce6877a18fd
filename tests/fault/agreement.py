"""Says where the tables of a case do not agree: state, runs, tasks, clocks, steps, records, history, outbox.

The engine's state is the truth of what is open; every other table is checked against it and against the
history, which is checked against itself. An empty list means: nothing was lost and nothing was done twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row

from nrm import engine
from nrm.commands.settling.live_run import read_run
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.history import History
from nrm.records.tables.notice import Notice, Outbox
from nrm.records.tables.record import Record
from nrm.records.tables.run import Message, Run, Step
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.records.verify import verify
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.happenings import WaitKind
from tests.support.driving import Drive
from tests.support.granting import unproven

RUNNING = ("running", "paused", "breached")
MAILED = ("limit_half", "limit_missed", "help_not_mine", "help_need_help", "task_returned", "referral_revoked")
SIGNALS = "signal_"
"""Notices of unusual access are mailed too: of whoever reads at night, where a test goes by the machine's clock."""


def disagreements(drive: Drive, case_id: str) -> list[str]:
    """Return a sentence for everything in a case that does not fit."""
    with drive.system.database.reader(SYSTEM) as unit:
        return [*_Case(drive, unit, case_id).all(), *_unsigned(unit)]


def disagreements_everywhere(drive: Drive) -> list[str]:
    """As :func:`disagreements`, for every case, with the outbox of them all."""
    with drive.system.database.reader(SYSTEM) as unit:
        found = [
            f"{code}: {sentence}" for case_id, code in unit.conn.execute(select(Case.id, Case.code)).all()
            for sentence in _Case(drive, unit, case_id).all()
        ]
        mails = or_(Notice.kind.in_(MAILED), Notice.kind.startswith(SIGNALS))
        told = unit.conn.execute(select(func.count()).where(mails)).scalar_one()
        mailed = unit.conn.execute(
            select(func.count()).where(Outbox.template == "something_to_see", Outbox.channel == "mail")
        ).scalar_one()
        if told != mailed:
            found.append(f"{told} notices that are mailed, {mailed} letters in the outbox")
        found += [
            f"{result.chain}: {result.sentence}" for result in verify(unit.conn, drive.system.keys) if not result.ok
        ]
        found += _unsigned(unit)
    return found


def _unsigned(unit: Unit) -> Iterator[str]:
    """Whatever wrote a row that grants something has signed it (goal:S20)."""
    yield from (f"{row} proves nothing" for row in unproven(unit))


class _Case:
    def __init__(self, drive: Drive, unit: Unit, case_id: str) -> None:
        self.drive, self.unit, self.case_id = drive, unit, case_id
        conn = unit.conn
        self.runs = conn.execute(select(Run).where(Run.case_id == case_id)).all()
        self.tasks = conn.execute(select(Task).where(Task.case_id == case_id)).all()
        self.clocks = conn.execute(select(Deadline).where(Deadline.case_id == case_id)).all()
        self.steps = conn.execute(select(Step).where(Step.case_id == case_id)).all()
        self.entries = conn.execute(select(History).where(History.chain == case_id)).all()

    def all(self) -> Iterator[str]:
        for run in self.runs:
            yield from self._run(run)
        yield from self._tasks()
        yield from self._clocks()
        yield from self._history()
        for result in verify(self.unit.conn, self.drive.system.keys, self.case_id):
            if not result.ok:
                yield result.sentence

    def _run(self, row: Row[Any]) -> Iterator[str]:
        """What the state waits for is what the tables say is open."""
        live = read_run(self.unit, self.drive.system.library, row.id)
        waits = engine.open_waits(live.published.program, live.state) if live.is_open else ()
        of_kind = {kind: sorted(w.wait_id for w in waits if w.kind is kind) for kind in WaitKind}
        children = self._values(self.runs, "parent_wait_id", parent_run_id=row.id, status=("open", "incident"))
        yield from _same(f"{row.process}: tasks", of_kind[WaitKind.TASK],
                         self._values(self.tasks, "id", run_id=row.id, status=("open", "claimed")))
        yield from _same(f"{row.process}: child runs", of_kind[WaitKind.RUN], sorted(set(children)))
        yield from _same(f"{row.process}: limit events", of_kind[WaitKind.LIMIT],
                         self._values(self.clocks, "wait_id", run_id=row.id, kind=("event",), status=RUNNING))
        yield from _same(f"{row.process}: actions", of_kind[WaitKind.ACTION], [])
        yield from self._messages([w.name for w in waits if w.kind is WaitKind.MESSAGE])
        yield from _same(f"{row.process}: completed tasks and steps",
                         self._values(self.tasks, "element", run_id=row.id, status=("done",)),
                         [step.element for step in self.steps
                          if step.run_id == row.id and step.outcome == "completed"
                          and live.published.elements[step.element].task is not None])

    def _messages(self, waited_for: list[str]) -> Iterator[str]:
        """Nobody waits for a message that lies there."""
        if waited_for and self.unit.conn.execute(select(Message.id).where(
            Message.case_id == self.case_id, Message.name.in_(waited_for), Message.consumed_by.is_(None)
        )).first() is not None:
            yield "a message lies there although somebody waits for it"

    def _tasks(self) -> Iterator[str]:
        done = self._values(self.tasks, "id", status=("done",))
        records = self.unit.conn.execute(
            select(Record.task_id).where(
                Record.case_id == self.case_id, Record.task_id.is_not(None), Record.version == 1
            )
        ).scalars().all()
        yield from _same("completed tasks and records", done, list(records))
        for act, ids in (
            ("task.completed", done), ("task.opened", [task.id for task in self.tasks]),
            ("task.withdrawn", self._values(self.tasks, "id", status=("withdrawn",))),
        ):
            yield from _same(f"tasks and {act}", ids, [
                entry.object.removeprefix("task:") for entry in self.entries if entry.act == act
            ])

    def _clocks(self) -> Iterator[str]:
        """An open task has a clock that runs, unless all were waived; another has none; each rung was told once.

        Every clock knows who manages the case.
        """
        manager = self.unit.conn.execute(select(Case.agency_id).where(Case.id == self.case_id)).scalar_one()
        yield from _same("who manages the case of a clock", sorted({clock.managed_by for clock in self.clocks}),
                         [manager] if self.clocks else [])
        ticking = set(self._values(self.clocks, "task_id", kind=("task",), status=RUNNING))
        waived = set(self._values(self.clocks, "task_id", kind=("task",), status=("waived",))) - ticking
        open_tasks = set(self._values(self.tasks, "id", status=("open", "claimed")))
        yield from _same("open tasks and clocks", sorted(open_tasks - waived), sorted(ticking))
        yield from _same("every task and its clock", sorted(task.id for task in self.tasks),
                         sorted(set(self._values(self.clocks, "task_id", kind=("task",)))))
        rungs = self.unit.conn.execute(
            select(func.count()).select_from(RungFired).join(Deadline, Deadline.id == RungFired.deadline_id)
            .where(Deadline.case_id == self.case_id)
        ).scalar_one()
        told = sum(entry.act in ("reminder.sent", "limit.missed", "escalated") for entry in self.entries)
        fired = self._values(self.clocks, "id", kind=("event",), status=("fired",))
        reached = sum(entry.act in ("limit.reached", "limit.skipped") for entry in self.entries)
        yield from _same("rungs and their entries", [rungs], [told])
        yield from _same("limit events and their entries", [len(fired)], [reached])

    def _history(self) -> Iterator[str]:
        counted = Counter(entry.act for entry in self.entries)
        yield from _same("runs and run.started", [len(self.runs)], [counted["run.started"]])
        yield from _same("ended runs and run.ended", [len(self._values(self.runs, "id", status=("ended",)))],
                         [counted["run.ended"]])
        yield from _same("case.opened", [1], [counted["case.opened"]])
        last = max(entry.seq for entry in self.entries)
        late = [step.element for step in self.steps if not 0 < step.history_seq <= last]
        yield from _same("steps without an entry", [], late)
        twice = [step for step, count in Counter(step.engine_id for step in self.steps).items() if count > 1]
        yield from _same("steps passed twice", [], twice)

    def _values(self, rows: Sequence[Row[Any]], column: str, **wanted: Any) -> list[Any]:
        return sorted(
            getattr(row, column) for row in rows
            if all(getattr(row, key) in (value if isinstance(value, tuple) else (value,))
                   for key, value in wanted.items())
        )


def _same(what: str, left: Sequence[Any], right: Sequence[Any]) -> Iterator[str]:
    if sorted(left) != sorted(right):
        only = list((Counter(left) - Counter(right)).elements()), list((Counter(right) - Counter(left)).elements())
        yield f"{what} do not agree: {only[0]} against {only[1]}"
