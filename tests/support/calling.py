"""Calls the API as a program does: a person's token, JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from nrm.vocabulary.actor import Actor
from tests.support.driving import Drive

PREFIX = "/api/v1"


@dataclass
class Api:
    """The served API of one installation."""

    app: Flask
    drive: Drive
    token_of: Callable[[Actor], str]
    headers: dict[str, str] = field(default_factory=dict)

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
        return self.app.test_client().open(address, method=method, headers=sent, **more)

    def get(self, path: str, by: Actor | None, **more: Any) -> TestResponse:
        """Send a GET."""
        return self.call("GET", path, by, **more)

    def post(self, path: str, by: Actor | None, body: object = None, **more: Any) -> TestResponse:
        """Send a POST; without a body an empty object."""
        return self.call("POST", path, by, {} if body is None else body, **more)
