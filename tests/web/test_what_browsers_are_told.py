"""What an auditor of the web looks for: headers, methods, folders, password fields, passwords as typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.entrypoints.wsgi import make_app
from nrm.records.tables.history import History
from nrm.wiring.secrets import CHEAP_PASSWORDS
from tests.web.conftest import PASSWORD, Installation

PAGES = ("/sign-in", "/notices", "/no-such-page")


@pytest.mark.parametrize(("address", "is_said"), [("https://nrm.example", True), ("", False)])
def test_behind_tls_browsers_keep_to_it_for_a_year(installation: Installation, address: str, *, is_said: bool) -> None:
    """ASVS 3.4.1."""
    installation.system.settings = replace(installation.system.settings, base_url=address)
    client = make_app(installation.system, with_api=False).test_client()
    for page in PAGES:
        found = client.get(page, base_url=address or "http://localhost").headers.get("Strict-Transport-Security", "")
        assert ("max-age=31536000" in found and "includeSubDomains" in found) is is_said, page


def test_no_other_site_may_read_an_answer(installation: Installation) -> None:
    """ASVS 3.4.2: not even where one asks to."""
    asking = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for page in PAGES:
        for answer in (installation.browser("ana").get(page, headers=asking),
                       installation.browser().client.options(page, headers=asking)):
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_no_request_is_echoed_and_no_folder_listed(installation: Installation) -> None:
    """ASVS 13.4.3, 13.4.4."""
    browser = installation.browser("ana")
    for page in PAGES:
        answer = browser.client.open(page, method="TRACE", headers={"X-Invented": "echo-me"})
        assert answer.status_code in (404, 405)
        assert b"echo-me" not in answer.data
    for folder in ("/static/", "/static/dist/", "/static/dist/assets/", "/static/..", "/.git/config"):
        assert browser.get(folder).status_code == 404


def test_every_answer_says_how_it_is_written(installation: Installation) -> None:
    """ASVS 4.1.1."""
    browser = installation.browser("ana")
    for page in ("/sign-in", "/notices", "/no-such-page"):
        assert browser.get(page).headers["Content-Type"] == "text/html; charset=utf-8"


def test_passwords_are_fields_that_hide_and_that_managers_fill(installation: Installation) -> None:
    """ASVS 6.2.6, 6.2.7: nothing on the page keeps anybody from pasting."""
    browser = installation.browser()
    text = browser.get("/sign-in").get_data(as_text=True)
    assert 'type="password"' in text
    assert 'autocomplete="current-password"' in text
    assert "onpaste" not in text
    signed_in = installation.browser("ana").get("/password").get_data(as_text=True)
    assert signed_in.count('type="password"') == 3
    assert signed_in.count('autocomplete="new-password"') == 2


@pytest.mark.parametrize("typed", [PASSWORD.upper(), PASSWORD + " ", " " + PASSWORD, PASSWORD[:-1], PASSWORD + "x"])
def test_a_password_counts_as_it_was_typed(installation: Installation, typed: str) -> None:
    """ASVS 6.2.8."""
    browser = installation.browser()
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"login": "ana", "password": typed}).status_code != 303


def test_no_letter_of_a_long_password_is_left_out() -> None:
    """ASVS 6.2.8, 6.2.9: the hundred-and-twenty-eighth counts like the first."""
    long = "a" * 127 + "b"
    stored = CHEAP_PASSWORDS.hash(long)
    assert CHEAP_PASSWORDS.matches(stored, long)
    assert not CHEAP_PASSWORDS.matches(stored, "a" * 128)
    assert not CHEAP_PASSWORDS.matches(stored, "a" * 127)


def test_a_password_does_not_end_by_itself(installation: Installation) -> None:
    """ASVS 6.2.10."""
    installation.clock.advance(timedelta(days=3 * 366))
    assert installation.browser("ana").get("/notices").status_code == 200


def test_a_password_is_changed_by_who_knows_it(installation: Installation) -> None:
    """ASVS 6.2.3."""
    browser = installation.browser("ana")
    browser.get("/password")
    new = "four other invented words"
    assert browser.post("/password", {"old": "not it", "new": new, "again": new}).status_code == 422
    installation.browser("ana")


def test_a_sign_in_that_fails_is_entered_with_the_account_it_was_tried_at(installation: Installation) -> None:
    """ASVS 16.3.1."""
    browser = installation.browser()
    for login in ("ana", "nobody.at.all"):
        browser.get("/sign-in")
        assert browser.post("/sign-in", {"login": login, "password": "wrong"}).status_code == 401
    with installation.system.database.reader() as unit:
        told = unit.conn.execute(select(History.object, History.outcome).where(History.act == "sign_in.refused")).all()
    assert [tuple(one) for one in told] == [("user:u-ana", "refused"), ("account:unknown", "refused")]


@pytest.mark.parametrize("page", ["/tasks", "/cases", "/notices", "/security", "/password", "/no-such-page"])
def test_every_page_has_the_way_out(installation: Installation, page: str) -> None:
    """ASVS 7.4.4."""
    assert 'action="/sign-out"' in installation.browser("ana").get(page).get_data(as_text=True)
