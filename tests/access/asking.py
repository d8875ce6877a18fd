"""Asks a route as somebody: well, with rubbish, and for what does not exist; both surfaces answer alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from werkzeug.test import TestResponse

from nrm.vocabulary.actor import Actor
from tests.access.stage import CSRF, Stage
from tests.access.table import ANSWERED, Row
from tests.access.ways import Way, file_of
from tests.access.what_is_sent import BODIES, FORMS, RUBBISH, WITH_FILE

PREFIX = {"api": "/api/v1", "pages": ""}
REFUSED = (401, 403, 404)
SENT_WRONGLY = (409, 412, 422)


@dataclass(frozen=True)
class Got:
    """An answer. ``body`` has the address that was asked for taken out."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_answered(self) -> bool:
        """Whether access stood in the way of nothing."""
        return self.status in SENT_WRONGLY or 200 <= self.status < 400

    def fits(self, expected: int) -> bool:
        """Whether it is the answer the table names."""
        return self.is_answered if expected == ANSWERED else self.status == expected


def ask(
    stage: Stage, row: Row, actor: Actor | None, *, rubbish: bool = False, missing: bool = False,
    way: Way | None = None,
) -> Got:
    """Ask a route of the table; ``missing``: for a case there is not; ``way``: so that it succeeds."""
    address = stage.address(row.path, missing=missing, own=way.of if way else None)
    sent = _sent(row, rubbish=rubbish)
    if way:
        sent = _this_way(row, sent, way)
    answer = send(stage, row.surface, row.method, address, actor, **sent)
    body = answer.get_data().replace((PREFIX[row.surface] + address).encode(), b"")
    answer.close()
    return Got(answer.status_code, dict(answer.headers), body)


def send(
    stage: Stage, surface: str, method: str, address: str, actor: Actor | None, **more: Any
) -> TestResponse:
    """Send one request as somebody: as their program, or from their browser with the form's token."""
    client, headers = stage.app.test_client(), {}
    if actor is not None and surface == "api":
        headers["Authorization"] = f"Bearer token-{actor.user_id}"
    elif actor is not None:
        client.set_cookie("nrm_session", f"session-{actor.user_id}")
    if surface == "pages" and method == "POST":
        more["data"] = {"csrf_token": CSRF, **more.get("data", {})}
    return client.open(PREFIX[surface] + address, method=method, headers=headers, **more)


def _this_way(row: Row, sent: dict[str, Any], way: Way) -> dict[str, Any]:
    """What a way says, beside what is always sent."""
    if way.asks:
        return {"query_string": way.asks}
    if way.file:
        return {"data": {**way.says, **file_of(way)}, "content_type": "multipart/form-data"}
    part = "json" if row.surface == "api" else "data"
    return {**sent, part: {**sent[part], **way.says}} if part in sent else sent


def _sent(row: Row, *, rubbish: bool) -> dict[str, Any]:
    """What the request says besides its address."""
    if not row.writes:
        return {"query_string": {"rubbish": "nobody asked"}} if rubbish else {}
    if row.route in WITH_FILE:
        file = {} if rubbish else {"file": (BytesIO(b"plain words"), "words.txt", "text/plain")}
        beside = {} if rubbish else WITH_FILE[row.route]
        return {"data": {**beside, **file}, "content_type": "multipart/form-data"}
    if row.surface == "pages":
        return {"data": {} if rubbish else FORMS.get(row.route, {})}
    return {"json": RUBBISH if rubbish else BODIES[row.route]}
