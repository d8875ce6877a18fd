"""Where a run stands still, and that what is interrupted no longer does."""

from __future__ import annotations

from nrm import engine
from nrm.engine import Standing
from tests.support.diagrams import Diagram
from tests.support.runs import Driven


def two_stops() -> Diagram:
    inner = Diagram("inside")
    inner.path(inner.start("in_start"), inner.exclusive("which", default="f_which_in_b"))
    inner.flow("which", inner.task("in_a"), "is_child")
    inner.flow("which", inner.end("in_b"))
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.sub(inner), d.end("e1"))
    d.path(d.on_message("withdrawn", "inside", "consent_withdrawn", interrupting=True), d.end("e2"))
    d.path("split", d.task("ask", each="members"), d.end("e3"))
    d.path("split", d.task("other"), d.end("e4"))
    return d


def stops(run: Driven) -> list[Standing]:
    return sorted(engine.standing(run.program, run.state), key=lambda s: s.element)


def test_every_open_incident_is_named_until_it_is_over() -> None:
    run = Driven(two_stops())
    assert stops(run) == [Standing("ask", "items_missing"), Standing("which", "condition_unknown")]
    run.complete("other")
    assert stops(run) == [Standing("ask", "items_missing"), Standing("which", "condition_unknown")]
    assert run.incidents == [], "an incident is reported once"
    run.deliver("withdrawn")
    assert stops(run) == [Standing("ask", "items_missing")]
    run.items = {"members": ["m-1"]}
    run.retry("ask")
    assert stops(run) == []
    assert run.complete("ask").outcome == ""


def test_a_run_that_is_cancelled_stands_nowhere() -> None:
    assert stops(Driven(two_stops()).cancel()) == []


def test_two_tokens_at_one_gateway_are_tried_one_after_the_other() -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.exclusive("which", default="f_which_b"))
    d.flow("split", "which", flow_id="f_twice")
    d.flow("which", d.task("a"), "is_child")
    d.flow("which", d.task("b"))
    run = Driven(d)
    assert [i.element for i in run.incidents] == ["which", "which"]
    assert run.retry("which", is_child=True).open == ["a"]
    assert run.retry("which", choose="f_which_b").open == ["a", "b"]
