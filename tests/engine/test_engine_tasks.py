"""User tasks, called runs, actions and messages: each stands until its own id is acted on."""

from __future__ import annotations

import pytest

from nrm import engine
from nrm.vocabulary.happenings import RunEnded, StepPassed, WaitKind, WaitOpened
from tests.support.diagrams import Diagram
from tests.support.runs import NOW, Driven


def two_tasks() -> Diagram:
    d = Diagram()
    d.path(d.start(), d.task("first"), d.task("second"), d.end(outcome="all_done"))
    return d


def test_a_run_goes_from_task_to_task_to_its_outcome() -> None:
    run = Driven(two_tasks())
    assert run.open == ["first"]
    run.complete("first")
    assert (run.passed, run.open) == (["first"], ["second"])
    run.complete("second")
    assert (run.passed, run.open, run.outcome) == (["second", "end"], [], "all_done")
    assert run.new[-1] == RunEnded("all_done")


@pytest.mark.parametrize(("add", "kind", "name"), [
    (lambda d: d.task("it"), WaitKind.TASK, "form_it"),
    (lambda d: d.call("it", "identification"), WaitKind.RUN, "identification"),
    (lambda d: d.service("it", "record_service_gap"), WaitKind.ACTION, "record_service_gap"),
    (lambda d: d.send("it", "tell_police"), WaitKind.ACTION, "tell_police"),
    (lambda d: d.receive("it", "answer_came"), WaitKind.MESSAGE, "answer_came"),
    (lambda d: d.catch_message("it", "answer_came"), WaitKind.MESSAGE, "answer_came"),
    (lambda d: d.catch_limit("it", "T09"), WaitKind.LIMIT, "T09"),
])
def test_what_a_wait_says_of_itself(add, kind: WaitKind, name: str) -> None:
    d = Diagram()
    d.path(d.start(), add(d), d.end())
    run = Driven(d)
    [opened] = [h for h in run.new if isinstance(h, WaitOpened)]
    assert opened == WaitOpened(opened.wait_id, kind, "it", name, item=None, host=None)
    assert run.waits == (opened,)
    act = {WaitKind.LIMIT: run.fire, WaitKind.MESSAGE: run.deliver}.get(kind, run.complete)
    assert act("it").outcome == ""


def test_a_receive_task_may_also_be_completed() -> None:
    d = Diagram()
    d.path(d.start(), d.receive("it", "answer_came"), d.end())
    assert Driven(d).complete("it").outcome == ""


def test_an_unknown_done_or_wrongly_addressed_wait_is_a_conflict() -> None:
    run = Driven(two_tasks())
    first = run.wait("first").wait_id
    common = {"run_id": run.run_id, "facts": {}, "now": NOW}
    with pytest.raises(engine.WaitNotOpen):
        engine.complete(run.program, run.state, wait_id="nobody", act_no=1, **common)
    with pytest.raises(engine.WaitNotOpen):
        engine.fire(run.program, run.state, wait_id=first, act_no=1, **common)
    with pytest.raises(engine.WaitNotOpen):
        engine.deliver(run.program, run.state, wait_id=first, act_no=1, **common)
    run.complete("first")
    with pytest.raises(engine.WaitNotOpen):
        engine.complete(run.program, run.state, wait_id=first, act_no=2, **common)


def test_an_act_number_is_used_once() -> None:
    run = Driven(two_tasks())
    with pytest.raises(ValueError, match="does not follow"):
        engine.complete(run.program, run.state, run_id=run.run_id, wait_id=run.wait("first").wait_id,
                        facts={}, now=NOW, act_no=0)


def test_steps_know_which_step_they_came_from() -> None:
    run = Driven(two_tasks()).complete("first").complete("second")
    steps = {h.element: h for h in run.all if isinstance(h, StepPassed)}
    assert list(steps) == ["start", "first", "second", "end"]
    chain = [steps["first"].parent_id, steps["second"].parent_id, steps["end"].parent_id]
    assert chain == [steps["start"].step_id, steps["first"].step_id, steps["second"].step_id]
    assert steps["start"].parent_id is None
