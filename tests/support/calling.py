"""Calls the API as a program does: a person's token, JSON in, JSON out; in this process, or over a socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.middleware.http_proxy import ProxyMiddleware
from werkzeug.serving import make_server
from werkzeug.test import Client, TestResponse

from nrm.records.grants import TOKEN
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.wiring.secrets import token_hash
from tests.support.driving import START, Drive
from tests.support.granting import grant

PREFIX = "/api/v1"


@dataclass
class Api:
    """The served API of one installation."""

    app: Flask
    drive: Drive
    token_of: Callable[[Actor], str]
    headers: dict[str, str] = field(default_factory=dict)
    client: Client | None = None
    """How requests travel; None: straight into the application."""

    def call(
        self, method: str, path: str, by: Actor | None = None, body: object = None, *,
        headers: Mapping[str, str] | None = None, **more: Any,
    ) -> TestResponse:
        """Send one request; ``by`` None is a stranger without a token."""
        sent = dict(headers or {})
        if by is not None:
            sent["Authorization"] = f"Bearer {self.token_of(by)}"
        if body is not None:
            more["json"] = body
        address = path if path.startswith(PREFIX) else f"{PREFIX}{path}"
        return (self.client or self.app.test_client()).open(address, method=method, headers=sent, **more)

    def get(self, path: str, by: Actor | None, **more: Any) -> TestResponse:
        """Send a GET."""
        return self.call("GET", path, by, **more)

    def post(self, path: str, by: Actor | None, body: object = None, **more: Any) -> TestResponse:
        """Send a POST; without a body an empty object."""
        return self.call("POST", path, by, {} if body is None else body, **more)


def token_maker(drive: Drive) -> Callable[[Actor], str]:
    """Return a function that gives a person's token, made when it is first asked for."""
    made: dict[str, str] = {}

    def token_of(actor: Actor) -> str:
        if actor.user_id not in made:
            made[actor.user_id] = f"token-of-{actor.user_id}"
            with drive.system.database.unit(SYSTEM) as unit:
                grant(unit, TOKEN, [{
                    "id": f"t-{actor.user_id}", "user_id": actor.user_id,
                    "token_hash": token_hash(made[actor.user_id]), "created_at": START, "expires_at": None,
                    "revoked_at": None,
                }])
        return made[actor.user_id]

    return token_of


@contextmanager
def over_a_socket(app: Flask) -> Iterator[Client]:
    """Serve an application on a free port; yields a client whose requests really travel there."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Client(ProxyMiddleware(app, {"/": {"target": f"http://127.0.0.1:{server.server_port}/"}}))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
