"""Who asks, and under which name: only our own proxies are believed, and production answers to its own name only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import request

from nrm.deployment.settings import Mode
from nrm.entrypoints.wsgi import make_app
from tests.support.driving import Drive

PEER, STRANGER, VISITOR = "192.0.2.1", "198.51.100.7", "203.0.113.9"


@pytest.mark.parametrize(("proxies", "told", "believed"), [
    (0, f"{VISITOR}", PEER),
    (1, f"{VISITOR}", VISITOR),
    (1, f"{STRANGER}, {VISITOR}", VISITOR),
    (2, f"{STRANGER}, {VISITOR}, {PEER}", VISITOR),
    (1, "", PEER),
])
def test_only_as_many_addresses_are_believed_as_there_are_proxies_of_ours(
    drive: Drive, proxies: int, told: str, believed: str
) -> None:
    app = make_app(replace(drive.system, settings=replace(drive.system.settings, trusted_proxies=proxies)))
    app.add_url_rule("/static/who", "who", lambda: request.remote_addr or "")
    answer = app.test_client().get(
        "/static/who", headers={"X-Forwarded-For": told}, environ_overrides={"REMOTE_ADDR": PEER},
    )
    assert answer.get_data(as_text=True) == believed


@pytest.mark.parametrize(("host", "status"), [
    ("nrm.example", 200), ("nrm.example:8000", 200), ("elsewhere.example", 400), ("nrm.example.elsewhere.example", 400),
])
def test_production_answers_to_its_own_name(drive: Drive, host: str, status: int) -> None:
    settings = replace(drive.system.settings, mode=Mode.PRODUCTION, base_url="https://nrm.example")
    client = make_app(replace(drive.system, settings=settings)).test_client()
    for path in ("/sign-in", "/api/v1/openapi.json"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == status
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_demo_answers_to_every_name(drive: Drive) -> None:
    assert make_app(drive.system).test_client().get("/sign-in", headers={"Host": "any.example"}).status_code == 200


def test_a_name_that_a_stranger_forwards_is_not_ours(drive: Drive) -> None:
    settings = replace(drive.system.settings, mode=Mode.PRODUCTION, base_url="https://nrm.example", trusted_proxies=1)
    client = make_app(replace(drive.system, settings=settings)).test_client()
    asked = {"Host": "elsewhere.example", "X-Forwarded-Host": "nrm.example"}
    assert client.get("/sign-in", headers=asked).status_code == 400
