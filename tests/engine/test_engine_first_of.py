"""Event gateways: what comes first wins, the rest is gone."""

from __future__ import annotations

import pytest

from nrm.vocabulary.errors import BundleRejected
from nrm.vocabulary.happenings import StepPassed, WaitKind
from tests.support.diagrams import Diagram
from tests.support.runs import Driven


def reply_or_remind() -> Diagram:
    d = Diagram()
    d.path(d.start(), d.first_of("what_comes_first"))
    d.path("what_comes_first", d.catch_message("accepted", "referral_accepted"), d.end("e1", "accepted"))
    d.path("what_comes_first", d.receive("refused", "referral_refused"), d.end("e2", "refused"))
    d.path("what_comes_first", d.catch_limit("no_answer", "T12"), d.task("remind"), d.end("e3", "reminded"))
    return d


def test_each_event_is_a_wait_of_its_own() -> None:
    run = Driven(reply_or_remind())
    assert [(w.element, w.kind, w.name) for w in run.waits] == [
        ("accepted", WaitKind.MESSAGE, "referral_accepted"),
        ("refused", WaitKind.MESSAGE, "referral_refused"),
        ("no_answer", WaitKind.LIMIT, "T12"),
    ]
    assert len({w.wait_id for w in run.waits}) == 3


def test_the_first_event_wins_and_the_others_are_gone() -> None:
    run = Driven(reply_or_remind()).deliver("refused")
    assert run.outcome == "refused"
    assert run.gone == ["accepted", "no_answer"]
    assert run.passed == ["what_comes_first", "refused", "e2"]
    [gateway] = [h for h in run.new if isinstance(h, StepPassed) and h.element == "what_comes_first"]
    assert gateway.flow == "f_what_comes_first_refused"


def test_a_limit_may_win() -> None:
    """defect:D6 two timers of a stock event gateway share one due time; here a limit only has a name."""
    run = Driven(reply_or_remind()).fire("no_answer")
    assert (run.open, run.gone) == (["remind"], ["accepted", "refused"])


def test_the_wait_ids_stay_the_same_from_call_to_call() -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.task("other"), d.end("e0"))
    d.path("split", d.first_of("gate"), d.catch_message("came", "answer"), d.end("e1"))
    d.path("gate", d.catch_limit("late", "T12"), d.end("e2"))
    run = Driven(d)
    before = {w.element: w.wait_id for w in run.waits}
    run.complete("other")
    assert {w.element: w.wait_id for w in run.waits} == {e: i for e, i in before.items() if e != "other"}
    assert run.gone == []


def test_it_may_lead_only_to_events() -> None:
    d = Diagram()
    d.path(d.start(), d.first_of("gate"), d.task("no_event"), d.end())
    with pytest.raises(BundleRejected, match="event gateway"):
        Driven(d)
