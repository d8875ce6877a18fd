"""``If-Match`` on every route that writes: honoured where there is a version, refused everywhere else."""

from __future__ import annotations

import re

import pytest

from tests.access.table import OF_PEOPLE
from tests.api.acts import ACTS, MANAGER, REOPEN, Body, Scene, make_scene, the_record_again
from tests.support.calling import Api

STALE = {"If-Match": '"99"'}


@pytest.fixture
def scene(api: Api) -> Scene:
    """A case just opened."""
    return make_scene(api)


@pytest.mark.parametrize(("path", "thing", "who", "body"), ACTS, ids=[one[0] for one in ACTS])
def test_an_act_on_an_older_version_is_not_done_and_on_the_present_one_is(
    scene: Scene, path: str, thing: str, who: str, body: Body
) -> None:
    said = body(scene) if callable(body) else body
    before = scene.api.drive.acts(scene.case_id)
    stale = scene.send(path, who, said, STALE)
    assert (stale.status_code, stale.get_json()["code"]) == (412, "precondition_failed"), stale.data
    assert scene.api.drive.acts(scene.case_id) == before, "nothing was done"
    nonsense = scene.send(path, who, said, {"If-Match": 'W/"x"'})
    assert nonsense.status_code == 412
    fresh = scene.send(path, who, said, scene.tag(thing, who))
    assert fresh.status_code in (200, 201), fresh.data


def test_reopening_and_a_record_that_was_corrected_in_between(scene: Scene) -> None:
    assert scene.send("/records/{record}/correct", MANAGER, the_record_again, {}).status_code == 201
    for tag, code in (({"If-Match": '"1"'}, "precondition_failed"), ({}, "record_changed")):
        late = scene.send("/records/{record}/correct", MANAGER, the_record_again, tag)
        assert (late.status_code, late.get_json()["code"]) == (412 if tag else 409, code)
    assert scene.send("/cases/{case}/close", MANAGER, {"reason": "duplicate"}, {}).status_code == 200
    path, thing, who, body = REOPEN
    assert scene.send(path, who, body, STALE).status_code == 412
    assert scene.send(path, who, body, scene.tag(thing, who)).status_code == 201


def test_every_other_route_that_writes_refuses_the_header_and_the_document_says_so(scene: Scene) -> None:
    guarded = {re.sub(r"\{\w+\}", "{}", path) for path, *_ in (*ACTS, REOPEN)}
    document = scene.api.get("/openapi.json", None).get_json()
    manager, seen = scene.person(MANAGER), set()
    for address, item in document["paths"].items():
        plain = re.sub(r"\{\w+\}", "{}", address.removeprefix("/api/v1"))
        for method in item.keys() & {"post", "put", "patch", "delete"}:
            listed = {one["name"] for one in item[method]["parameters"] if one["in"] == "header"}
            assert ("If-Match" in listed) == (plain in guarded), address
            assert ("412" in item[method]["responses"]) == (plain in guarded), address
            if plain in guarded:
                seen.add(plain)
                continue
            if plain in OF_PEOPLE:
                continue
            got = scene.api.call(method.upper(), re.sub(r"\{\w+\}", "1", address), manager, {}, headers=STALE)
            assert (got.status_code, got.get_json()["code"]) == (400, "no_version"), address
    assert seen == guarded
