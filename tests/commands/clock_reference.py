"""The plain reference of a case's clocks: a dictionary of them, and what each act does to one, in a few lines each.

Due dates come from the slow clock of ``tests/rules``; it knows nothing of tables, transactions or the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nrm.rules.calendars import Calendar
from nrm.rules.ladders import Effect, Ladder, rung_times
from nrm.rules.limits import Stand, TimeLimit
from tests.rules.slow_clock import slow_due


@dataclass
class Clock:
    """One clock as the reference knows it."""

    limit: TimeLimit
    ladder: Ladder
    calendar: str
    task: str
    start: datetime
    behind: str = ""
    """The clock an escalation is about."""
    budget: int = 0
    stands: list[Stand] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    """The rungs of this round that are still to be told."""
    round: int = 1
    told: list[tuple[int, int, datetime]] = field(default_factory=list)
    """Round, rung and true time of what was told."""
    ended: str = ""
    is_missed: bool = False
    is_explained: bool = False

    @property
    def is_paused(self) -> bool:
        """Whether it stands still now."""
        return bool(self.stands) and self.stands[-1].to_at is None

    @property
    def escalations(self) -> int:
        """How many escalations its rungs have opened."""
        return sum(self.ladder.rung(no).effect is Effect.ESCALATE for _, no, _ in self.told)

    @property
    def wants_reason(self) -> bool:
        """Whether its task is completed only with a reason for the delay."""
        asked = any(self.ladder.rung(no).effect is Effect.REASON for _, no, _ in self.told)
        return asked and not self.is_explained


@dataclass
class Holding:
    """Who has an open task; ``stands_in_for``: whose it is when they are back."""

    holder: str | None
    stands_in_for: str | None
    not_by: tuple[str, ...]
    role: str
    agency: str


class Reference:
    """Says of every clock when it is due, what was told of it, and who has its task."""

    def __init__(self, calendars: Mapping[str, Calendar]) -> None:
        self.calendars = calendars
        self.clocks: dict[str, Clock] = {}
        self.tasks: dict[str, Holding] = {}

    # -- what holds now -------------------------------------------------------------------------

    def live(self) -> list[str]:
        """The clocks that have not ended, in the order they were armed."""
        return [name for name, clock in self.clocks.items() if not clock.ended]

    def due(self, clock: Clock) -> datetime | None:
        """When it is due; None while it stands still."""
        calendar = self.calendars[clock.calendar]
        tick = timedelta(minutes=1) if clock.stands else timedelta(hours=1)
        return slow_due(clock.limit, clock.start, calendar, clock.budget, clock.stands, tick)

    def status(self, clock: Clock) -> str:
        """Its status as people see it."""
        return clock.ended or ("paused" if clock.is_paused else "breached" if clock.is_missed else "running")

    def coming(self, clock: Clock) -> Iterator[tuple[int, datetime]]:
        """The rungs that are still to be told, with their times."""
        due = self.due(clock)
        if due is not None:
            times = rung_times(clock.start, due, clock.ladder, self.calendars[clock.calendar], clock.stands)
            yield from ((no, at) for no, at in times if no in clock.pending)

    def may_pause(self, clock: Clock, ground: str, now: datetime) -> bool:
        """Only on a ground of its limit, and only while it runs and is not missed."""
        due = self.due(clock)
        return ground in clock.limit.pauses and self.status(clock) == "running" and due is not None and due > now

    # -- what acts do ---------------------------------------------------------------------------

    def arm(self, name: str, clock: Clock) -> None:
        """A clock begins."""
        numbers = [rung.no for rung in clock.ladder.rungs]
        self.clocks[name] = replace(clock, budget=clock.limit.budget, pending=numbers)

    def sweep(self, now: datetime) -> None:
        """Tell whatever is due, once each."""
        for name in self.live():
            clock = self.clocks[name]
            rungs = [(no, at) for no, at in self.coming(clock) if at <= now]
            for no, at in rungs:
                clock.told.append((clock.round, no, at))
                clock.pending.remove(no)
            due = self.due(clock)
            if rungs and due is not None and due <= now:
                clock.is_missed = True

    def pause(self, name: str, ground: str, now: datetime) -> None:
        """It stands still from now on."""
        self.clocks[name].stands.append(Stand(now, None, ground))
        self._not_missed(name)

    def resume(self, name: str, now: datetime) -> None:
        """It goes on."""
        clock = self.clocks[name]
        clock.stands[-1] = replace(clock.stands[-1], to_at=now)

    def change(self, name: str, now: datetime, *, budget: int | None = None, start: datetime | None = None) -> None:
        """It has more time or another start; where a told rung lies ahead again, what lies ahead is told anew."""
        clock = self.clocks[name]
        clock.budget = clock.budget if budget is None else budget
        clock.start = start or clock.start
        everything = replace(clock, pending=[rung.no for rung in clock.ladder.rungs])
        ahead = [no for no, at in self.coming(everything) if at > now]
        if set(ahead) - set(clock.pending):
            clock.round, clock.pending = clock.round + 1, ahead
        due = self.due(clock)
        if due is None or due > now:
            self._not_missed(name)

    def end(self, name: str, status: str) -> None:
        """It ends, and with it the escalations about it."""
        self.clocks[name].ended = status
        self._not_missed(name)

    def complete(self, task: str) -> None:
        """A task is done: its clocks are met, and whoever was late has said why."""
        for name, clock in self.clocks.items():
            if clock.task == task:
                clock.is_explained = True
                if not clock.ended:
                    self.end(name, "met")
        del self.tasks[task]

    def _not_missed(self, name: str) -> None:
        self.clocks[name].is_missed = False
        for other, clock in self.clocks.items():
            if clock.behind == name and self.tasks.pop(clock.task, None):
                self.end(other, clock.ended or "disarmed")

    # -- people come and go ---------------------------------------------------------------------

    def hand_over(self, absent: str, substitute: str) -> None:
        """Whatever an absent person has goes to who stands in, or to everybody of the role."""
        for task in self.tasks.values():
            if task.holder == absent:
                task.stands_in_for = task.stands_in_for or absent
                task.holder = None if substitute in task.not_by else substitute

    def hand_back(self, returned: str) -> None:
        """What is still open goes back."""
        for task in self.tasks.values():
            if task.stands_in_for == returned:
                task.holder, task.stands_in_for = returned, None
