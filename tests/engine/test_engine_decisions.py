"""Business-rule tasks: a table gives facts values, and the next gateway of the same call reads them."""

from __future__ import annotations

import pytest

from nrm.vocabulary.errors import BundleRejected, DocumentRefused, InvalidInput
from nrm.vocabulary.happenings import FactsDecided, RouteChosen
from tests.support.diagrams import Diagram
from tests.support.runs import Driven
from tests.support.tables import dmn

RISK = dmn("D-07_risk_level", ["danger_now"], {"risk_level": "string"}, [
    (['"yes"'], ['"high"']), (['"no"'], ['"low"']), (['"unknown"'], ['"high"']),
])


def assessed(table: bytes = RISK) -> Diagram:
    d = Diagram()
    d.path(d.start(), d.task("assess"), d.decide("risk", "D-07_risk_level", table),
           d.exclusive("how_high", default="f_how_high_routine"))
    d.flow("how_high", d.task("urgent"), 'risk_level = "high"')
    d.flow("how_high", d.task("routine"))
    d.path("urgent", d.end("e1"))
    d.path("routine", d.end("e2"))
    return d


@pytest.mark.parametrize(("danger", "level", "task"), [
    ("yes", "high", "urgent"), ("no", "low", "routine"), ("unknown", "high", "urgent"),
])
def test_the_gateway_after_the_table_sees_what_it_decided(danger: str, level: str, task: str) -> None:
    run = Driven(assessed()).complete("assess", danger_now=danger)
    assert run.open == [task]
    [decided] = [h for h in run.new if isinstance(h, FactsDecided)]
    assert (decided.element, decided.table, dict(decided.facts)) == (
        "risk", "D-07_risk_level", {"risk_level": level})
    assert decided.explanation["reasons"]
    assert run.new.index(decided) < next(n for n, h in enumerate(run.new) if isinstance(h, RouteChosen))


def test_a_table_that_cannot_decide_stops_the_run_and_can_be_retried() -> None:
    run = Driven(assessed()).complete("assess")
    assert [(i.element, i.kind, i.facts, i.flows) for i in run.incidents] == [
        ("risk", "decision_failed", ("danger_now",), ())]
    assert run.incidents[0].sentence
    assert (run.passed, run.open) == (["assess"], [])
    assert run.retry("risk", danger_now="no").open == ["routine"]


def test_no_rule_that_applies_stops_the_run() -> None:
    run = Driven(assessed()).complete("assess", danger_now="prefers_not")
    assert [i.kind for i in run.incidents] == ["decision_failed"]


def test_several_rules_of_a_unique_table_stop_the_run() -> None:
    """defect:D19 stock takes the first of several matches of a UNIQUE table without complaint."""
    twice = dmn("D-07_risk_level", ["danger_now"], {"risk_level": "string"}, [
        (['"yes"'], ['"high"']), (["-"], ['"low"']),
    ])
    try:
        run = Driven(assessed(twice)).complete("assess", danger_now="yes")
    except BundleRejected:
        return
    assert [i.kind for i in run.incidents] == ["decision_failed"]


def test_a_stopped_table_cannot_be_overruled_by_a_path() -> None:
    run = Driven(assessed()).complete("assess")
    with pytest.raises(InvalidInput):
        run.retry("risk", choose="f_risk_how_high")


@pytest.mark.parametrize(("hit", "facts"), [
    ("FIRST", {"service": "shelter"}), ("COLLECT", {"service": ["shelter", "advice"]}),
])
def test_first_and_collect_are_decided_as_the_table_says(hit: str, facts: dict[str, object]) -> None:
    table = dmn("services", ["danger_now"], {"service": "string"}, [
        (['"yes"'], ['"shelter"']), (["-"], ['"advice"']),
    ], hit=hit)
    d = Diagram()
    d.path(d.start(), d.decide("which", "services", table), d.end())
    run = Driven(d, {"danger_now": "yes"})
    assert [dict(h.facts) for h in run.new if isinstance(h, FactsDecided)] == [facts]


def test_a_table_in_a_loop_decides_anew_in_every_round() -> None:
    d = Diagram()
    d.path(d.start(), d.exclusive("again"), d.task("assess"), d.decide("risk", "D-07_risk_level", RISK),
           d.exclusive("low_now", default="f_low_now_again"))
    d.path("low_now", "again")
    d.flow("low_now", d.end(outcome="low"), 'risk_level = "low"')
    run = Driven(d)
    for danger in ("yes", "unknown", "yes"):
        assert run.complete("assess", danger_now=danger).open == ["assess"]
    assert run.complete("assess", danger_now="no").outcome == "low"


def test_a_table_that_is_not_in_the_bundle_is_refused_before_any_run() -> None:
    d = assessed()
    d.tables.clear()
    with pytest.raises(BundleRejected, match="D-07_risk_level"):
        Driven(d)


_FILE = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:{0}" name="{0}">{1}
</definitions>"""
LAW = _FILE.format("law", """<decision id="law" name="grown at"><variable name="grown at"/>
  <literalExpression><text>18</text></literalExpression></decision>""").encode()
IMPORTING = _FILE.format("risk", """
  <import name="law" namespace="urn:law" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
  <decision id="D-07_risk_level" name="risk_level"><variable name="risk_level"/>
  <informationRequirement><requiredDecision href="urn:law#law"/></informationRequirement>
  <literalExpression><text>if age &lt; law.grown at then "high" else "low"</text></literalExpression>
  </decision>""").encode()


@pytest.mark.parametrize(("age", "task"), [(17, "urgent"), (18, "routine")])
def test_a_table_imports_another_of_the_bundle(age: int, task: str) -> None:
    diagram = assessed(IMPORTING)
    diagram.tables["tables/law.dmn"] = LAW
    assert Driven(diagram).complete("assess", age=age).open == [task]


def test_an_import_that_is_not_in_the_bundle_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="law"):
        Driven(assessed(IMPORTING))
