"""The document is the committed one, says who may ask, and every address keeps strangers out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import nrm_api
from nrm_api.document import text_of
from tests.support.calling import Api

COMMITTED = Path(__file__).parents[2] / "api" / "openapi.json"
OPEN = {"/api/v1/health", "/api/v1/openapi.json", "/api/v1/docs"}


def routes(api: Api) -> list[tuple[str, str]]:
    """Every (method, address) of the API with its places filled with something that is not there."""
    found = []
    for rule in api.app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and rule.rule not in OPEN:
            address = re.sub(r"<[^>]+>", "nothing-here", rule.rule)
            found += [(method, address) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return found


def test_the_served_document_is_the_committed_one(api: Api) -> None:
    served = api.get("/openapi.json", None).get_data(as_text=True)
    assert served == text_of(nrm_api.document_of(api.app))
    assert COMMITTED.read_text(encoding="utf-8") == served, "write it anew: python -m nrm_api.writing"


def test_the_document_names_who_may_ask_and_every_reference_leads_somewhere(api: Api) -> None:
    document = api.get("/openapi.json", None).get_json()
    assert document["openapi"] == "3.1.0"
    assert document["security"] == [{"token": []}]
    open_to_all = {
        path for path, item in document["paths"].items() for one in item.values()
        if isinstance(one, dict) and one.get("security") == []
    }
    assert open_to_all == OPEN
    for pointer in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)):
        assert pointer in document["components"]["schemas"], pointer
    for item in document["paths"].values():
        for one in item.values():
            if isinstance(one, dict):
                assert one["summary"], one


def test_every_address_refuses_a_stranger_in_the_same_words(api: Api) -> None:
    answers = set()
    for method, address in routes(api):
        got = api.call(method, address, None, {} if method != "GET" else None)
        assert got.status_code == 401, (method, address, got.status_code)
        answers.add((got.data, got.headers["WWW-Authenticate"]))
    assert len(answers) == 1


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer wrong", "Bearer " + "x" * 5000])
def test_a_wrong_token_is_no_token(api: Api, header: str) -> None:
    got = api.get("/me", None, headers={"Authorization": header})
    assert got.status_code == 401
    assert got.mimetype == "application/problem+json"


def test_the_page_of_the_document_works_without_script_under_the_strict_policy(api: Api) -> None:
    got = api.get("/docs", None)
    assert got.status_code == 200
    assert "script-src 'self'" in got.headers["Content-Security-Policy"]
    assert "unsafe" not in got.headers["Content-Security-Policy"]
    text = got.get_data(as_text=True)
    assert "<script>" not in text
    assert "/api/v1/tasks/{task_id}/complete" in text


@pytest.mark.parametrize("address", ["/nowhere/at/all", "/nowhere%0A/x", "/tasks/%0A", "/versions/x/files/%0Ax"])
def test_an_address_that_is_none(api: Api, address: str) -> None:
    assert api.get(address, None).status_code == 401
    got = api.get(address, api.drive.person("CM", "sa_norvale"))
    assert got.status_code == 404
    assert got.get_json()["code"] == "not_found"


def test_a_method_that_is_none_where_a_stranger_may_ask(api: Api) -> None:
    for address in ("/docs", "/health", "/openapi.json"):
        got = api.call("DELETE", address, None)
        assert (got.status_code, got.headers["Allow"]) == (405, "GET")


def test_a_method_that_is_none(api: Api) -> None:
    person = api.drive.person("CM", "sa_norvale")
    got = api.call("DELETE", "/tasks", person)
    assert got.status_code == 405
    assert got.headers["Allow"] == "GET"
