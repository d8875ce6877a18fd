"""Lines of the log: one each, with their time in UTC, for people or programs; refusals leave one (ASVS 16.2, 16.3)."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest

from nrm.deployment.settings import LogFormat
from nrm.entrypoints.logs import Lines
from nrm.entrypoints.server import written_like_ours
from nrm.entrypoints.wsgi import make_app
from tests.support.calling import Api, token_maker
from tests.support.driving import Drive

AT = datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)
FORGED = "quiet\n2026-03-02T09:00:00.000+00:00 ERROR nrm.web 1 forged"


def line(form: LogFormat, message: str, *, error: str | None = None) -> str:
    """The line of one record."""
    record = logging.LogRecord("nrm.web", logging.WARNING, "web.py", 1, "%s", (message,), None)
    record.created, record.process, record.exc_text = AT.timestamp(), 17, error
    return Lines(form).format(record)


def test_a_line_for_people() -> None:
    assert line(LogFormat.TEXT, "refused 429") == "2026-03-02T09:00:00.250+00:00 WARNING nrm.web 17 refused 429"


def test_a_line_for_programs() -> None:
    assert json.loads(line(LogFormat.JSON, "failed", error="ValueError\n  web.py:1 in f")) == {
        "at": "2026-03-02T09:00:00.250+00:00", "level": "WARNING", "logger": "nrm.web", "process": 17,
        "message": "failed\nValueError\n  web.py:1 in f",
    }


@pytest.mark.parametrize("form", list(LogFormat))
def test_what_is_logged_cannot_begin_a_line_of_its_own(form: LogFormat) -> None:
    first, *rest = line(form, FORGED).split("\n")
    assert "quiet" in first
    assert [one for one in rest if not one.startswith("  ")] == []


def test_the_servers_own_lines_are_written_like_ours() -> None:
    from gunicorn.config import Config

    log = written_like_ours(LogFormat.JSON)(Config())
    assert [type(one.formatter) for one in log.error_log.handlers] == [Lines]


@pytest.mark.parametrize(("method", "path", "said"), [
    ("POST", "/api/v1/cases/search", "refused 422 at api_cases."),
    ("POST", "/sign-in", "refused 403 at web.sign_in"),
    ("GET", "/api/v1/nothing", "refused 404 at api_rest.nowhere"),
    ("GET", "/nothing", "refused 404 at None"),
])
def test_a_refusal_leaves_a_line_with_how_and_where(
    drive: Drive, caplog: pytest.LogCaptureFixture, method: str, path: str, said: str
) -> None:
    caplog.set_level(logging.INFO, logger="nrm.web")
    api = Api(make_app(drive.system), drive, token_maker(drive))
    token = {"Authorization": f"Bearer {api.token_of(drive.person('CM', 'sa_norvale'))}"}
    api.app.test_client().open(path, method=method, headers=token, json={"canary": 1} if method == "POST" else None)
    assert [one.getMessage() for one in caplog.records if one.getMessage().startswith(said)]
    assert "canary" not in caplog.text


def test_what_is_answered_leaves_none(drive: Drive, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nrm.web")
    assert make_app(drive.system).test_client().get("/sign-in").status_code == 200
    assert caplog.records == []
