"""What no route has, by whatever method: pages and API each answer in words of their own, and strangers alike."""

from __future__ import annotations

import pytest

from nrm.entrypoints.wsgi import make_app
from tests.support.calling import Api, token_maker
from tests.support.driving import Drive

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "MKCOL", "X-ODD")
PAGES = ("/nothing", "/no/such/page", "/favicon.ico", "/api")
PICTURES = ("/static/nothing.svg", "/static/dist/nothing.js")
PROBLEMS = ("/api/", "/api/nothing", "/api/v1/nothing", "/api/v1/tasks/", "/api/v2/tasks")


@pytest.fixture
def api(drive: Drive) -> Api:
    """The whole application: pages and API."""
    return Api(make_app(drive.system), drive, token_maker(drive))


@pytest.mark.parametrize("method", METHODS)
def test_of_the_pages_there_is_the_one_page_for_nothing(api: Api, method: str) -> None:
    # The framework tells by OPTIONS which methods pictures have, wherever they may be.
    for address in PAGES + (() if method == "OPTIONS" else PICTURES):
        got = api.app.test_client().open(address, method=method)
        assert (got.status_code, got.content_type) == (404, "text/html; charset=utf-8"), address
        assert method == "HEAD" or b"There is nothing here" in got.data


@pytest.mark.parametrize("method", METHODS)
def test_of_the_api_there_is_a_problem_and_for_strangers_the_door(api: Api, method: str) -> None:
    manager = api.drive.person("CM", "sa_norvale")
    token = {"Authorization": f"Bearer {api.token_of(manager)}"}
    for address in PROBLEMS:
        got = api.app.test_client().open(address, method=method)
        assert (got.status_code, got.content_type) == (401, "application/problem+json"), address
        got = api.app.test_client().open(address, method=method, headers=token)
        assert (got.status_code, got.content_type) == (404, "application/problem+json"), address
        assert method == "HEAD" or got.get_json()["type"] == "urn:nrm:problem:not_found"


@pytest.mark.parametrize("method", ["DELETE", "PROPFIND", "X-ODD"])
def test_an_address_of_the_api_says_which_methods_it_has(api: Api, method: str) -> None:
    got = api.call(method, "/tasks", api.drive.person("CM", "sa_norvale"))
    assert (got.status_code, got.headers["Allow"]) == (405, "GET")
    assert got.get_json()["type"] == "urn:nrm:problem:method_not_allowed"


def test_a_range_that_a_picture_does_not_have_is_refused_on_a_page_of_ours(api: Api) -> None:
    got = api.app.test_client().get("/static/icon.svg", headers={"Range": "bytes=9999999-"})
    assert got.status_code == 416
    assert b"Something went wrong" in got.data
