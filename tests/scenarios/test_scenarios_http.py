"""Every scenario beside a shipped process holds over HTTP too: the same tables, the same expectations.

All against the application in this process on SQLite, a few on PostgreSQL, one on each database over a socket.
"""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import Client

from tests.scenarios.by_people import PeopleRun
from tests.scenarios.http_hands import HttpHands, misfits
from tests.scenarios.reading import Scenario, on_postgres, scenarios
from tests.support.driving import Drive, Installation

ALL = scenarios()
LINE = {"type": "object", "required": ["no"], "properties": {"no": {"type": "integer"}}}
SCHEMA = {"required": ["who"], "properties": {
    "who": {"type": "string", "enum": ["CM", "SUP"]}, "lines": {"type": "array", "items": LINE},
}}
TRAVELLING = next(s for s in ALL if s.name == "service_referral: accepted and delivered")


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_holds_over_http(scenario: Scenario, drive: Drive, application: Flask) -> None:
    PeopleRun(scenario, drive, HttpHands(drive, application)).play()


@pytest.mark.postgres
@pytest.mark.parametrize("scenario", on_postgres(ALL), ids=lambda scenario: scenario.name)
def test_holds_over_http_on_postgres(
    scenario: Scenario, postgres_installation: Installation, application: Flask
) -> None:
    drive = Drive(postgres_installation)
    PeopleRun(scenario, drive, HttpHands(drive, application)).play()


def test_holds_over_a_socket(any_drive: Drive, application: Flask, socket_client: Client) -> None:
    PeopleRun(TRAVELLING, any_drive, HttpHands(any_drive, application, socket_client)).play()


@pytest.mark.parametrize(("answers", "wrong"), [
    ({"who": "CM", "lines": [{"no": 1}]}, []),
    ({}, ["who is missing"]),
    ({"who": "CM", "why": ""}, ["why is unknown"]),
    ({"who": "POL"}, ["who: 'POL' is no option"]),
    ({"who": "CM", "lines": [{}]}, ["lines: no is missing"]),
])
def test_answers_that_do_not_fit_the_served_schema_are_noticed(answers: dict[str, object], wrong: list[str]) -> None:
    assert misfits(SCHEMA, answers) == wrong
