"""Embedded subprocesses, one level: passed when nothing is left open inside."""

from __future__ import annotations

from nrm.vocabulary.happenings import StepPassed
from tests.support.diagrams import Diagram
from tests.support.runs import Driven


def two_inside() -> Diagram:
    inner = Diagram("services")
    inner.path(inner.start("in_start"), inner.parallel("in_split"))
    inner.path("in_split", inner.task("health"), inner.end("in_end_1"))
    inner.path("in_split", inner.task("legal"), inner.end("in_end_2", "ignored"))
    d = Diagram()
    d.path(d.start(), d.sub(inner), d.task("review"), d.end(outcome="reviewed"))
    return d


def test_it_is_passed_when_all_inside_has_ended() -> None:
    run = Driven(two_inside())
    assert run.open == ["health", "legal"]
    run.complete("health")
    assert run.open == ["legal"]
    run.complete("legal")
    assert run.passed == ["legal", "in_end_2", "services"]
    assert run.complete("review").outcome == "reviewed", "outcomes inside are not the run's"


def test_steps_inside_know_the_subprocess_they_lie_in() -> None:
    run = Driven(two_inside()).complete("health").complete("legal")
    steps = {h.element: h for h in run.all if isinstance(h, StepPassed)}
    assert steps["in_start"].parent_id == steps["services"].step_id


def test_a_terminate_end_inside_ends_only_the_inside() -> None:
    inner = Diagram("services")
    inner.path(inner.start("in_start"), inner.parallel("in_split"), inner.task("health"),
               inner.end("stop_here", terminate=True))
    inner.path("in_split", inner.task("legal"), inner.end("in_end"))
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.sub(inner), d.task("review"), d.end("e1"))
    d.path("split", d.task("other"), d.end("e2"))
    run = Driven(d).complete("health")
    assert (run.open, run.gone) == (["other", "review"], ["legal"])


def test_events_inside_and_on_it_are_kept_apart() -> None:
    inner = Diagram("services")
    inner.path(inner.start("in_start"), inner.task("health"), inner.end("in_end"))
    inner.path(inner.on_limit("in_late", "health", "T01", interrupting=False), inner.task("chase"),
               inner.end("in_end_2"))
    d = Diagram()
    d.path(d.start(), d.sub(inner), d.end("e1"))
    d.path(d.on_message("withdrawn", "services", "consent_withdrawn", interrupting=True), d.task("tell_team"),
           d.end("e2", "withdrawn"))
    run = Driven(d)
    assert run.open == ["health", "in_late", "withdrawn"]
    run.fire("in_late")
    assert run.open == ["chase", "health", "withdrawn"]
    run.deliver("withdrawn")
    assert (run.open, run.gone) == (["tell_team"], ["chase", "health"])
    assert run.complete("tell_team").outcome == "withdrawn"


def test_a_stop_inside_can_be_retried() -> None:
    inner = Diagram("services")
    inner.path(inner.start("in_start"), inner.exclusive("which", default="f_which_in_b"))
    inner.flow("which", inner.task("in_a"), "is_child")
    inner.flow("which", inner.end("in_b"))
    inner.path("in_a", inner.end("in_c"))
    d = Diagram()
    d.path(d.start(), d.sub(inner), d.end())
    run = Driven(d)
    assert [i.element for i in run.incidents] == ["which"]
    assert run.retry("which", is_child=True).open == ["in_a"]
    assert run.complete("in_a").outcome == ""


def test_it_may_stand_in_a_loop() -> None:
    inner = Diagram("round")
    inner.path(inner.start("in_start"), inner.task("visit"), inner.end("in_end"))
    d = Diagram()
    d.path(d.start(), d.exclusive("again"), d.sub(inner), d.exclusive("enough", default="f_enough_again"))
    d.path("enough", "again")
    d.flow("enough", d.end(outcome="enough"), "stop")
    run = Driven(d, {"stop": False})
    sizes = []
    for _ in range(12):
        run.complete("visit")
        sizes.append(len(run.state))
    assert max(sizes) - min(sizes) < 60
    assert run.complete("visit", stop=True).outcome == "enough"
