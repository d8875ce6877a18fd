"""Serves an installation from processes of its own, and real clients with tokens to send requests there."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from nrm.records.grants import ACCOUNT, TOKEN
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.wiring.secrets import token_hash
from tests.fault.shaking import PATIENCE_S, Worker
from tests.support.driving import START, Drive, Installation

MOST_TRIES = 100


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    replayed: bool

    @property
    def json(self) -> Any:
        """The body as JSON says it."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """A program with a token, somewhere on the network."""

    port: int
    token: str

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request on a connection of its own. Raises OSError or HTTPException where the server is gone."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **(headers or {})}
        try:
            line.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), sent)
            got = line.getresponse()
            return Answer(got.status, got.read(), got.headers.get("Idempotency-Replayed") == "true")
        finally:
            line.close()

    def insist(self, path: str, body: object, key: str) -> Answer:
        """Post with a key until told what became of it, as the document says one may."""
        for _ in range(MOST_TRIES):
            got = self.send("POST", path, body, {"Idempotency-Key": key})
            if got.status != 503 and not (got.status == 409 and got.json["code"] == "in_flight"):
                return got
        raise AssertionError("no answer")


@contextmanager
def served(installation: Installation, processes: int) -> Iterator[int]:
    """Serve as ``nrm serve`` does, with so many processes; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with Worker(installation, "serve", START, str(port), str(processes)) as server:
        server.ready()
        _wait_until_it_answers(server, port)
        try:
            yield port
        finally:
            server.process.terminate()
            server.process.join(PATIENCE_S)


@contextmanager
def served_until_it_dies(installation: Installation) -> Iterator[int]:
    """Serve from one process that dies where a request's ``X-Test-Die`` says: ``before`` or ``after`` the commit."""
    with Worker(installation, "serve_until_dead", START) as server:
        server.ready()
        yield int(server.next())


def people(drive: Drive, role: str, agency_id: str, many: int) -> list[tuple[Actor, str]]:
    """Invent so many more people of a role, each with a token."""
    unit_name = drive.person(role, agency_id).unit
    found = [
        Actor(f"{role.lower()}-many-{number}", agency_id, frozenset({role}), unit_name) for number in range(many)
    ]
    accounts = [
        {"id": one.user_id, "login": one.user_id, "name": f"{one.user_id} Invented", "email": None,
         "agency_id": agency_id, "unit": unit_name, "roles": [role], "supervisor_id": None, "password_hash": None,
         "language": "en", "status": "active", "must_change": False, "created_at": START}
        for one in found
    ]
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.add(unit, accounts)
    return [(one, token_of(drive, one)) for one in found]


def token_of(drive: Drive, actor: Actor) -> str:
    """Make a token for somebody."""
    token = f"token-of-{actor.user_id}"
    with drive.system.database.unit(SYSTEM) as unit:
        TOKEN.add(unit, [{
            "id": f"t-{actor.user_id}"[:36], "user_id": actor.user_id, "token_hash": token_hash(token),
            "created_at": START, "expires_at": None, "revoked_at": None,
        }])
    return token


def _wait_until_it_answers(server: Worker, port: int) -> None:
    for _ in range(10 * PATIENCE_S):
        with suppress(OSError, http.client.HTTPException):
            if Client(port, "").send("GET", "/health").status == 200:
                return
        server.process.join(0.1)  # a real process takes its time; returns at once if it ended
        assert server.process.is_alive(), "the server ended"
    raise AssertionError("the server does not answer")
