"""``If-Match`` on every route that writes: honoured where there is a version, refused everywhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from nrm.vocabulary.actor import Actor
from tests.support.calling import Api
from tests.support.filling import fill

STALE = {"If-Match": '"99"'}


@dataclass
class Scene:
    """A case with an open task that its first responder holds, and the record the case was opened with."""

    api: Api
    case_id: str
    task_id: str
    record_id: str

    def address(self, path: str) -> str:
        """Fill the places of a path."""
        return path.format(case=self.case_id, task=self.task_id, record=self.record_id)

    def person(self, who: str) -> Actor:
        """``ROLE@agency`` as an actor."""
        role, agency = who.split("@")
        return self.api.drive.person(role, agency)

    def send(self, path: str, who: str, body: dict[str, Any], tag: dict[str, str]) -> TestResponse:
        """Send an act; a body with a file goes as a form."""
        if "file" in body:
            sent = {**body, "file": (BytesIO(b"words"), "words.txt", "text/plain")}
            return self.api.call("POST", self.address(path), self.person(who), data=sent, headers=tag,
                                 content_type="multipart/form-data")
        return self.api.post(self.address(path), self.person(who), body, headers=tag)

    def tag(self, thing: str, who: str) -> dict[str, str]:
        """The version of a task, case or record as its reader sees it."""
        path = {"task": "/tasks/{task}", "case": "/cases/{case}", "record": "/records/{record}"}[thing]
        return {"If-Match": self.api.get(self.address(path), self.person(who)).headers["ETag"]}


@pytest.fixture
def scene(api: Api) -> Scene:
    """A case just opened."""
    drive = api.drive
    case_id = drive.open_case()
    records = api.get(f"/cases/{case_id}", drive.person("CM", "sa_norvale")).get_json()["records"]
    return Scene(api, case_id, drive.task(case_id, "record_safety").id, records[0]["id"])


def safety_answers(scene: Scene) -> dict[str, Any]:
    task = scene.api.drive.any_task(scene.task_id)
    facts = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}
    return {"answers": fill(scene.api.drive.form(task), facts)}


def the_record_again(scene: Scene) -> dict[str, Any]:
    found = scene.api.get(scene.address("/records/{record}"), scene.person("CM@sa_norvale")).get_json()
    return {"answers": found["values"], "reason": "typing_mistake"}


Body = dict[str, Any] | Callable[[Scene], dict[str, Any]]
HOLDER, MANAGER = "FR@lantern", "CM@sa_norvale"
OVERRIDE = {"recipient": "police", "purpose": "police", "categories": ["identity"], "basis": "court_order",
            "reason": "words"}
GUARDED: list[tuple[str, str, str, Body]] = [
    ("/tasks/{task}/claim", "task", HOLDER, {}),
    ("/tasks/{task}/release", "task", HOLDER, {}),
    ("/tasks/{task}/reassign", "task", "COORD@sa_norvale", {"to_user_id": "fr-lantern-2", "reason": "absence"}),
    ("/tasks/{task}/help", "task", HOLDER, {"kind": "need_help"}),
    ("/tasks/{task}/return", "task", HOLDER, {"question": "What now?"}),
    ("/tasks/{task}/complete", "task", HOLDER, safety_answers),
    ("/cases/{case}/runs", "case", MANAGER, {"process": "risk_review"}),
    ("/cases/{case}/team", "case", MANAGER, {"members": [{"role": "CM", "agency_id": "sa_norvale"}]}),
    ("/cases/{case}/notes", "case", MANAGER, {"category": "process", "text": "words"}),
    ("/cases/{case}/files", "case", MANAGER, {"category": "process", "file": None}),
    ("/cases/{case}/consents", "case", MANAGER, {"purpose": "referral", "answer": "given"}),
    ("/cases/{case}/overrides", "case", MANAGER, OVERRIDE),
    ("/cases/{case}/links", "case", MANAGER,
     lambda scene: {"other_code": scene.api.drive.case(scene.api.drive.open_case()).code, "kind": "family"}),
    ("/cases/{case}/close", "case", MANAGER, {"reason": "duplicate"}),
    ("/records/{record}/correct", "record", MANAGER, the_record_again),
]
REOPEN = "/cases/{case}/reopen"


@pytest.mark.parametrize(("path", "thing", "who", "body"), GUARDED, ids=[one[0] for one in GUARDED])
def test_an_act_on_an_older_version_is_not_done_and_on_the_present_one_is(
    scene: Scene, path: str, thing: str, who: str, body: Body
) -> None:
    sent = body(scene) if callable(body) else body
    before = scene.api.drive.acts(scene.case_id)
    stale = scene.send(path, who, sent, STALE)
    assert (stale.status_code, stale.get_json()["code"]) == (412, "precondition_failed"), stale.data
    assert scene.api.drive.acts(scene.case_id) == before, "nothing was done"
    nonsense = scene.send(path, who, sent, {"If-Match": 'W/"x"'})
    assert nonsense.status_code == 412
    fresh = scene.send(path, who, sent, scene.tag(thing, who))
    assert fresh.status_code in (200, 201), fresh.data


def test_reopening_and_a_record_that_was_corrected_in_between(scene: Scene) -> None:
    assert scene.send("/records/{record}/correct", MANAGER, the_record_again(scene), {}).status_code == 201
    for tag, code in (({"If-Match": '"1"'}, "precondition_failed"), ({}, "record_changed")):
        late = scene.send("/records/{record}/correct", MANAGER, the_record_again(scene), tag)
        assert (late.status_code, late.get_json()["code"]) == (412 if tag else 409, code)
    assert scene.send("/cases/{case}/close", MANAGER, {"reason": "duplicate"}, {}).status_code == 200
    assert scene.send(REOPEN, MANAGER, {"reason": "new_need"}, STALE).status_code == 412
    assert scene.send(REOPEN, MANAGER, {"reason": "new_need"}, scene.tag("case", MANAGER)).status_code == 201


def test_every_other_route_that_writes_refuses_the_header_and_the_document_says_so(scene: Scene) -> None:
    guarded = {re.sub(r"\{\w+\}", "{}", path) for path in (*(one[0] for one in GUARDED), REOPEN)}
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
            got = scene.api.call(method.upper(), re.sub(r"\{\w+\}", "x", address), manager, {}, headers=STALE)
            assert (got.status_code, got.get_json()["code"]) == (400, "no_version"), address
    assert seen == guarded
