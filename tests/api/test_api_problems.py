"""Bad input and late comers: each answered clearly, nothing typed is lost (goal:S11)."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from nrm.records.grants import TASK
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotReady
from nrm_api.problems import answer
from tests.support.calling import Api
from tests.support.filling import fill


@pytest.fixture
def manager(api: Api) -> Actor:
    """The case manager of the district."""
    return api.drive.person("CM", "sa_norvale")


@pytest.fixture
def case_id(api: Api) -> str:
    """A case that has just been opened, by somebody of another agency."""
    return api.drive.open_case()


def safety_task(api: Api, case_id: str) -> tuple[str, dict[str, Any]]:
    """The open safety check, and answers that it takes."""
    task = api.drive.task(case_id, "record_safety")
    with api.drive.system.database.reader() as unit:
        form = api.drive.system.library.published(unit.conn, task.bundle).form(task.form)
    return task.id, fill(form, {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"})


def first_responder(api: Api, number: int = 1) -> Actor:
    return api.drive.person("FR", "lantern", number)


BODIES: list[tuple[str, bytes, int, str]] = [
    ("not JSON", b"{", 400, "malformed_json"),
    ("a list", b"[]", 400, "malformed_json"),
    ("the same key twice", b'{"answers":{},"answers":{}}', 400, "malformed_json"),
    ("NaN", b'{"answers":{"a":NaN}}', 400, "malformed_json"),
    ("infinity", b'{"answers":{"a":1e999}}', 400, "malformed_json"),
    ("a number of 5000 digits", b'{"answers":{"a":' + b"9" * 5000 + b"}}", 400, "malformed_json"),
    ("half a sign", b'{"answers":{"a":"\\ud800"}}', 400, "malformed_json"),
    ("21 levels", b'{"answers":' * 21 + b"1" + b"}" * 21, 400, "malformed_json"),
    ("100 000 levels", b"[" * 100_000, 400, "malformed_json"),
    ("no UTF-8", b'{"answers":{"a":"\xff"}}', 400, "malformed_json"),
    ("more than 1 MB", b'{"answers":{"a":"' + b"x" * 1_100_000 + b'"}}', 413, "too_large"),
    ("an unknown field", b'{"answers":{},"role":"COORD"}', 422, "invalid_input"),
    ("a wrong type", b'{"answers":"words"}', 422, "invalid_input"),
    ("a version and a half", b'{"answers":{},"seen_version":1.5}', 422, "invalid_input"),
    ("a version in words", b'{"answers":{},"seen_version":"1"}', 422, "invalid_input"),
    ("a missing field", b"{}", 422, "invalid_input"),
    ("a time without zone", b'{"answers":{},"happened_at":"2026-03-01T10:00:00"}', 422, "invalid_input"),
]


@pytest.mark.parametrize(("what", "body", "status", "code"), BODIES, ids=[one[0] for one in BODIES])
def test_a_body_that_is_wrong(api: Api, case_id: str, what: str, body: bytes, status: int, code: str) -> None:
    task_id, _ = safety_task(api, case_id)
    got = api.call(
        "POST", f"/tasks/{task_id}/complete", first_responder(api), data=body, content_type="application/json"
    )
    found = json.loads(got.data)
    assert (got.status_code, found["code"]) == (status, code), found
    assert got.mimetype == "application/problem+json"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    if status == 422:
        assert found["errors"]


@pytest.mark.parametrize("muted", [1, 0.0, "on", "true", None])
def test_what_only_passes_for_true_or_false(api: Api, manager: Actor, muted: object) -> None:
    got = api.call("PUT", "/me/mail", manager, {"muted": muted})
    assert (got.status_code, list(got.get_json()["errors"])) == (422, ["muted"])


def test_another_media_type_is_refused(api: Api, case_id: str) -> None:
    task_id, _ = safety_task(api, case_id)
    got = api.call(
        "POST", f"/tasks/{task_id}/complete", first_responder(api), data=b"a=b",
        content_type="application/x-www-form-urlencoded",
    )
    assert got.status_code == 415


@pytest.mark.parametrize("query", ["?queue=nobody", "?limit=0", "?limit=1000", "?unknown=1", "?after=%21%21", "?late=x",
                                   "?queue=mine&queue=team", "?after=WzEsMl0"])
def test_a_query_that_is_wrong(api: Api, manager: Actor, query: str) -> None:
    got = api.get(f"/tasks{query}", manager)
    assert got.status_code == 422, got.data
    assert got.get_json()["errors"]


def test_answers_that_do_not_fit_are_named_field_by_field(api: Api, case_id: str) -> None:
    task_id, answers = safety_task(api, case_id)
    body = {"answers": {**answers, "danger_now": "perhaps", "agency_id": "police"}}
    got = api.post(f"/tasks/{task_id}/complete", first_responder(api), body)
    assert got.status_code == 422
    assert set(got.get_json()["errors"]) == {"danger_now", "agency_id"}


def test_a_time_to_come_is_refused(api: Api, case_id: str) -> None:
    task_id, answers = safety_task(api, case_id)
    body = {"answers": answers, "happened_at": "2030-01-01T00:00:00Z"}
    got = api.post(f"/tasks/{task_id}/complete", first_responder(api), body)
    assert (got.status_code, list(got.get_json()["errors"])) == (422, ["happened_at"])


def test_who_comes_second_hears_role_and_time_and_keeps_their_words(api: Api, case_id: str) -> None:
    task_id, answers = safety_task(api, case_id)
    first, second = first_responder(api), first_responder(api, 2)
    with api.drive.system.database.unit(first) as unit:
        TASK.change(unit, Task.id == task_id, assignee_id=None, status="open")
    assert api.post(f"/tasks/{task_id}/complete", first, {"answers": answers}).status_code == 200
    got = api.post(f"/tasks/{task_id}/complete", second, {"answers": {"danger_now": "yes"}})
    found = got.get_json()
    assert (got.status_code, found["code"], found["role"]) == (409, "task_already_completed", "FR")
    assert found["at"].startswith("2026-03-02T")
    assert "Invented" not in got.get_data(as_text=True)
    page = api.get(f"/tasks/{task_id}", second).get_json()
    assert page["answers"] == {"danger_now": "yes"}
    assert page["has_draft"]


def test_a_stale_version(api: Api, case_id: str) -> None:
    task_id, answers = safety_task(api, case_id)
    actor = first_responder(api)
    opened = api.get(f"/tasks/{task_id}", actor)
    tag = opened.headers["ETag"]
    assert api.call("PUT", f"/tasks/{task_id}/draft", actor, {"answers": {"danger_now": "yes"}}).status_code == 200
    again = api.get(f"/tasks/{task_id}", actor, headers={"If-None-Match": tag})
    assert (again.status_code, again.get_json()["answers"]) == (200, {"danger_now": "yes"}), "a draft has no version"
    assert api.post(f"/tasks/{task_id}/help", actor, {"kind": "need_help"}).status_code == 200
    path = f"/tasks/{task_id}/complete"
    with_tag = api.post(path, actor, {"answers": answers}, headers={"If-Match": tag})
    assert (with_tag.status_code, with_tag.get_json()["code"]) == (412, "precondition_failed")
    seen = api.post(path, actor, {"answers": answers, "seen_version": opened.get_json()["version"]})
    assert (seen.status_code, seen.get_json()["code"]) == (409, "task_changed")
    assert api.get(f"/tasks/{task_id}", actor).get_json()["has_draft"]
    fresh = api.get(f"/tasks/{task_id}", actor).headers["ETag"]
    assert api.post(path, actor, {"answers": answers}, headers={"If-Match": fresh}).status_code == 200


def test_a_closed_case_takes_no_more_acts_but_reopening(api: Api, case_id: str, manager: Actor) -> None:
    address = f"/cases/{case_id}"
    tag = api.get(address, manager).headers["ETag"]
    stale = api.post(f"{address}/close", manager, {"reason": "duplicate"}, headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    assert api.post(f"{address}/close", manager, {"reason": "duplicate"}, headers={"If-Match": tag}).status_code == 200
    got = api.post(f"{address}/notes", manager, {"category": "process", "text": "words"})
    assert (got.status_code, got.get_json()["code"]) == (409, "case_closed")
    chosen = api.post(f"{address}/reopen", manager, {"reason": "new_need", "process": "identification"})
    assert (chosen.status_code, list(chosen.get_json()["errors"])) == (422, ["process"]), "the case's own starts anew"
    assert api.post(f"{address}/reopen", manager, {"reason": "new_need"}).status_code == 201


def test_a_system_that_cannot_answer_says_when_to_come_again(api: Api) -> None:
    with api.app.test_request_context():
        got = answer(NotReady())
    assert (got.status_code, got.headers["Retry-After"]) == (503, "5")


def test_a_file_too_large_or_not_what_it_says(api: Api, case_id: str, manager: Actor) -> None:
    def attach(name: str, media_type: str, data: bytes) -> int:
        return api.call("POST", f"/cases/{case_id}/files", manager, data={
            "category": "process", "file": (BytesIO(data), name, media_type),
        }, content_type="multipart/form-data").status_code

    assert attach("words.txt", "text/plain", b"words") == 201
    assert attach("picture.png", "image/png", b"no picture") == 422
    assert attach("page.html", "text/html", b"<script>") == 422
    too_much = api.call(
        "POST", f"/cases/{case_id}/files", manager, content_type="multipart/form-data; boundary=x", data=b"--x",
        environ_overrides={"CONTENT_LENGTH": str(26 * 1024 * 1024)},
    )
    assert (too_much.status_code, too_much.get_json()["code"]) == (413, "too_large")


def test_a_file_comes_back_as_it_was_under_a_name_that_tells_nothing(
    api: Api, case_id: str, manager: Actor
) -> None:
    made = api.call("POST", f"/cases/{case_id}/files", manager, data={
        "category": "process", "file": (BytesIO(b"invented words"), "ana-invented.txt", "text/plain"),
    }, content_type="multipart/form-data").get_json()
    got = api.get(f"/files/{made['id']}", manager)
    assert got.data == b"invented words"
    assert "ana" not in got.headers["Content-Disposition"]
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_follow_one_another_without_gap_or_double(api: Api, manager: Actor) -> None:
    opened = {api.drive.open_case() for _ in range(7)}
    seen: list[str] = []
    after = ""
    while True:
        found = api.get(f"/cases?limit=3{after}", manager).get_json()
        seen += [line["id"] for line in found["items"]]
        if found["after"] is None:
            break
        after = f"&after={found['after']}"
    assert len(seen) == len(set(seen))
    assert set(seen) == opened


def test_the_search_before_opening_finds_and_leaves_an_entry(api: Api, manager: Actor) -> None:
    case_id = api.drive.open_case(answers={"given_name": "Ana", "family_name": "Invented"})
    names = {"person.given_name": "ána", "person.family_name": "INVENTED"}
    here = api.post("/cases/search", manager, {"names": names}).get_json()["items"]
    assert [one["case_id"] for one in here] == [case_id]
    elsewhere = api.drive.person("CM", "sa_midmar")
    there = api.post("/cases/search", elsewhere, {"names": names}).get_json()["items"]
    assert there == []
    assert api.post("/cases/search", elsewhere, {"names": {"person.sex": "f"}}).status_code == 422
    auditor = api.drive.person("AUD", "national_unit")
    acts = [one["act"] for one in api.get("/audit/installation", auditor).get_json()["items"]]
    assert acts.count("duplicates.searched") == 2
