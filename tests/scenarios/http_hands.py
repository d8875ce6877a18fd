"""People who act over HTTP: a token, JSON in, JSON out; problem documents come back as the project's errors.

They work as a client does: the coordinator looks the task up on the pages of the case; who has it finds it in their
own inbox, claims it, reads its form, and sends the answers with the version they have seen and a key that says the
request is new. What becomes of it is read over the API too, but for the facts that only a run knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

from nrm.records.facts import as_fact
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NrmError
from nrm_api.signing import EXTENSION
from tests.scenarios.hands import Page
from tests.scenarios.playing import Seen
from tests.support.calling import Api, token_maker
from tests.support.driving import Drive

Json = dict[str, Any]
PAGE = 100


class HttpHands:
    """The API of an installation: one server that lives as long as the table."""

    def __init__(self, drive: Drive, app: Flask, client: Client | None = None) -> None:
        self.drive = drive
        self._api = Api(app, drive, token_maker(drive), client=client)
        self._sent = count(1)
        self._page: Json = {}
        app.extensions[EXTENSION] = drive.system

    # acting

    def open_case(self, actor: Actor, district: str, answers: Mapping[str, object]) -> str:
        form = self._get(actor, "/cases/opening-form")
        assert misfits(form["schema"], answers) == []
        return str(self._post(actor, "/cases", {"district": district, "answers": answers})["case_id"])

    def find_task(self, case_id: str, run_id: str, element: str) -> str:
        """On the page of the case last looked at."""
        found = [line for line in self._page["tasks"] if (line["run_id"], line["element"]) == (run_id, element)]
        assert found, f"{element} is not open"
        return str(min(found, key=lambda line: (line["opened_at"], line["id"]))["id"])

    def open_task(self, actor: Actor, task_id: str) -> Page:
        found = self._get(actor, f"/tasks/{task_id}")
        queue = "mine" if found["assignee_id"] == actor.user_id else "claimable"
        listed = self._get(actor, f"/tasks?queue={queue}&process={found['process']}&limit={PAGE}")["items"]
        assert task_id in [line["id"] for line in listed], f"not in the queue {queue}"
        return Page(found["version"], found["role"], found["separated"], found["answers"])

    def complete(self, actor: Actor, task_id: str, answers: Mapping[str, object], version: int) -> None:
        self._post(actor, f"/tasks/{task_id}/claim", {}, f'"{version}"')
        answer = self._answer("GET", f"/tasks/{task_id}", actor)
        looked = self._post(actor, f"/tasks/{task_id}/preview", {"answers": answers})
        assert misfits(answer.get_json()["form"]["schema"], looked["answers"]) == []
        sent = {"answers": looked["answers"], "late_reason": "workload"}
        self._post(actor, f"/tasks/{task_id}/complete", sent, answer.headers["ETag"])

    def start_run(self, actor: Actor, case_id: str, process: str) -> str:
        return str(self._post(actor, f"/cases/{case_id}/runs", {"process": process})["id"])

    def withdraw(self, actor: Actor, case_id: str, consent_id: str) -> None:
        self._post(actor, f"/consents/{consent_id}/withdraw", {})

    def read(self, actor: Actor, case_id: str) -> None:
        self._get(actor, f"/cases/{case_id}")

    def reopen(self, actor: Actor, case_id: str, reason: str) -> None:
        self._post(actor, f"/cases/{case_id}/reopen", {"reason": reason})

    # looking

    def look(self, case_id: str, run_id: str, after: int) -> Seen:
        """What the coordinator of the case sees on its pages, and keeps open until the next act."""
        view = self._get(self._coordinator, f"/cases/{case_id}/process?run={run_id}")
        page = self._page = self._get(self._coordinator, f"/cases/{case_id}")
        run, processes = view["run"], [run["process"] for run in view["runs"]]
        shown = [badge["element"] for badge in view["badges"] for _ in range(badge["open"])]
        return Seen(
            open=[*shown, *(one["element"] for one in view["awaits"] if one["attached_to"])],
            ended=run["outcome"] if run["status"] == "ended" else None,
            acted=[
                entry["object"].removeprefix("action:") for entry in self._history(case_id, after)
                if entry["act"] == "action.carried_out" and entry["bundle"] == run["bundle"]
            ],
            # The page shows the facts of the case; what only the run knows stands in the tables alone.
            facts={
                **self.drive.facts(case_id, run_id), **{fact["name"]: as_fact(fact["value"]) for fact in page["facts"]},
            },
            incidents=page["open_incidents"], has_twin=processes.count(run["process"]) > 1,
        )

    def _history(self, case_id: str, after: int) -> Iterator[Json]:
        before = ""
        while True:
            page = self._get(self._coordinator, f"/cases/{case_id}/history?limit={PAGE}{before}")
            yield from (entry for entry in page["entries"] if entry["seq"] > after)
            if page["before_seq"] is None or page["before_seq"] <= after + 1:
                return
            before = f"&before_seq={page['before_seq']}"

    def rest(self) -> None:
        """The server goes on; that nothing depends on its memory is shown by the commands."""

    # sending

    @property
    def _coordinator(self) -> Actor:
        return self.drive.person("COORD")

    def _get(self, actor: Actor, path: str) -> Json:
        found: Json = self._answer("GET", path, actor).get_json()
        return found

    def _post(self, actor: Actor, path: str, body: object, version: str | None = None) -> Json:
        headers = {"Idempotency-Key": f"act-{next(self._sent)}"} | ({"If-Match": version} if version else {})
        found: Json = self._answer("POST", path, actor, body, headers=headers).get_json()
        return found

    def _answer(self, method: str, path: str, actor: Actor, body: object = None, **more: Any) -> TestResponse:
        """Send one request; NrmError with the problem's code where it was refused."""
        answer = self._api.call(method, path, actor, body, **more)
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)[:500]
            found = answer.get_json()
            raise NrmError(found.get("detail", ""), code=found["code"], fields=found.get("errors"))
        return answer


def misfits(schema: Json, answers: Mapping[str, object]) -> list[str]:
    """Say where answers do not fit a form's schema: unknown, missing, not among the options; in its rows too."""
    asked = schema["properties"]
    found = [f"{key} is unknown" for key in answers.keys() - asked.keys()]
    found += [f"{key} is missing" for key in set(schema.get("required", ())) - answers.keys()]
    for key in answers.keys() & asked.keys():
        found += [f"{key}: {wrong}" for wrong in _misfits(asked[key], answers[key])]
    return found


def _misfits(asked: Json, answer: Any) -> Sequence[str]:
    if asked.get("type") == "array":
        return [wrong for one in answer for wrong in _misfits(asked["items"], one)]
    if asked.get("type") == "object":
        return misfits(asked, answer)
    return [f"{answer!r} is no option"] if "enum" in asked and answer not in asked["enum"] else []
