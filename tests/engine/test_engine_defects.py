"""SpiffWorkflow 3.2.0 defects that the design steps around and no other test of this folder names.

The others: defect:D2, D10-D12 in test_engine_state; D5, stock table 1-3 in test_engine_loops and
test_engine_oracle; D6, stock table 6 in test_engine_first_of; D7-D9, D13, D14, D18 in test_engine_hostile and
test_engine_refused; D17 in test_engine_exclusive; D19 in test_engine_decisions; stock table 4, 5 in
test_engine_boundary.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.specs.base import TaskSpec

from nrm import engine
from nrm.engine import state as states
from nrm.engine.calls import Call
from nrm.vocabulary.errors import StateRefused
from tests.support.diagrams import Diagram
from tests.support.runs import NOW, Driven


def with_limit() -> Diagram:
    d = Diagram()
    d.path(d.start(), d.task("work"), d.task("next"), d.end())
    d.path(d.on_limit("late", "work", "T09", interrupting=False), d.task("chase"), d.end("e2"))
    return d


def test_time_going_by_changes_nothing_until_a_limit_is_fired_by_its_id() -> None:
    """defect:D1 stock restarts waiting timers; stock table: completing any task fires overdue ones."""
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.task("work"), d.end("e1"))
    d.path("split", d.catch_limit("two_days", "T02"), d.task("after"), d.end("e2"))
    d.path(d.on_limit("late", "work", "T09", interrupting=True), d.end("e3"))
    run = Driven(d)
    late = engine.complete(run.program, run.state, run_id=run.run_id, wait_id=run.wait("work").wait_id,
                           facts={}, now=NOW + timedelta(days=4000), act_no=1)
    assert [w.element for w in engine.open_waits(run.program, late.state)] == ["two_days"]


@pytest.mark.parametrize("change", ["step inserted", "limit added", "limit removed", "step removed"])
def test_a_changed_diagram_never_takes_a_running_state(change: str) -> None:
    """defect:D2, defect:D3, defect:D4 stock skips new steps and loses tasks of removed ones, silently."""
    run = Driven(with_limit())
    d = Diagram()
    d.start()
    d.path("start", "work", *(["new_step"] if change == "step inserted" else []), "next", d.end())
    for task in ("work", "next", *(["new_step"] if change == "step inserted" else [])):
        d.task(task)
    if change != "limit removed":
        d.path(d.on_limit("late", "work", "T09", interrupting=False), d.end("e2"))
    if change == "limit added":
        d.path(d.on_limit("later", "work", "T10", interrupting=False), d.end("e3"))
    with pytest.raises(StateRefused):
        engine.open_waits(engine.load(d.bundle()), run.state)


def test_dates_are_facts_and_never_state() -> None:
    """defect:D12 stock cannot save a date."""
    d = Diagram()
    d.path(d.start(), d.exclusive("adult", default="f_adult_child"))
    d.flow("adult", d.task("grown_up"), 'turns_18_on < date("2026-03-02")')
    d.flow("adult", d.task("child"))
    assert Driven(d, {"turns_18_on": date(2020, 1, 1)}).open == ["grown_up"]
    assert Driven(d, {"turns_18_on": date(2030, 1, 1)}).open == ["child"]


def test_a_limit_fired_late_goes_off_once() -> None:
    """defect:D14, stock table 7 and 8: stock fires all missed cycles at once and drifts by months."""
    run = Driven(with_limit()).fire("late")
    assert run.open == ["chase", "work"]
    with pytest.raises(AssertionError, match="no open wait at late"):
        run.fire("late")


def test_what_is_open_is_read_from_the_tasks_and_from_nothing_else() -> None:
    """defect:D15 stock lists events that no longer wait."""
    run = Driven(with_limit())
    assert run.open == ["late", "work"]
    run.complete("work")
    assert run.open == ["next"]


def test_a_message_wakes_exactly_the_wait_it_was_delivered_to() -> None:
    """defect:D16 stock hands a message to every waiter of its name, of whatever case."""
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.receive("first", "answer"), d.task("one"), d.end("e1"))
    d.path("split", d.catch_message("second", "answer"), d.task("two"), d.end("e2"))
    d.path("split", d.task("third"), d.end("e3"))
    d.path(d.on_message("fourth", "third", "answer", interrupting=True), d.task("four"), d.end("e4"))
    assert Driven(d).deliver("second").open == ["first", "fourth", "third", "two"]
    assert Driven(d).deliver("fourth").open == ["first", "four", "second"]
    run = Driven(d)
    with pytest.raises(RuntimeError):
        states.Stored(run.program, run.state).revive(Call("r", 1, {}, {})).catch("answer")


def test_stocks_clock_script_and_event_code_is_never_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    """defect:D13, engine-notes 0 (clock): none of that code of stock's is shared."""
    def entered(*_: object, **__: object) -> None:
        raise AssertionError("stock code was entered")

    monkeypatch.setattr(CatchingEvent, "_update_hook", entered)
    monkeypatch.setattr(TaskSpec, "_run_hook", entered)
    monkeypatch.setattr("SpiffWorkflow.task.time.time", entered)
    monkeypatch.setattr("SpiffWorkflow.task.uuid4", entered)
    monkeypatch.setattr("SpiffWorkflow.util.task.TaskIterator.__init__", entered)
    run = Driven(with_limit()).fire("late").complete("work").complete("chase").complete("next")
    assert run.outcome == ""


def test_the_version_the_engine_was_built_for_is_the_version_that_runs() -> None:
    assert states.SPIFF == "3.2.0"
