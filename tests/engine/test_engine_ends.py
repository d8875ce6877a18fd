"""How runs end: outcomes, terminate, messages thrown, cancelling from outside."""

from __future__ import annotations

import pytest

from nrm import engine
from nrm.vocabulary.happenings import MessageThrown, RunEnded
from tests.support.diagrams import Diagram
from tests.support.runs import NOW, Driven


def two_ends(first: str = "one", second: str = "two", *, terminate: bool = False) -> Diagram:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.task("a"), d.end("end_a", first))
    d.path("split", d.task("b"), d.end("end_b", second, terminate=terminate))
    return d


def test_the_run_ends_when_nothing_is_open_and_the_last_outcome_counts() -> None:
    run = Driven(two_ends()).complete("b")
    assert run.outcome is None
    assert run.complete("a").outcome == "one"
    assert Driven(two_ends()).complete("a").complete("b").outcome == "two"


def test_an_end_without_an_outcome_leaves_the_one_before() -> None:
    assert Driven(two_ends(second="")).complete("a").complete("b").outcome == "one"


def test_a_terminate_end_takes_everything_else_along() -> None:
    run = Driven(two_ends(terminate=True)).complete("b")
    assert (run.outcome, run.gone) == ("two", ["a"])
    assert run.passed == ["b", "end_b", "a!"]
    assert run.open == []


def test_a_throw_only_reports() -> None:
    """defect:engine-notes 0 a throw inside stock wakes every waiter of that name in the run."""
    d = Diagram()
    d.path(d.start(), d.parallel("split"))
    d.path("split", d.task("a"), d.throw("told", "news"), d.end("end_a", message="over"))
    d.path("split", d.receive("hears", "news"), d.end("end_b"))
    run = Driven(d).complete("a")
    assert [h for h in run.new if isinstance(h, MessageThrown)] == [
        MessageThrown("told", "news"), MessageThrown("end_a", "over")]
    assert run.open == ["hears"]


def test_a_task_without_a_way_out_ends_its_path() -> None:
    d = Diagram()
    d.path(d.start(), d.task("dead_end"))
    assert Driven(d).complete("dead_end").outcome == ""


def test_cancelling_takes_all_waits_away_and_is_no_end() -> None:
    d = two_ends()
    d.on_limit("late", "a", "T01", interrupting=False)
    run = Driven(d).cancel()
    assert run.gone == ["a", "b", "late"]
    assert sorted(run.passed) == ["a!", "b!"]
    assert (run.open, run.outcome) == ([], None)


def test_cancelling_twice_or_after_the_end_changes_nothing() -> None:
    assert Driven(two_ends()).cancel().cancel().new == ()
    assert Driven(two_ends()).complete("a").complete("b").cancel().new == ()


def test_nothing_happens_in_a_run_that_is_over() -> None:
    run = Driven(two_ends())
    wait = run.wait("a").wait_id
    run.cancel()
    with pytest.raises(engine.WaitNotOpen):
        engine.complete(run.program, run.state, run_id=run.run_id, wait_id=wait, facts={}, now=NOW, act_no=9)
    with pytest.raises(engine.NothingToRetry):
        run.retry("a")


def test_a_run_may_end_as_soon_as_it_starts() -> None:
    d = Diagram()
    d.path(d.start(), d.end(outcome="nothing_to_do"))
    run = Driven(d)
    assert run.new[-1] == RunEnded("nothing_to_do")
    assert run.waits == ()
