"""Random orders of everything people do with clocks and tasks, against a plain reference, after every step (R12)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from nrm.commands.absences import plan_absence
from nrm.commands.batches import drain_batches
from nrm.commands.calendar_days import edit_calendar
from nrm.commands.claim_task import claim_task
from nrm.commands.clock_acts import Asked, ask_change, decide_change, pause_clock, resume_clock
from nrm.commands.settling.settlement import Settlement
from nrm.commands.settling.standing_still import pause_case, resume_case
from nrm.queries.absence_plans import AbsencePlan
from nrm.queries.calendar_edit import CalendarEdit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock_words import Change, PauseGround
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed
from tests.commands.clock_reference import Clock
from tests.commands.clock_watch import AGENCY, AWAY, STAND_IN, Watched
from tests.support.driving import Drive, read_installation, user_id
from tests.support.long import LONG

EXAMPLES, STEPS = (500, 50) if LONG else (30, 30)
ZONE = ZoneInfo("Europe/Chisinau")
SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no", "is_child": "no"}
BEGINNING = ("record_safety", "assemble_team", "explain_rights", "record_consent", "screening", "confirm_finding")
WHILES = st.one_of(
    st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(days=1), timedelta(days=7), timedelta(days=30)]),
    st.integers(1, 4 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
ANY = st.integers(0, 10_000)
"""Which one of those there are."""


def has_clocks(acts: Acts) -> bool:
    """Whether a clock has not ended."""
    return bool(acts.reference.live())


def has_tasks(acts: Acts) -> bool:
    """Whether a task is open."""
    return bool(acts.reference.tasks)


def has_times(acts: Acts) -> bool:
    """Whether something comes due."""
    return bool(acts.times())


class Acts(Watched):
    """What people do, each act with what it does to the reference."""

    # -- time -----------------------------------------------------------------------------------

    @rule(by=WHILES)
    def time_passes(self, by: timedelta) -> None:
        self.drive.clock.advance(by)
        self.work()

    @precondition(has_times)
    @rule(which=ANY, by=st.sampled_from([-1, 0, 1]))
    def the_instant_of_a_rung_comes(self, which: int, by: int) -> None:
        times = sorted(self.times())
        at = times[which % len(times)] + timedelta(seconds=by)
        self.drive.clock.move_to(max(at, self.now))
        self.work()

    @rule()
    def everything_in_memory_is_lost(self) -> None:
        self.drive.reload()

    # -- clocks ---------------------------------------------------------------------------------

    @precondition(has_clocks)
    @rule(which=ANY, ground=st.sampled_from(PauseGround))
    def pause(self, which: int, ground: PauseGround) -> None:
        name, clock = self.pick(which)
        if self.acted(pause_clock, self.reference.may_pause(clock, ground, self.now), deadline_id=name, ground=ground):
            self.reference.pause(name, ground, self.now)

    @precondition(has_clocks)
    @rule(which=ANY)
    def resume(self, which: int) -> None:
        name, clock = self.pick(which)
        if self.acted(resume_clock, clock.is_paused, deadline_id=name):
            self.reference.resume(name, self.now)

    @rule(ground=st.sampled_from(PauseGround))
    def the_case_stands_still(self, ground: PauseGround) -> None:
        names = [name for name, clock in self.clocks() if self.reference.may_pause(clock, ground, self.now)]
        assert self.in_case(lambda settlement: pause_case(settlement, ground)) == len(names)
        for name in names:
            self.reference.pause(name, ground, self.now)

    @rule(ground=st.sampled_from(PauseGround))
    def the_case_goes_on(self, ground: PauseGround) -> None:
        names = [name for name, clock in self.clocks() if clock.is_paused and clock.stands[-1].ground == ground]
        assert self.in_case(lambda settlement: resume_case(settlement, ground)) == len(names)
        for name in names:
            self.reference.resume(name, self.now)

    @precondition(has_clocks)
    @rule(which=ANY, units=st.integers(1, 12), is_granted=st.booleans())
    def extend(self, which: int, units: int, is_granted: bool) -> None:
        name, clock = self.pick(which)
        if self.changed(name, Asked(Change.EXTEND, "law", units), is_granted, allowed=not clock.limit.safety):
            more = units * (1 if clock.limit.unit.in_days else 3600)
            self.reference.change(name, self.now, budget=clock.budget + more)

    @precondition(has_clocks)
    @rule(which=ANY, is_granted=st.booleans())
    def restart(self, which: int, is_granted: bool) -> None:
        name, clock = self.pick(which)
        if self.changed(name, Asked(Change.RESTART, "ordered"), is_granted, allowed=not clock.is_paused):
            self.reference.change(name, self.now, start=self.now)

    @precondition(has_clocks)
    @rule(which=ANY, minutes=st.integers(0, 5 * 24 * 60))
    def correct_the_start(self, which: int, minutes: int) -> None:
        name, clock = self.pick(which)
        start = clock.start - timedelta(minutes=minutes)
        asked = Asked(Change.CORRECT_START, "wrong_start", start_at=start)
        if self.changed(name, asked, True, allowed=not clock.is_paused):
            self.reference.change(name, self.now, start=start)

    @precondition(has_clocks)
    @rule(which=ANY, is_granted=st.booleans())
    def waive(self, which: int, is_granted: bool) -> None:
        name, _ = self.pick(which)
        if self.changed(name, Asked(Change.WAIVE, "does_not_apply"), is_granted, allowed=True):
            self.reference.end(name, "waived")

    # -- tasks and people -----------------------------------------------------------------------

    @precondition(has_tasks)
    @rule(which=ANY)
    def complete(self, which: int) -> None:
        names = list(self.reference.tasks)
        name = names[which % len(names)]
        if any(clock.wants_reason for clock in self.reference.clocks.values() if clock.task == name):
            with pytest.raises(InvalidInput):
                self.complete_task(name, None)
            self.complete_task(name, "workload")
        else:
            self.complete_task(name, None)
        self.reference.complete(name)

    @rule(which=ANY, person=st.sampled_from([1, 2]))
    def claim(self, which: int, person: int) -> None:
        me = user_id("CM", AGENCY, person)
        free = [
            name for name, task in self.reference.tasks.items()
            if task.holder is None and (task.role, task.agency) == ("CM", AGENCY) and me not in task.not_by
        ]
        if not free or (me == AWAY and self.absence is not None):
            return
        name = free[which % len(free)]
        claim_task(self.drive.system, self.drive.person("CM", AGENCY, person), task_id=name)
        self.reference.tasks[name].holder, self.reference.tasks[name].stands_in_for = me, None

    @precondition(lambda self: self.absence is None)
    @rule(begins=st.integers(0, 2), lasts=st.integers(0, 6))
    def go_away(self, begins: int, lasts: int) -> None:
        first = self.today() + timedelta(days=begins)
        last = first + timedelta(days=lasts)
        plan_absence(self.drive.system, self.drive.person("COORD"), AbsencePlan(AWAY, first, last, STAND_IN))
        self.absence = (midnight(first), midnight(last + timedelta(days=1)))

    @rule(calendar=st.sampled_from(["norvale", "velmara"]), ahead=st.integers(1, 12))
    def a_day_becomes_free(self, calendar: str, ahead: int) -> None:
        day = self.today() + timedelta(days=ahead)
        if day in self.edited:
            return
        self.edited.add(day)
        self.work()
        editor = self.drive.person("NCU", "national_unit")
        edit_calendar(self.drive.system, editor, edit=CalendarEdit(calendar, day, "free", "Bridge day"))
        self.drive.clock.advance(timedelta(minutes=1))
        drain_batches(self.drive.system)  # until then a rung may still be told by the calendar as it was
        self.reference.calendars = self.calendars()
        self.work()

    # -- small things ---------------------------------------------------------------------------

    def today(self) -> date:
        """The date in Norvale."""
        return self.now.astimezone(ZONE).date()

    def clocks(self) -> list[tuple[str, Clock]]:
        """The clocks that have not ended."""
        return [(name, self.reference.clocks[name]) for name in self.reference.live()]

    def times(self) -> list[datetime]:
        """When something comes due."""
        return [at for _, clock in self.clocks() for _, at in self.reference.coming(clock) if at >= self.now]

    def pick(self, which: int) -> tuple[str, Clock]:
        """One of the clocks that have not ended."""
        clocks = self.clocks()
        return clocks[which % len(clocks)]

    def in_case(self, act: Callable[[Settlement], int]) -> int:
        """Do what an event of the case does, in one transaction."""
        with self.drive.system.database.unit(SYSTEM) as unit:
            settlement = Settlement(self.drive.system, unit, unit.lock_case(self.case_id), actions={})
            count = act(settlement)
            settlement.settle()
        return count

    def acted(self, act: Callable[..., None], allowed: bool, **arguments: Any) -> bool:
        """The coordinator does something, or is refused; returns which."""
        if allowed:
            act(self.drive.system, self.drive.person("COORD"), **arguments)
        else:
            with pytest.raises((Conflict, InvalidInput)):
                act(self.drive.system, self.drive.person("COORD"), **arguments)
        return allowed

    def changed(self, name: str, asked: Asked, is_granted: bool, *, allowed: bool) -> bool:
        """A change is asked for, and a second person decides, never the first; returns whether it holds."""
        system, asker = self.drive.system, self.drive.person("CM")
        if not allowed:
            with pytest.raises(Conflict):
                ask_change(system, asker, deadline_id=name, asked=asked)
            return False
        request = ask_change(system, asker, deadline_id=name, asked=asked)
        with pytest.raises(NotAllowed):
            decide_change(system, asker, request_id=request, grant=True)
        decide_change(system, self.drive.person("SUP"), request_id=request, grant=is_granted)
        return is_granted

    def complete_task(self, name: str, late_reason: str | None) -> None:
        """Complete a task with the smallest answers."""
        task = self.drive.any_task(name)
        element = f"{task.process}.{task.element}"
        self.drive.complete(self.case_id, element, SAFE, run_id=task.run_id, late_reason=late_reason)


def midnight(day: date) -> datetime:
    """When a day begins in Norvale."""
    return datetime.combine(day, time(), ZONE)


@pytest.fixture(scope="session")
def case_folder(installed_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a case whose needs, risk and consent wait for somebody, no time having passed."""
    folder = tmp_path_factory.mktemp("clocks") / "case"
    shutil.copytree(installed_folder, folder)
    drive = Drive(read_installation(folder))
    case_id = drive.open_case()
    for element in BEGINNING:
        drive.complete(case_id, element, SAFE)
    drive.system.database.checkpoint()
    drive.installation.close()
    return folder


def test_any_order_of_acts_leaves_clocks_and_tasks_as_the_reference_says(case_folder: Path) -> None:
    machine = type("Acts", (Acts,), {"folder": case_folder})
    run_state_machine_as_test(machine, settings=settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, print_blob=True,
        phases=set(Phase) - {Phase.shrink, Phase.explain},  # an example is minutes of acts: shrinking takes hours
        suppress_health_check=list(HealthCheck),
    ))
