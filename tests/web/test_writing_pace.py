"""Who sends forms without pause is told to wait; reading goes on, and so does everybody else (ASVS 2.4.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nrm.wiring.pace import Pace
from tests.web.conftest import Installation

MOST = 5


@pytest.fixture
def paced(installation: Installation) -> Installation:
    """An installation in which an account writes five times a minute at most."""
    installation.system.settings = replace(installation.system.settings, writes_per_minute=MOST)
    installation.system.pace = Pace()
    return installation


def test_the_sixth_form_of_a_minute_waits_for_the_next(paced: Installation) -> None:
    browser, other = paced.browser("ana"), paced.browser("bo")
    sent = [browser.post("/language", {"language": "en"}).status_code for _ in range(MOST)]
    assert sent == [303] * MOST
    paced.clock.advance(timedelta(seconds=20))
    answer = browser.post("/language", {"language": "ro"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
    assert "Wait a minute." in browser.text
    assert 'lang="en"' in browser.get("/tasks").get_data(as_text=True), "reading goes on; nothing was written"
    assert other.post("/language", {"language": "ro"}).status_code == 303, "and so does everybody else"
    paced.clock.advance(timedelta(seconds=40))
    assert browser.post("/language", {"language": "ro"}).status_code == 303


def test_forms_that_are_refused_before_do_not_count(paced: Installation) -> None:
    browser = paced.browser("ana")
    for _ in range(2 * MOST):
        assert browser.post("/language", {"language": "ro"}, token="of another site", who="").status_code == 403
    browser.get("/tasks")
    assert browser.post("/language", {"language": "ro"}).status_code == 303
