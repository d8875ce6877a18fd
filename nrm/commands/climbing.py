"""Climbing a ladder: each rung of a missed or nearing time limit is told once, in order, with its true time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.moving import Move, cannot_have, move_task
from nrm.commands.settling.audience import Audience
from nrm.commands.settling.clocks import stands_of
from nrm.commands.settling.escalations import Escalation
from nrm.commands.settling.settlement import Settlement
from nrm.records.prepared import Question, Read, Write
from nrm.records.tables.case import KeptAway
from nrm.records.tables.deadline import HAS_RUNG, Deadline, RungFired
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.climbing import DueRung, Message, act_of, climb, messages
from nrm.rules.ladders import Effect, Ladder, Rung, When, rung_times
from nrm.rules.limits import TimeLimit
from nrm.rules.relations import TaskResource
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.mail import Weight
from nrm.vocabulary.permissions import Permission
from nrm.wiring.library import Published

# Built once: building a statement costs more than running it.
_TASKS = Read(select(Task).where(Task.id.in_(
    select(Deadline.task_id).where(Deadline.case_id == bindparam("case"), HAS_RUNG)
)))
_TASK = Read(select(Task).where(Task.id == bindparam("wanted")))
_TOLD = Read(
    select(RungFired.deadline_id, RungFired.round, RungFired.rung)
    .join(Deadline, and_(Deadline.id == RungFired.deadline_id, Deadline.round == RungFired.round))
    .where(Deadline.case_id == bindparam("case"), HAS_RUNG)
)
_KEPT = Read(select(KeptAway.user_id).where(KeptAway.case_id == bindparam("case")))
_FIRED = Write(insert(RungFired))
_BREACHED = Write(update(Task).where(Task.id == bindparam("wanted"), Task.breached_at.is_(None)))
_CHANGED = Write(update(Deadline).where(Deadline.id == bindparam("wanted")))

OPEN = ("open", "claimed")
TAKEN_OVER = "Its time limit was missed, so the task came to you."


@dataclass(slots=True)
class _Clock:
    """A clock whose rungs are due, with all they need. ``task`` is read again when it moves."""

    row: Row[Any]
    task: Row[Any]
    published: Published
    ladder: Ladder
    limit: TimeLimit

    @property
    def resource(self) -> TaskResource:
        """The task as access decisions take it."""
        task = self.task
        return TaskResource(task.role, task.agency_id, task.unit, task.assignee_id, tuple(task.not_by))


def what_climbing_asks(case_id: str) -> tuple[Question, ...]:
    """Return the questions whose answers :class:`Climbing` takes, so that they can be asked together with others."""
    return (_TASKS, {"case": case_id}), (_TOLD, {"case": case_id}), (_KEPT, {"case": case_id})


class Climbing:
    """Climbs the ladders of one case; its tasks, its people and its rosters are read once for all its clocks."""

    def __init__(self, settlement: Settlement, answers: Sequence[Sequence[Any]]) -> None:
        self._settlement = settlement
        self._unit = settlement.unit
        self._audience = Audience(settlement)
        tasks, told, kept = answers
        settlement.kept_away = frozenset(row.user_id for row in kept)
        self._tasks: dict[str, Row[Any]] = {row.id: row for row in tasks}
        self._told: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
        for row in told:
            self._told[row.deadline_id, row.round].add(row.rung)

    def climb(self, row: Row[Any]) -> int:
        """Tell every rung of one clock (a row of ``deadline``) that is due, once each, in order; return how many."""
        clock = self._clock(row)
        if clock is None:
            disarm(self._unit, row.id)
            return 0
        plan = climb(
            clock.ladder, self._times(clock), first=row.next_rung or 1,
            told=self._told[row.id, row.round], now=self._unit.now,
        )
        number, at = plan.next or (0, None)
        values: dict[str, object] = {"next_rung": number, "next_rung_at": at}
        if row.due_at <= self._unit.now and row.status != "breached":
            values.update(status="breached", breached_at=row.breached_at or row.due_at)
        if any(due.rung.effect is Effect.REASON for due in plan.due) and row.reason_asked_at is None:
            values["reason_asked_at"] = self._unit.now
        change(self._unit, row.id, **values)
        self._fire(clock, plan.due)
        return len(plan.due)

    def _clock(self, row: Row[Any]) -> _Clock | None:
        task = self._tasks.get(row.task_id)
        if task is None or task.status not in OPEN:
            return None
        published = self._settlement.system.library.published(self._unit.conn, task.bundle)
        ladder, limit = published.ladders.get(row.ladder), published.limits.get(row.limit_key)
        return None if ladder is None or limit is None else _Clock(row, task, published, ladder, limit)

    def _times(self, clock: _Clock) -> Sequence[tuple[int, datetime]]:
        """Only a rung at half time asks when the clock stood still."""
        row, rungs = clock.row, clock.ladder.rungs
        is_ahead = any(rung.when is When.HALF and rung.no >= (row.next_rung or 1) for rung in rungs)
        begin = row.armed_at if clock.limit.before else row.started_at
        return rung_times(
            begin, row.due_at, clock.ladder, self._settlement.calendars[row.calendar],
            stands_of(self._unit, row.id) if is_ahead else (),
        )

    def _fire(self, clock: _Clock, rungs: Sequence[DueRung]) -> None:
        """Do what each rung does; then let each person hear once (domain 2.6)."""
        fired, heard = [], []
        opened: dict[int, Escalation] = {}
        for due in rungs:
            people = self._audience.of(due.rung.tell, clock.task)
            escalation = self._effect(clock, due.rung, people)
            if escalation is not None:
                opened[due.rung.no] = escalation
            run_id = escalation.run_id if escalation is not None else None
            fired.append({
                "deadline_id": clock.row.id, "round": clock.row.round, "rung": due.rung.no, "ladder": clock.ladder.key,
                "at": self._unit.now, "true_due_at": due.at, "told": people, "run_id": run_id,
            })
            heard.append((due.rung, people))
            self._enter(clock, due, people, run_id)
        _FIRED.run_all(self._unit.conn, fired)
        for message in messages(heard):
            self._tell(clock, message, opened.get(message.rung.no))

    def _effect(self, clock: _Clock, rung: Rung, people: Sequence[str]) -> Escalation | None:
        """Carry out what a rung does besides telling; returns the escalation it opens."""
        if rung.when is When.BREACH and clock.task.breached_at is None:
            _BREACHED.run(self._unit.conn, {"wanted": clock.task.id, "breached_at": clock.row.due_at})
        if rung.effect is Effect.ESCALATE:
            return self._escalate(clock, rung)
        if rung.effect is Effect.REASSIGN:
            self._reassign(clock, people)
        return None

    def _escalate(self, clock: _Clock, rung: Rung) -> Escalation | None:
        try:
            return self._settlement.escalations.open(clock.row, clock.limit, rung)
        except NotFound:  # the process went since the ladder was published; people are told all the same
            return None

    def _reassign(self, clock: _Clock, people: Sequence[str]) -> None:
        """Give the task to the first who is told and can have it; where nobody can, it is offered."""
        for user_id in people:
            if user_id != clock.task.assignee_id and not cannot_have(self._unit, clock.task, user_id):
                move_task(self._settlement, clock.task, Move(user_id, TAKEN_OVER), rule=f"limit:{clock.row.limit_key}")
                clock.task = self._tasks[clock.task.id] = _TASK.all(self._unit.conn, wanted=clock.task.id)[0]
                return

    def _enter(self, clock: _Clock, due: DueRung, people: Sequence[str], run_id: str | None) -> None:
        rung = due.rung
        self._settlement.ledger.enter(
            act_of(clock.ladder, rung), f"task:{clock.task.id}", outcome=f"{clock.ladder.key}:{rung.no}",
            rule=f"limit:{clock.row.limit_key}", bundle=clock.published.digest, payload={
                "due_at": clock.row.due_at.isoformat(), "rung_at": due.at.isoformat(), "told": people,
                "level": rung.level, "effect": str(rung.effect), "escalation": run_id,
            },
        )

    def _tell(self, clock: _Clock, message: Message, escalation: Escalation | None) -> None:
        """Tell one person of the highest rung: of a task they may open, else of the case's code and the key alone."""
        rung, user_id = message.rung, message.user_id
        kind = "limit_missed" if rung.is_late else "limit_half"
        said, task_id = self._seen(clock, message, escalation)
        self._settlement.notices.tell(
            user_id, kind, task_id, self._unit.now, mail=message.by_mail, sees=task_id is not None,
            weight=Weight.SAFETY if clock.ladder.safety else Weight.STATUTORY, said=said,
            params={"count": message.rungs, **({} if task_id else {"limit": clock.row.limit_key})},
        )

    def _seen(self, clock: _Clock, message: Message, escalation: Escalation | None) -> tuple[str, str | None]:
        """What one person is told, and the task it leads to, where they may open one."""
        user_id, rung, audience = message.user_id, message.rung, self._audience
        if escalation and escalation.task and audience.may(user_id, Permission.TASK_READ, escalation.task):
            return "escalation_opened", escalation.task_id
        late = clock.resource
        said = "limit_missed" if rung.is_late else "limit_near" if rung.when is When.BEFORE else "limit_half"
        if not audience.may(user_id, Permission.TASK_READ, late):
            return f"{said}_reference", None
        offers = rung.effect in (Effect.OFFER, Effect.REASSIGN)
        if offers and audience.may(user_id, Permission.TASK_REASSIGN, late):
            return "reassign_offered", clock.task.id
        return said, clock.task.id


def disarm(unit: Unit, deadline_id: str) -> None:
    """End a clock that nothing waits for any more."""
    change(unit, deadline_id, status="disarmed", next_rung_at=None)


def change(unit: Unit, deadline_id: str, **values: object) -> None:
    """Change columns of one clock."""
    _CHANGED.run(unit.conn, {"wanted": deadline_id, **values})
