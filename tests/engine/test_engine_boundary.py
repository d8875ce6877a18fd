"""Boundary events: beside their host as long as it is open, interrupting it or not."""

from __future__ import annotations

import pytest

from nrm.vocabulary.happenings import WaitKind, WaitOpened
from tests.support.diagrams import Diagram
from tests.support.runs import Driven


def guarded(host: str = "task", *, interrupting: bool, trigger: str = "limit") -> Diagram:
    d = Diagram()
    if host == "task":
        d.task("work")
    elif host == "call":
        d.call("work", "identification")
    elif host == "receive":
        d.receive("work", "answer")
    else:
        inner = Diagram("work")
        inner.path(inner.start("in_start"), inner.task("inside"), inner.end("in_end"))
        d.sub(inner)
    d.path(d.start(), "work", d.task("next"), d.end())
    add = d.on_limit if trigger == "limit" else d.on_message
    d.path(add("meanwhile", "work", "T09" if trigger == "limit" else "news", interrupting=interrupting),
           d.task("escalation"), d.end("end_2"))
    return d


@pytest.mark.parametrize("host", ["task", "call", "receive", "sub"])
@pytest.mark.parametrize("trigger", ["limit", "message"])
def test_an_interrupting_event_ends_its_host(host: str, trigger: str) -> None:
    run = Driven(guarded(host, interrupting=True, trigger=trigger))
    work = "inside" if host == "sub" else "work"
    assert run.open == sorted(["meanwhile", work])
    run.fire("meanwhile") if trigger == "limit" else run.deliver("meanwhile")
    assert (run.open, run.gone) == (["escalation"], [work])
    assert run.passed[-1] == "meanwhile"
    assert f"{work}!" in run.passed
    assert run.complete("escalation").outcome == ""


@pytest.mark.parametrize("host", ["task", "call", "receive", "sub"])
def test_a_non_interrupting_event_goes_off_beside_its_host(host: str) -> None:
    run = Driven(guarded(host, interrupting=False)).fire("meanwhile")
    work = "inside" if host == "sub" else "work"
    assert (run.open, run.gone) == (sorted(["escalation", work]), [])
    run.deliver(work) if host == "receive" else run.complete(work)
    assert run.open == ["escalation", "next"], "what the event opened stays open (defect:stock table 5)"


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("host", ["task", "call", "sub"])
def test_when_the_host_is_done_its_event_is_gone(host: str, *, interrupting: bool) -> None:
    run = Driven(guarded(host, interrupting=interrupting)).complete("inside" if host == "sub" else "work")
    assert (run.open, run.gone) == (["next"], ["meanwhile"])
    assert "meanwhile!" not in run.passed, "it did not happen, so it is no step"


def test_the_event_names_its_host() -> None:
    run = Driven(guarded(interrupting=False))
    [work, event] = [h for h in run.new if isinstance(h, WaitOpened)]
    assert (work.element, event.element, event.kind) == ("work", "meanwhile", WaitKind.LIMIT)
    assert event.host == work.wait_id


def test_a_limit_goes_off_once_and_a_message_may_come_again() -> None:
    run = Driven(guarded(interrupting=False)).fire("meanwhile")
    assert run.open == ["escalation", "work"]
    run = Driven(guarded(interrupting=False, trigger="message")).deliver("meanwhile")
    assert run.open == ["escalation", "meanwhile", "work"]
    run.deliver("meanwhile")
    assert run.open == ["escalation", "escalation", "meanwhile", "work"]
    assert run.complete("work").gone == ["meanwhile"]


def test_an_interruption_takes_the_other_events_of_the_host_along() -> None:
    """defect:stock table 4 stock brings the cancelled sibling back to life if both are due."""
    d = guarded(interrupting=True)
    d.path(d.on_limit("reminder", "work", "T01", interrupting=False), d.task("remind"), d.end("end_3"))
    run = Driven(d).fire("reminder").fire("meanwhile")
    assert (run.open, run.gone) == (["escalation", "remind"], ["work"])
    run = Driven(d).fire("meanwhile")
    assert run.gone == ["reminder", "work"]
    assert run.open == ["escalation"]


def test_a_loop_back_to_a_guarded_task_arms_its_event_anew() -> None:
    d = Diagram()
    d.path(d.start(), d.exclusive("again"), d.task("visit"), d.exclusive("enough", default="f_enough_again"))
    d.path("enough", "again")
    d.flow("enough", d.end(), "stop")
    d.path(d.on_limit("late", "visit", "T09", interrupting=False), d.end("noted"))
    run = Driven(d, {"stop": False})
    first = run.wait("late").wait_id
    run.fire("late").complete("visit")
    assert run.open == ["late", "visit"]
    assert run.wait("late").wait_id != first
    assert run.complete("visit", stop=True).outcome == ""


def test_each_of_several_guarded_hosts_has_its_own_event() -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.exclusive("merge"), d.task("work"), d.end())
    d.flow("split", "merge", flow_id="f_second")
    d.path(d.on_limit("late", "work", "T09", interrupting=True), d.task("instead"), d.end("end_2"))
    run = Driven(d)
    assert run.open == ["late", "late", "work", "work"]
    run.fire("late")
    assert run.open == ["instead", "late", "work"]
    assert {w.host for w in run.waits if w.element == "late"} == {run.wait("work").wait_id}
