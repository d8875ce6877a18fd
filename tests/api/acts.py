"""One case at its beginning, and every act of the API on it, its task and its record, with who may do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from werkzeug.test import TestResponse

from nrm.vocabulary.actor import Actor
from tests.support.calling import Api
from tests.support.filling import fill

Body = dict[str, Any] | Callable[["Scene"], dict[str, Any]]


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

    def send(self, path: str, who: str, body: Body, headers: Mapping[str, str]) -> TestResponse:
        """Send an act; a body with a file goes as a form."""
        said = body(self) if callable(body) else body
        if "file" in said:
            sent = {**said, "file": (BytesIO(b"words"), "words.txt", "text/plain")}
            return self.api.call("POST", self.address(path), self.person(who), data=sent, headers=headers,
                                 content_type="multipart/form-data")
        return self.api.post(self.address(path), self.person(who), said, headers=headers)

    def tag(self, thing: str, who: str) -> dict[str, str]:
        """The version of a task, case or record as its reader sees it."""
        path = {"task": "/tasks/{task}", "case": "/cases/{case}", "record": "/records/{record}"}[thing]
        return {"If-Match": self.api.get(self.address(path), self.person(who)).headers["ETag"]}


def make_scene(api: Api) -> Scene:
    """Open a case."""
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


HOLDER, MANAGER = "FR@lantern", "CM@sa_norvale"
OVERRIDE = {"recipient": "police", "purpose": "police", "categories": ["identity"], "basis": "court_order",
            "reason": "words"}
ACTS: list[tuple[str, str, str, Body]] = [
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
    ("/cases/{case}/consents/withdraw", "case", MANAGER, {"purposes": ["interview"]}),
    ("/cases/{case}/overrides", "case", MANAGER, OVERRIDE),
    ("/cases/{case}/links", "case", MANAGER,
     lambda scene: {"other_code": scene.api.drive.case(scene.api.drive.open_case()).code, "kind": "family"}),
    ("/cases/{case}/close", "case", MANAGER, {"reason": "duplicate"}),
    ("/records/{record}/correct", "record", MANAGER, the_record_again),
]
REOPEN: tuple[str, str, str, Body] = ("/cases/{case}/reopen", "case", MANAGER, {"reason": "new_need"})
"""Needs a case that is closed."""
