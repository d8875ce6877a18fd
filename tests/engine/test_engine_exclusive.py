"""Exclusive gateways: the first condition that holds in document order, or a stop; never a silent default."""

from __future__ import annotations

import pytest

from nrm import engine
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.happenings import IncidentRaised, RouteChosen, StepPassed
from tests.support.diagrams import Diagram
from tests.support.runs import NOW, Driven


def by_risk(*, default: bool = True) -> Diagram:
    d = Diagram()
    d.exclusive("how_high", default="f_how_high_routine" if default else None)
    d.path(d.start(), d.task("assess"), "how_high")
    for target, when in (("urgent", 'risk_level = "high"'), ("soon", 'risk_level = "medium"')):
        d.flow("how_high", d.task(target), when)
    if default:
        d.flow("how_high", d.task("routine"))
    for target in ("urgent", "soon", "routine")[: 3 if default else 2]:
        d.path(target, d.end(f"after_{target}"))
    return d


@pytest.mark.parametrize(("risk", "task"), [("high", "urgent"), ("medium", "soon"), ("low", "routine")])
def test_the_facts_choose_the_path(risk: str, task: str) -> None:
    run = Driven(by_risk()).complete("assess", risk_level=risk)
    assert run.open == [task]
    assert RouteChosen("how_high", (f"f_how_high_{task}",), ("risk_level",)) in run.new
    [step] = [h for h in run.new if isinstance(h, StepPassed) and h.element == "how_high"]
    assert step.flow == f"f_how_high_{task}"


def test_a_fact_that_is_not_known_never_takes_the_default_path() -> None:
    run = Driven(by_risk()).complete("assess")
    assert run.passed == ["assess"], "the completed task stays completed"
    assert run.open == []
    assert run.incidents == [IncidentRaised(
        "how_high", "condition_unknown", run.incidents[0].sentence, ("risk_level",),
        ("f_how_high_urgent", "f_how_high_soon", "f_how_high_routine"))]


def test_a_stopped_gateway_goes_on_when_the_fact_is_supplied() -> None:
    run = Driven(by_risk()).complete("assess").retry("how_high", risk_level="medium")
    assert (run.passed, run.open) == (["how_high"], ["soon"])


def test_a_stopped_gateway_stays_stopped_while_the_fact_is_missing() -> None:
    run = Driven(by_risk()).complete("assess").retry("how_high")
    assert [i.kind for i in run.incidents] == ["condition_unknown"]
    assert run.retry("how_high", risk_level="high").open == ["urgent"]


@pytest.mark.parametrize("task", ["urgent", "soon", "routine"])
def test_a_coordinator_may_choose_any_path_of_a_stopped_gateway(task: str) -> None:
    run = Driven(by_risk()).complete("assess").retry("how_high", choose=f"f_how_high_{task}")
    assert run.open == [task]
    assert RouteChosen("how_high", (f"f_how_high_{task}",), ()) in run.new


def test_only_a_path_of_that_gateway_can_be_chosen() -> None:
    run = Driven(by_risk()).complete("assess")
    with pytest.raises(InvalidInput) as refused:
        run.retry("how_high", choose="f_start_assess")
    assert "choose" in refused.value.fields


def test_there_must_be_something_to_retry() -> None:
    run = Driven(by_risk())
    with pytest.raises(engine.NothingToRetry):
        run.retry("how_high")


def test_without_a_match_and_without_a_default_the_run_stops() -> None:
    """defect:D17 stock raises and leaves the gateway in ERROR."""
    run = Driven(by_risk(default=False)).complete("assess", risk_level="low")
    assert [(i.element, i.kind, i.flows) for i in run.incidents] == [
        ("how_high", "no_route", ("f_how_high_urgent", "f_how_high_soon"))]
    assert run.retry("how_high", risk_level="high").open == ["urgent"]


def test_an_unknown_before_a_true_stops_and_a_true_before_an_unknown_does_not() -> None:
    def diagram(*conditions: str) -> Diagram:
        d = Diagram()
        d.path(d.start(), d.exclusive("which"))
        for n, when in enumerate(conditions):
            d.flow("which", d.task(f"t{n}"), when)
            d.path(f"t{n}", d.end(f"e{n}"))
        return d

    known = {"is_child": True}
    assert Driven(diagram("is_child", "age_in_doubt"), known).open == ["t0"]
    stopped = Driven(diagram("age_in_doubt", "is_child"), known)
    assert stopped.open == []
    assert stopped.incidents[0].facts == ("age_in_doubt",)


@pytest.mark.parametrize("condition", ['"yes"', "1", "null", "risk_level + 1", "date(2020,13,45)"])
def test_whatever_is_neither_true_nor_false_stops(condition: str) -> None:
    d = Diagram()
    d.path(d.start(), d.exclusive("which", default="f_which_b"))
    d.flow("which", d.end("a", "a"), condition)
    d.flow("which", d.end("b", "b"))
    run = Driven(d, {"risk_level": "high"})
    assert ([i.kind for i in run.incidents], run.outcome) == (["condition_unknown"], None)


def test_conditions_are_asked_in_document_order_not_in_the_order_of_the_drawing() -> None:
    """defect:engine-notes 1.2 SpiffWorkflow sorts outgoing flows by the y position of their targets."""
    d = Diagram()
    d.path(d.start(), d.exclusive("which"))
    d.flow("which", d.end("low_on_the_page", "first"), "is_child")
    d.flow("which", d.end("high_on_the_page", "second"), "is_child or age_in_doubt")
    drawing = "".join(
        f'<bpmndi:BPMNShape id="s_{e}" bpmnElement="{e}"><dc:Bounds x="0" y="{y}" width="36" height="36"/>'
        "</bpmndi:BPMNShape>" for e, y in (("low_on_the_page", 900), ("high_on_the_page", 10)))
    di = ('<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
          'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="di"><bpmndi:BPMNPlane id="pl" '
          f'bpmnElement="sample">{drawing}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>')
    xml = d.xml().replace(b"</bpmn:definitions>", di.encode() + b"</bpmn:definitions>")
    program = engine.load(d.bundle().with_files({"sample.bpmn": xml}))
    advance = engine.start(program, run_id="r", facts={"is_child": True, "age_in_doubt": False}, now=NOW)
    assert advance.happenings[-1].outcome == "first"


def test_paths_that_come_together_at_an_exclusive_gateway_each_go_on() -> None:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.task("a"), d.exclusive("merge"), d.task("after"), d.end())
    d.path("split", d.task("b"), "merge")
    run = Driven(d).complete("a").complete("b")
    assert run.open == ["after", "after"]
