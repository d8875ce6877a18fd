"""Loops of any length, at the cost of what is open."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from nrm import engine
from tests.support.diagrams import Diagram
from tests.support.runs import NOW, Driven


def monitoring() -> Diagram:
    d = Diagram("monitoring")
    d.path(d.start(), d.exclusive("next_visit"), d.task("visit"), d.task("report"),
           d.exclusive("stable", default="f_stable_next_visit"), "next_visit")
    d.flow("stable", d.end(outcome="stable"), "is_stable")
    d.path(d.on_limit("late", "visit", "T09", interrupting=False), d.task("chase"), d.end("end_2"))
    return d


def parallel_rounds() -> Diagram:
    d = Diagram("rounds")
    d.path(d.start(), d.exclusive("again"), d.parallel("split"), d.task("a"), d.parallel("join"),
           d.exclusive("enough", default="f_enough_again"), "again")
    d.path("split", d.task("b"), "join")
    d.flow("split", "join", flow_id="f_straight")
    d.flow("enough", d.end(outcome="enough"), "is_stable")
    return d


def test_a_thousand_rounds_and_the_end() -> None:
    """defect:D5, defect:stock table 1 and 2: stock freezes or closes the case after 160 to 330 rounds."""
    run = Driven(monitoring(), {"is_stable": False})
    sizes = set()
    for _ in range(1100):
        run.complete("visit").complete("report")
        sizes.add(len(run.state))
    assert run.open == ["late", "visit"]
    assert max(sizes) - min(sizes) < 40
    run.complete("visit").complete("report", is_stable=True)
    assert run.outcome == "stable"


def test_what_a_round_leaves_open_stays_open_through_later_rounds() -> None:
    run = Driven(monitoring(), {"is_stable": False}).fire("late")
    for _ in range(20):
        run.complete("visit").complete("report")
    assert run.open == ["chase", "late", "visit"]


def test_a_join_in_a_loop_waits_for_all_in_every_round() -> None:
    """defect:stock table 3 from the second round on, stock's join goes on early."""
    run = Driven(parallel_rounds(), {"is_stable": False})
    for n in range(300):
        first, second = ("a", "b") if n % 3 else ("b", "a")
        run.complete(first)
        assert run.open == [second]
        run.complete(second)
        assert run.open == ["a", "b"]
    run.complete("a").complete("b", is_stable=True)
    assert run.outcome == "enough"


def test_a_late_step_costs_what_an_early_one_does() -> None:
    run = Driven(monitoring(), {"is_stable": False})

    def calls_of_a_round() -> int:
        events = Counter[str]()
        sys.setprofile(lambda _frame, event, _argument: events.update((event,)))
        try:
            run.complete("visit").complete("report")
        finally:
            sys.setprofile(None)
        return events["call"] + events["c_call"]

    calls_of_a_round()  # what is looked up once
    early = calls_of_a_round()
    for _ in range(500):
        run.complete("visit").complete("report")
    assert calls_of_a_round() < early * 1.1


def test_a_loop_without_anyone_in_it_is_an_incident_not_a_hang() -> None:
    d = Diagram()
    d.path(d.start(), d.exclusive("round"), d.exclusive("turn", default="f_turn_round"), "round")
    d.flow("turn", d.end(), "is_stable")
    run = Driven(d, {"is_stable": False})
    [stopped] = run.incidents
    assert (stopped.kind, run.outcome) == ("endless_loop", None)
    assert len(run.state) < 2000
    assert run.retry(stopped.element, is_stable=True).outcome == ""


def test_a_long_automatic_path_is_walked_without_recursion() -> None:
    d = Diagram()
    previous = d.start()
    for n in range(900):
        d.flow(previous, d.exclusive(f"g{n}"))
        previous = f"g{n}"
    d.flow(previous, d.end(outcome="far"))
    assert Driven(d).outcome == "far"


@pytest.mark.parametrize("width", [1, 60])
def test_many_open_at_once(width: int) -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"))
    for n in range(width):
        d.path("split", d.task(f"t{n}"), "join" if n else d.parallel("join"))
    d.path("join", d.end(outcome="all"))
    run = Driven(d)
    for n in range(width):
        run.complete(f"t{n}")
    assert run.outcome == "all"


def test_a_run_can_be_picked_up_from_any_state_it_was_ever_in() -> None:
    run = Driven(monitoring(), {"is_stable": False})
    kept = [(run.state, run.act_no, run.open)]
    for _ in range(6):
        run.complete("visit").complete("report")
        kept.append((run.state, run.act_no, run.open))
    for state, act_no, open_then in kept:
        waits = engine.open_waits(run.program, state)
        assert sorted(w.element for w in waits) == open_then
        visit = next(w for w in waits if w.element == "visit")
        again = engine.complete(run.program, state, run_id=run.run_id, wait_id=visit.wait_id,
                                facts=run.facts, now=NOW, act_no=act_no + 1)
        assert sorted(w.element for w in engine.open_waits(run.program, again.state)) == ["report"]
