"""The same key acts once and answers the same, whatever breaks in between: key, act, answer are one (goal:R6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from nrm.commands.forgetting import forget
from nrm.records.tables.account import Idempotency
from nrm.records.tables.case import Link
from nrm.records.tables.history import History
from nrm.records.tables.record import Note
from nrm.vocabulary.actor import Actor
from tests.api.acts import ACTS, REOPEN, make_scene
from tests.fault.agreement import disagreements
from tests.support.calling import Api

NOTE = {"category": "process", "text": "Invented words."}


@pytest.fixture
def manager(any_api: Api) -> Actor:
    """The case manager of the district."""
    return any_api.drive.person("CM", "sa_norvale")


@pytest.fixture
def case_id(any_api: Api) -> str:
    """A case that has just been opened, by somebody of another agency."""
    return any_api.drive.open_case()


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def entries(api: Api, chain: str, act: str, outcome: str = "ok") -> int:
    """How often an act stands in a history; ``note.added`` says its category as outcome."""
    wanted = select(func.count()).where(History.chain == chain, History.act == act, History.outcome == outcome)
    return int(api.drive.one(wanted)[0])


def kept(api: Api) -> int:
    return int(api.drive.one(select(func.count(Idempotency.key)))[0])


def test_the_same_key_acts_once_and_answers_the_same_bytes(any_api: Api, case_id: str, manager: Actor) -> None:
    api, address = any_api, f"/cases/{case_id}/notes"
    answers = [api.post(address, manager, NOTE, headers=key("k")) for _ in range(5)]
    assert {(got.status_code, got.data) for got in answers} == {(201, answers[0].data)}
    assert [got.headers.get("Idempotency-Replayed") for got in answers] == [None, *["true"] * 4]
    assert entries(api, case_id, "note.added", "process") == 1
    other = api.post(address, manager, {**NOTE, "text": "other"}, headers=key("k"))
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    colleague = api.drive.person("CM", "sa_norvale", 2)
    assert api.post(address, colleague, NOTE, headers=key("k")).data != answers[0].data


def test_every_act_on_a_case_its_task_and_its_record_is_done_once(any_api: Api) -> None:
    """Each act of the table, sent twice with one key: the second leaves nothing anywhere."""
    api = any_api
    scene = make_scene(api)
    holder = ("/tasks/{task}/reassign", "task", "COORD@sa_norvale", {"to_user_id": "fr-lantern-1", "reason": "absence"})
    in_turn = [*ACTS[:-2], ACTS[-1], ACTS[-2], REOPEN]
    in_turn.insert([path for path, *_ in ACTS].index("/tasks/{task}/help"), holder)
    for number, (path, _, who, body) in enumerate(in_turn):
        said = body(scene) if callable(body) else body
        first = scene.send(path, who, said, key(f"k{number}"))
        assert first.status_code in (200, 201), (path, first.data)
        left = api.drive.acts(scene.case_id), api.drive.case(scene.case_id).version
        again = scene.send(path, who, said, key(f"k{number}"))
        assert (again.status_code, again.data) == (first.status_code, first.data), path
        assert (api.drive.acts(scene.case_id), api.drive.case(scene.case_id).version) == left, path
    assert disagreements(api.drive, scene.case_id) == []


def test_a_whole_case_is_opened_once(any_api: Api) -> None:
    api = any_api
    opener = api.drive.person("FR", "lantern")
    answers = {"channel": "phone", "received": "2026-03-02T09:00", "caller_role": "self", "language": "en",
               "is_child": "no"}
    body = {"district": "norvale", "answers": answers}
    first, again = (api.post("/cases", opener, body, headers=key("k")) for _ in range(2))
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert api.drive.case(first.get_json()["case_id"]).code == first.get_json()["code"]
    assert len(api.get("/cases", opener).get_json()["items"]) == 1


REFUSED = [
    ("a body that is wrong", "/cases/{case}/notes", {"category": "process"}, 422),
    ("what one may not do", "/cases/{case}/close", {"reason": "duplicate"}, 403),
    ("what is not there", "/cases/nowhere/notes", NOTE, 404),
    ("a code of no case", "/cases/{case}/links", {"other_code": "ZZZ-ZZZZ", "kind": "family"}, 422),
]


@pytest.mark.parametrize(("what", "path", "body", "status"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_refused_request_frees_its_key(
    api: Api, what: str, path: str, body: dict[str, object], status: int
) -> None:
    case_id = api.drive.open_case()
    actor = api.drive.person("FR", "lantern") if status == 403 else api.drive.person("CM", "sa_norvale")
    got = api.post(path.format(case=case_id), actor, body, headers=key("k"))
    assert (got.status_code, kept(api)) == (status, 0), got.data
    manager = api.drive.person("CM", "sa_norvale")
    assert api.post(f"/cases/{case_id}/notes", manager, NOTE, headers=key("k")).status_code == 201


def test_what_a_refusal_leaves_stays_and_nothing_else(any_api: Api, case_id: str, manager: Actor) -> None:
    """The entry of a refusal and the draft of who came too late are committed though the act is undone."""
    api = any_api
    opener = api.drive.person("FR", "lantern")
    got = api.post(f"/cases/{case_id}/close", opener, {"reason": "duplicate"}, headers=key("k"))
    assert (got.status_code, entries(api, case_id, "case.close", "refused")) == (403, 1)
    task = api.drive.task(case_id, "record_safety")
    late = api.drive.person("FR", "lantern", 2)
    typed = {"answers": {"danger_now": "yes"}}
    got = api.post(f"/tasks/{task.id}/complete", late, typed, headers=key("k"))
    assert (got.status_code, got.get_json()["code"]) == (409, "task_taken")
    assert api.get(f"/tasks/{task.id}", late).get_json()["answers"] == typed["answers"]
    assert kept(api) == 0


def test_both_cases_of_a_link_or_neither(any_api: Api, case_id: str, manager: Actor) -> None:
    api = any_api
    other = api.drive.open_case()
    body = {"other_code": api.drive.case(other).code, "kind": "family"}
    for _ in range(2):
        assert api.post(f"/cases/{case_id}/links", manager, body, headers=key("k")).status_code == 201
    assert api.post(f"/cases/{case_id}/links", manager, body, headers=key("other")).status_code == 409
    assert len(api.drive.rows(select(Link))) == 2
    assert [entries(api, one, "case.linked", "family") for one in (case_id, other)] == [1, 1]


LOOKS = [
    ("searching", "/cases/search", {"names": {"person.given_name": "Ana"}}, "installation", "duplicates.searched"),
    ("opening names", "/cases/{case}/reveal", {"group": "identity"}, "{case}", "revealed"),
    ("checking", "/cases/{case}/history/check", {}, "{case}", "history.checked"),
]


@pytest.mark.parametrize(("what", "path", "body", "chain", "act"), LOOKS, ids=[one[0] for one in LOOKS])
def test_each_look_is_an_entry_and_its_answer_is_not_kept(
    api: Api, what: str, path: str, body: dict[str, object], chain: str, act: str
) -> None:
    """Else names could be had again a day after the right to see them ended, without an entry."""
    case_id = api.drive.open_case()
    manager = api.drive.person("CM", "sa_norvale")
    for _ in range(2):
        got = api.post(path.format(case=case_id), manager, body, headers=key("k"))
        assert got.status_code == 200
        assert "Idempotency-Replayed" not in got.headers
    assert len([one for one in api.drive.acts(chain.format(case=case_id)) if one == act]) == 2
    assert kept(api) == 0


def test_the_kept_answer_is_sealed(api: Api) -> None:
    case_id, manager = api.drive.open_case(), api.drive.person("CM", "sa_norvale")
    made = api.post(f"/cases/{case_id}/notes", manager, NOTE, headers=key("k"))
    sealed = api.drive.one(select(Idempotency.answer_sealed))[0]
    assert made.get_json()["id"].encode() not in sealed
    assert api.drive.one(select(Note.id))[0] == made.get_json()["id"]


@pytest.mark.parametrize("wrong", ["", "x" * 201])
def test_a_key_that_is_none(api: Api, wrong: str) -> None:
    got = api.post("/notices/read", api.drive.person("CM", "sa_norvale"), {}, headers=key(wrong))
    assert (got.status_code, list(got.get_json()["errors"])) == (422, ["Idempotency-Key"])


def test_after_a_day_the_answer_is_forgotten_and_the_key_is_free(any_api: Api, case_id: str, manager: Actor) -> None:
    api, address = any_api, f"/cases/{case_id}/notes"
    first = api.post(address, manager, NOTE, headers=key("k"))
    api.drive.clock.advance(timedelta(hours=23))
    forget(api.drive.system)
    assert api.post(address, manager, NOTE, headers=key("k")).data == first.data
    api.drive.clock.advance(timedelta(hours=1))
    assert forget(api.drive.system) > 0
    assert kept(api) == 0
    assert api.post(address, manager, NOTE, headers=key("k")).data != first.data
