"""Making the demo: the real acts, done by invented people, along a clock that is moved over invented months."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from nrm.commands.claim_task import claim_task
from nrm.commands.complete_task import complete_task
from nrm.commands.open_case import OpenedCase, open_case, opening_form
from nrm.commands.open_task import look_at_answers, open_task
from nrm.commands.referral_preview import asks_for_marks
from nrm.commands.start_run import start_run
from nrm.commands.sweep import sweep
from nrm.entrypoints.demo.cast import Cast
from nrm.entrypoints.demo.people import Staff
from nrm.entrypoints.demo.shaping import Shaping, shaped
from nrm.entrypoints.demo.side_life import beside, link_group
from nrm.entrypoints.demo.working import done_at, in_office, is_neglected
from nrm.records.tables.deadline import HAS_RUNG, IS_EVENT, Deadline
from nrm.records.tables.task import IS_OPEN, Task
from nrm.rules.calendars import Calendar
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.clock import MovableClock
from nrm.vocabulary.clock_words import LateReason
from nrm.vocabulary.errors import CaseClosed, Conflict, InvalidInput, NotAllowed, NotFound, TaskNotOpen
from nrm.wiring.system import System

Watch = Callable[[datetime], None]


def unwatched(_at: datetime) -> None:
    """Watch nothing."""


MISSED_BY_CHANCE = (Conflict, CaseClosed, NotFound, TaskNotOpen)
"""A run that was planned but cannot start any more, a task that was withdrawn meanwhile: life, not a defect."""
CLAIMED_FIRST = 0.6


@dataclass(order=True)
class _Planned:
    at: datetime
    order: int
    do: Callable[[], None] = field(compare=False)


class Maker:
    """Plays cases along the clock until an instant; what is not done by then stays as it is."""

    def __init__(self, system: System, clock: MovableClock, staff: Staff, until: datetime) -> None:
        self.system = system
        self.clock = clock
        self.staff = staff
        self.until = until
        self.casts: list[Cast] = []
        self.acts = 0
        self.problems: list[str] = []
        self._queue: list[_Planned] = []
        self._order = 0
        self._calendars = system.configuration.calendars

    def add(self, cast: Cast, at: datetime) -> None:
        """Plan a case to come in at an instant."""
        self.casts.append(cast)
        self.plan(at, lambda: self._arrive(cast))

    def plan(self, at: datetime, do: Callable[[], None]) -> None:
        """Plan something; what lies after the end never happens."""
        if at <= self.until:
            self._order += 1
            heapq.heappush(self._queue, _Planned(at, self._order, do))

    def play(self, watch: Watch = unwatched) -> None:
        """Do everything planned, in order of time, with reminders and limits at their own instants between."""
        while self._queue:
            self._clocks_until(self._queue[0].at)
            planned = heapq.heappop(self._queue)
            self.clock.move_to(max(planned.at, self.clock.now()))
            planned.do()
            watch(self.clock.now())
        self._clocks_until(self.until)
        self.clock.move_to(self.until)
        watch(self.until)

    def count(self, acts: int) -> None:
        """Count acts that were done outside of tasks."""
        self.acts += acts

    def look(self, cast: Cast) -> None:
        """Plan the work on tasks of a case that nobody has planned yet."""
        for task in self._open_tasks(cast):
            if task.id not in cast.scheduled:
                cast.scheduled.add(task.id)
                self._plan_task(cast, task)

    def finish(self, cast: Cast, task_id: str, actor: Actor | None = None) -> None:
        """Read a task's page and complete it with the story's answers."""
        task = self._task(task_id)
        if task is None:
            return
        actor = actor or self.doer(cast, task)
        if actor is None:
            self.problems.append(f"nobody can do {task.process}.{task.element} at {task.agency_id} ({task.unit})")
            return
        now, times = self.clock.now(), cast.done[task.element]
        page = open_task(self.system, actor, task_id=task_id)
        rows = shaped(Shaping(cast, page, now, times))
        wishes = {**cast.person.answers, **rows, **cast.story.answers(task.element, times)}
        answers = cast.filler.fill(page.form, wishes, page.answers, now)
        if asks_for_marks(page.form):
            answers = dict(look_at_answers(self.system, actor, task_id=task_id, answers=answers).answers)
        complete_task(
            self.system, actor, task_id=task_id, answers=answers, seen_version=page.version,
            late_reason=LateReason.WORKLOAD,
        )
        self.acts += 1
        cast.done[task.element] += 1
        if cast.pace is None:
            self.acts += beside(self.system, self.staff, cast)
        self._extras(cast, task.element)

    def doer(self, cast: Cast, task: Row[Any]) -> Actor | None:
        """Return who does a task: who claimed it, else the case's own worker, else whoever is able."""
        able = self.staff.able(task.role, task.agency_id, task.unit, not_users=self._separated(task))
        claimed = [actor for actor in able if actor.user_id == task.assignee_id]
        own = [actor for actor in able if actor.user_id in (cast.worker.user_id, cast.opener.user_id)]
        return next(iter(claimed or own or able), None)

    def _arrive(self, cast: Cast) -> None:
        now = self.clock.now()
        form = opening_form(self.system, cast.opener)
        wishes = {**cast.person.answers, **cast.story.answers("*", 0), **cast.story.answers("opening", 0)}
        answers = cast.filler.fill(form, wishes, {}, now)
        opened = self._open(cast, answers)
        cast.case_id, cast.code = opened.case_id, opened.code
        link_group(self.system, cast, self.casts)
        self.acts += 1
        self._extras(cast, "opening")
        self.look(cast)

    def _open(self, cast: Cast, answers: Mapping[str, object]) -> OpenedCase:
        """Open the case; one of the tour gets its own code."""
        usual = self.system.new_code
        if cast.code is not None:
            wanted = cast.code
            self.system.new_code = lambda: wanted
        try:
            return open_case(self.system, cast.opener, district=cast.district, answers=answers)
        finally:
            self.system.new_code = usual

    def _plan_task(self, cast: Cast, task: Row[Any]) -> None:
        if task.element in cast.stop_at:
            return
        if cast.pace is not None:
            self.plan(self.clock.now() + cast.pace, lambda: self._do(cast, task.id))
            return
        if is_neglected(cast.rng, task.due_at, self.until, safety=task.safety):
            return
        calendar = self._calendar(task.agency_id)
        at = done_at(cast.rng, self.clock.now(), task.due_at, calendar, safety=task.safety)
        if cast.rng.random() < CLAIMED_FIRST and at - self.clock.now() > timedelta(hours=2):
            early = self.clock.now() + (at - self.clock.now()) * cast.rng.uniform(0.2, 0.8)
            if calendar is not None and not task.safety:
                early = in_office(cast.rng, early, calendar)
            if early < at:
                self.plan(early, lambda: self._claim(cast, task.id))
        self.plan(at, lambda: self._do(cast, task.id))

    def _claim(self, cast: Cast, task_id: str) -> None:
        task = self._task(task_id)
        actor = None if task is None else self.doer(cast, task)
        if task is None or actor is None or task.assignee_id is not None:
            return
        claim_task(self.system, actor, task_id=task_id)
        self.acts += 1

    def _do(self, cast: Cast, task_id: str) -> None:
        try:
            self.finish(cast, task_id)
        except MISSED_BY_CHANCE:
            pass
        except (InvalidInput, NotAllowed) as error:
            task = self._task(task_id)
            self.problems.append(f"{cast.story.key}: {task.element if task else '?'}: {error.sentence} {error.fields}")
        self.look(cast)

    def _extras(self, cast: Cast, element: str) -> None:
        for extra in cast.story.extras:
            if extra.after == element and cast.done[element] <= 1:
                at = self.clock.now() + timedelta(days=extra.days)
                if extra.before_end:
                    at = max(self.until - timedelta(days=extra.before_end), self.clock.now())
                self.plan(at, lambda process=extra.process: self._start(cast, process))  # type: ignore[misc]

    def _start(self, cast: Cast, process: str) -> None:
        try:
            start_run(self.system, cast.worker, case_id=cast.case_id, process=process)
        except MISSED_BY_CHANCE:
            return
        self.acts += 1
        self.look(cast)

    def _clocks_until(self, at: datetime) -> None:
        """Let every reminder, breach and limit happen at its own instant, up to ``at``."""
        while (due := self._next_due()) is not None and due <= at:
            self.clock.move_to(max(due, self.clock.now()))
            swept = sweep(self.system)
            if swept.fired:
                for cast in self.casts:
                    if cast.case_id:
                        self.look(cast)
            if swept.failed:
                self.problems.append(f"the sweep failed on {swept.failed} cases")
            if not (swept.rungs or swept.fired):
                break

    def _next_due(self) -> datetime | None:
        with self.system.database.reader(SYSTEM) as unit:
            rung = unit.conn.execute(select(func.min(Deadline.next_rung_at)).where(HAS_RUNG)).scalar()
            event = unit.conn.execute(select(func.min(Deadline.due_at)).where(IS_EVENT)).scalar()
        return min((at for at in (rung, event) if at is not None), default=None)

    def _open_tasks(self, cast: Cast) -> list[Row[Any]]:
        with self.system.database.reader(SYSTEM) as unit:
            return list(unit.conn.execute(
                select(Task).where(Task.case_id == cast.case_id, IS_OPEN)
                .order_by(Task.opened_at, Task.element, Task.id)
            ))

    def _task(self, task_id: str) -> Row[Any] | None:
        with self.system.database.reader(SYSTEM) as unit:
            return unit.conn.execute(select(Task).where(Task.id == task_id, IS_OPEN)).first()

    def _separated(self, task: Row[Any]) -> set[str]:
        if not task.not_by:
            return set()
        with self.system.database.reader(SYSTEM) as unit:
            done = unit.conn.execute(select(Task.done_by).where(
                Task.case_id == task.case_id, Task.element.in_(task.not_by), Task.status == "done",
            )).scalars()
            return {user_id for user_id in done if user_id}

    def _calendar(self, agency_id: str) -> Calendar | None:
        for agency in self.system.configuration.agencies:
            if agency.id == agency_id:
                return self._calendars.get(agency.calendar)
        return None
