"""Inclusive gateways: every path whose condition holds; on when no open path can still arrive."""

from __future__ import annotations

import pytest

from nrm.vocabulary.happenings import RouteChosen
from tests.support.diagrams import Diagram
from tests.support.runs import Driven


def services() -> Diagram:
    d = Diagram()
    d.path(d.start(), d.inclusive("which_needs", default="f_which_needs_advice"))
    for need in ("health", "legal", "housing"):
        d.flow("which_needs", d.task(need), f"needs_{need}")
        d.path(need, "together") if need != "health" else d.path(need, d.inclusive("together"))
    d.flow("which_needs", d.task("advice"))
    d.path("advice", "together", d.task("review"), d.end())
    return d


@pytest.mark.parametrize("needs", [
    (), ("health",), ("legal", "housing"), ("health", "legal", "housing"),
])
def test_it_opens_what_holds_and_waits_for_exactly_that(needs: tuple[str, ...]) -> None:
    run = Driven(services(), {f"needs_{n}": n in needs for n in ("health", "legal", "housing")})
    expected = sorted(needs) or ["advice"]
    assert run.open == expected
    flows = tuple(f"f_which_needs_{n}" for n in ("health", "legal", "housing") if n in needs)
    assert [h.flows for h in run.new if isinstance(h, RouteChosen)] == [flows or ("f_which_needs_advice",)]
    for done, task in enumerate(expected, start=1):
        run.complete(task)
        assert ("review" in run.open) is (done == len(expected))


def test_any_unknown_condition_stops_it() -> None:
    run = Driven(services(), {"needs_health": True, "needs_housing": False})
    assert run.open == []
    assert [(i.kind, i.facts) for i in run.incidents] == [("condition_unknown", ("needs_legal",))]
    assert run.retry("which_needs", needs_legal=True).open == ["health", "legal"]


def test_no_condition_and_no_default_stops_it() -> None:
    d = Diagram()
    d.path(d.start(), d.inclusive("which"))
    d.flow("which", d.end("a"), "needs_legal")
    d.flow("which", d.end("b"), "needs_health")
    run = Driven(d, {"needs_legal": False, "needs_health": False})
    assert run.incidents[0].kind == "no_route"


def test_a_path_that_goes_straight_to_the_join_does_not_open_it_early() -> None:
    d = Diagram()
    d.path(d.start(), d.inclusive("which"))
    d.flow("which", d.inclusive("together"), "needs_legal", flow_id="f_straight")
    d.flow("which", d.task("long_way"), "needs_health")
    d.path("long_way", "together", d.task("after"), d.end())
    run = Driven(d, {"needs_legal": True, "needs_health": True})
    assert run.open == ["long_way"]
    assert run.complete("long_way").open == ["after"]


def test_a_path_that_may_still_turn_towards_the_join_is_waited_for() -> None:
    d = Diagram()
    d.path(d.start(), d.inclusive("which"))
    d.flow("which", d.task("short"), "needs_legal")
    d.flow("which", d.task("long"), "needs_health")
    d.path("short", d.inclusive("together"), d.task("after"), d.end())
    d.path("long", d.exclusive("turn", default="f_turn_away"))
    d.flow("turn", "together", "comes_back")
    d.flow("turn", d.end("away"))
    run = Driven(d, {"needs_legal": True, "needs_health": True}).complete("short")
    assert run.open == ["long"]
    assert run.complete("long", comes_back=False).open == ["after"], "it can no longer arrive"


def test_a_boundary_event_that_may_still_lead_to_the_join_is_waited_for() -> None:
    d = Diagram()
    d.path(d.start(), d.inclusive("which"))
    d.flow("which", d.task("short"), "needs_legal")
    d.flow("which", d.task("long"), "needs_health")
    d.path("short", d.inclusive("together"), d.task("after"), d.end())
    d.path("long", d.end("long_done"))
    d.path(d.on_limit("late", "long", "T09", interrupting=True), d.task("catch_up"), "together")
    run = Driven(d, {"needs_legal": True, "needs_health": True}).complete("short")
    assert run.open == ["late", "long"]
    assert run.fire("late").open == ["catch_up"]
    assert run.complete("catch_up").open == ["after"]
