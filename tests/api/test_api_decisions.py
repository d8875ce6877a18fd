"""Decisions over the API: listed, read with their tests, tried on facts with the reasons; nothing is kept."""

from __future__ import annotations

import pytest

from tests.support.calling import Api

RISK = "/decisions/risk_review/D-07_base"


def test_decisions_in_force_are_listed(api: Api) -> None:
    items = api.get("/decisions", api.drive.person("COORD")).get_json()["items"]
    found = {(one["table"], one["process"]): one for one in items}
    assert found["D-07_base", "risk_review"]["name"] == "D-07 Individual risk: base level"
    assert not found["D-07_base", "risk_review"]["advises"]
    assert all(one["tests"] for one in items), "every table comes with tests"


def test_a_decision_is_read_with_its_tests_and_findings(api: Api) -> None:
    got = api.get(RISK, api.drive.person("COORD")).get_json()
    assert "threats" in [rule["id"] for rule in got["logic"]["rules"]]
    assert {one["name"] for one in got["asked"]} >= {"threats_since_exit", "self_harm_risk"}
    assert {test["ok"] for test in got["tests"]} == {True}
    assert got["findings"] == []
    assert [one["number"] for one in got["versions"]] == [1]


def test_a_decision_is_tried_on_facts_and_says_why(api: Api) -> None:
    coordinator = api.drive.person("COORD")
    got = api.post(f"{RISK}/evaluate", coordinator, {"facts": {"threats_since_exit": "yes"}}).get_json()
    assert got["outputs"] == {"risk_base": "high", "risk_immediate": False}
    assert got["matched"] == ["threats"]
    assert "Threats since leaving is yes" in got["reasons"][0]


@pytest.mark.parametrize(("facts", "field"), [
    ({"threats_since_exit": "often"}, "threats_since_exit"), ({"threats": "yes"}, "threats"),
    ({"threats_since_exit": {"yes": 1}}, "threats_since_exit"),
])
def test_a_fact_that_does_not_fit_is_named(api: Api, facts: dict[str, object], field: str) -> None:
    got = api.post(f"{RISK}/evaluate", api.drive.person("COORD"), {"facts": facts})
    assert got.status_code == 422
    assert field in got.get_json()["errors"]


@pytest.mark.parametrize("address", [
    "/decisions/risk_review/D-99_gone", "/decisions/gone/D-07_base", f"{RISK}?version=7", f"{RISK}/changes/1/7",
])
def test_what_is_not_there_is_not_found(api: Api, address: str) -> None:
    assert api.get(address, api.drive.person("COORD")).status_code == 404


def test_who_may_not_read_processes_reads_no_decision(api: Api) -> None:
    for address in ("/decisions", RISK):
        assert api.get(address, api.drive.person("POL")).status_code == 403
    assert api.post(f"{RISK}/evaluate", api.drive.person("POL"), {"facts": {}}).status_code == 403
