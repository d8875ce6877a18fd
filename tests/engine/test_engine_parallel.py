"""Parallel gateways: all at once, and on only when every path has arrived."""

from __future__ import annotations

import itertools

import pytest

from tests.support.diagrams import Diagram
from tests.support.runs import Driven


def three_assessments() -> Diagram:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.task("risk"), d.parallel("all_here"), d.task("meeting"), d.end())
    d.path("split", d.task("needs"), "all_here")
    d.path("split", d.task("family"), "all_here")
    return d


@pytest.mark.parametrize("order", list(itertools.permutations(["risk", "needs", "family"])))
def test_the_join_waits_for_all_in_any_order(order: tuple[str, ...]) -> None:
    run = Driven(three_assessments())
    assert run.open == ["family", "needs", "risk"]
    for done, task in enumerate(order, start=1):
        run.complete(task)
        assert ("meeting" in run.open) is (done == 3)
    assert run.passed == [order[-1], "all_here"]


def test_a_join_is_passed_once_however_many_paths_come_together() -> None:
    run = Driven(three_assessments())
    for task in ("risk", "needs", "family", "meeting"):
        run.complete(task)
    assert [h.element for h in run.all if getattr(h, "element", "") == "all_here"] == ["all_here"]
    assert run.outcome == ""


def test_one_path_twice_does_not_stand_for_another_path() -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.exclusive("merge"), d.task("a"), d.parallel("join"))
    d.path("join", d.task("after"), d.end())
    d.path("split", d.task("again"), "merge")
    d.path("split", d.task("b"), "join")
    run = Driven(d).complete("again").complete("a").complete("a")
    assert run.open == ["b"], "two arrivals over the same flow"
    run.complete("b")
    assert run.open == ["after"]


def test_an_arrival_that_was_too_many_waits_for_the_next_round() -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.exclusive("merge"), d.task("a"), d.parallel("join"))
    d.path("join", d.task("after"), d.end())
    d.path("split", d.task("again"), "merge")
    d.path("split", d.exclusive("merge_b"), d.task("b"), "join")
    d.path("split", d.task("b_again"), "merge_b")
    run = Driven(d).complete("again").complete("b_again").complete("a").complete("a")
    assert run.complete("b").opened == ["after"]
    assert run.complete("b").opened == ["after"]


def test_two_flows_from_one_gateway_to_one_join_count_as_two() -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"))
    d.flow("split", d.parallel("join"), flow_id="f_one")
    d.flow("split", "join", flow_id="f_two")
    d.path("join", d.end(outcome="done"))
    assert Driven(d).outcome == "done"


def test_a_join_that_a_path_can_no_longer_reach_is_an_incident() -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.task("a"), d.exclusive("which", default="f_which_join"),
           d.parallel("join"), d.task("after"), d.end())
    d.flow("which", d.end("gave_up"), "declined")
    d.path("split", d.task("b"), "join")
    run = Driven(d).complete("b").complete("a", declined=True)
    assert [(i.element, i.kind, i.flows) for i in run.incidents] == [("join", "stuck", ("f_join_after",))]
    assert [i.kind for i in run.retry("join").incidents] == ["stuck"]
    assert run.retry("join", choose="f_join_after").open == ["after"]
