"""People who act over HTTP: a token, JSON in, JSON out; problem documents come back as the project's errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, select

import nrm_api
from nrm.records.tables.account import ApiToken
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import NrmError
from nrm.wiring.secrets import token_hash
from nrm_api.signing import EXTENSION
from tests.scenarios.hands import Page
from tests.support.driving import START, Drive

PREFIX = "/api/v1"


class HttpHands:
    """The API of an installation; after every reload it serves the new system, which remembers nothing."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self._app = Flask("nrm_api")
        self._app.testing = True
        nrm_api.register(self._app, drive.system)

    def open_case(self, actor: Actor, district: str, answers: Mapping[str, object]) -> str:
        return str(self._call(actor, "POST", "/cases", {"district": district, "answers": answers})["case_id"])

    def open_task(self, actor: Actor, task_id: str) -> Page:
        found = self._call(actor, "GET", f"/tasks/{task_id}")
        return Page(found["version"], found["separated"])

    def complete(self, actor: Actor, task_id: str, answers: Mapping[str, object], version: int) -> None:
        self._call(actor, "POST", f"/tasks/{task_id}/complete", {"answers": answers, "seen_version": version})

    def start_run(self, actor: Actor, case_id: str, process: str) -> None:
        self._call(actor, "POST", f"/cases/{case_id}/runs", {"process": process})

    def withdraw(self, actor: Actor, case_id: str, consent_id: str) -> None:
        self._call(actor, "POST", f"/consents/{consent_id}/withdraw", {})

    def read(self, actor: Actor, case_id: str) -> None:
        self._call(actor, "GET", f"/cases/{case_id}")

    def reopen(self, actor: Actor, case_id: str, reason: str) -> None:
        self._call(actor, "POST", f"/cases/{case_id}/reopen", {"reason": reason})

    def _call(self, actor: Actor, method: str, path: str, body: object = None) -> Any:
        """Send one request; NrmError with the problem's code where it was refused."""
        sent = {"Authorization": f"Bearer {self._token(actor)}"}
        more: dict[str, Any] = {} if body is None else {"json": body}
        self._app.extensions[EXTENSION] = self.drive.system
        answer = self._app.test_client().open(PREFIX + path, method=method, headers=sent, **more)
        found = answer.get_json()
        if answer.status_code < 400:
            return found
        assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)[:500]
        raise NrmError(found.get("detail", ""), code=found["code"], fields=found.get("errors"))

    def _token(self, actor: Actor) -> str:
        """A token of the person's account, as ``nrm token create`` makes them."""
        token = f"token-of-{actor.user_id}"
        known = select(ApiToken.id).where(ApiToken.user_id == actor.user_id)
        if not self.drive.rows(known):
            with self.drive.system.database.unit(SYSTEM) as unit:
                unit.conn.execute(insert(ApiToken), [{
                    "id": f"t-{actor.user_id}", "user_id": actor.user_id, "token_hash": token_hash(token),
                    "created_at": START, "expires_at": START + timedelta(days=366), "revoked_at": None,
                }])
        return token
