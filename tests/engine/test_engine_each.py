"""Repeated tasks and calls: one per opaque id of a collection, all at once or one after the other."""

from __future__ import annotations

import pytest

from nrm.engine.program import compile_bundle
from nrm.vocabulary.happenings import StepPassed, WaitOpened
from tests.support.diagrams import Diagram
from tests.support.runs import Driven

TEAM = ["m-1", "m-2", "m-3"]


def for_each(*, sequential: bool = False, call: bool = False, event: bool | None = None) -> Diagram:
    d = Diagram()
    add = d.call("ask", "opinion", each="members", sequential=sequential) if call else d.task(
        "ask", each="members", sequential=sequential)
    d.path(d.start(), add, d.task("after"), d.end())
    if event is not None:
        d.path(d.on_limit("late", "ask", "T09", interrupting=event), d.task("chase"), d.end("end_2"))
    return d


@pytest.mark.parametrize("call", [False, True])
def test_all_at_once(*, call: bool) -> None:
    run = Driven(for_each(call=call), items={"members": TEAM})
    assert run.open == ["ask:m-1", "ask:m-2", "ask:m-3"]
    run.complete("ask", "m-2").complete("ask", "m-1")
    assert run.open == ["ask:m-3"]
    assert run.complete("ask", "m-3").open == ["after"]


@pytest.mark.parametrize("call", [False, True])
def test_one_after_the_other(*, call: bool) -> None:
    run = Driven(for_each(sequential=True, call=call), items={"members": TEAM})
    run.items = {}
    for item in TEAM:
        assert run.open == [f"ask:{item}"]
        run.complete("ask", item)
    assert run.open == ["after"]


@pytest.mark.parametrize("sequential", [False, True])
def test_an_empty_collection_is_passed_at_once(*, sequential: bool) -> None:
    run = Driven(for_each(sequential=sequential), items={"members": []})
    assert run.open == ["after"]
    assert run.passed == ["start", "ask"]


def test_one_item_only() -> None:
    run = Driven(for_each(sequential=True), items={"members": ["m-1"]}).complete("ask", "m-1")
    assert run.open == ["after"]


def test_a_collection_that_was_not_given_stops_the_run_until_it_is() -> None:
    """defect:engine-notes 0 stock raises TypeError for a collection that is absent."""
    run = Driven(for_each())
    assert [(i.element, i.kind) for i in run.incidents] == [("ask", "items_missing")]
    run.items = {"members": TEAM}
    assert run.retry("ask").open == ["ask:m-1", "ask:m-2", "ask:m-3"]


def test_children_and_the_whole_are_steps_with_their_item() -> None:
    run = Driven(for_each(), items={"members": ["m-1", "m-2"]}).complete("ask", "m-2").complete("ask", "m-1")
    steps = [h for h in run.all if isinstance(h, StepPassed) and h.element == "ask"]
    assert [s.item for s in steps] == ["m-2", "m-1", None]
    assert {s.parent_id for s in steps[:2]} == {steps[2].step_id}


def test_waits_carry_their_item() -> None:
    run = Driven(for_each(), items={"members": TEAM})
    assert [h.item for h in run.new if isinstance(h, WaitOpened)] == TEAM


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("call", [False, True])
def test_an_interruption_ends_all_that_are_open(*, sequential: bool, call: bool) -> None:
    d = for_each(sequential=sequential, call=call, event=True)
    run = Driven(d, items={"members": TEAM}).complete("ask", "m-1").fire("late")
    assert run.open == ["chase"]
    assert run.gone == (["ask"] if sequential else ["ask", "ask"])
    assert run.complete("chase").outcome == ""


def test_an_event_beside_them_leaves_them_open() -> None:
    run = Driven(for_each(event=False), items={"members": TEAM}).complete("ask", "m-1").fire("late")
    assert run.open == ["ask:m-2", "ask:m-3", "chase"]
    run.complete("ask", "m-3").complete("ask", "m-2")
    assert run.open == ["after", "chase"]


def test_the_event_is_gone_when_the_last_is_done() -> None:
    run = Driven(for_each(event=False), items={"members": ["m-1"]}).complete("ask", "m-1")
    assert (run.gone, run.open) == (["late"], ["after"])


def test_a_started_one_does_not_grow() -> None:
    run = Driven(for_each(), items={"members": ["m-1", "m-2"]})
    run.items = {"members": TEAM}
    run.complete("ask", "m-1").complete("ask", "m-2")
    assert run.open == ["after"]


def test_restored_onto_specs_of_another_process_it_still_ends() -> None:
    """defect:engine-speed 1 (trap) on specs straight from the parser, stock hangs a multi-instance."""
    d = for_each()
    run = Driven(d, items={"members": TEAM})
    for item in TEAM:
        run.program = compile_bundle(d.bundle())
        run.complete("ask", item)
    assert run.open == ["after"]
