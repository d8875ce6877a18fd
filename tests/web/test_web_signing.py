"""Signing in and out, the first password, languages, and what every answer and every form carries."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest

from nrm.commands.accounts import create_user
from nrm.vocabulary.actor import Actor
from nrm_web.assets import Assets
from tests.support.requirements import lacking
from tests.web.conftest import PASSWORD, Installation, hidden

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types nrm default dompurify"
)


def test_who_is_not_signed_in_is_asked_to_and_then_goes_where_they_wanted(installation: Installation) -> None:
    browser = installation.browser()
    answer = browser.get("/cases")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/cases")
    browser.get("/sign-in?next=/cases")
    answer = browser.post("/sign-in", {"login": "ana", "password": PASSWORD, "_next": hidden(browser.text, "_next")})
    assert (answer.status_code, answer.location) == (303, "/cases")
    assert browser.get("/cases").status_code == 200


@pytest.mark.parametrize("path", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x"])
def test_nobody_is_sent_to_another_site_after_signing_in(installation: Installation, path: str) -> None:
    browser = installation.browser()
    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"login": "ana", "password": PASSWORD, "_next": path})
    assert answer.location == "/"


def test_a_wrong_password_and_an_unknown_name_read_the_same(installation: Installation) -> None:
    texts = []
    for login in ("ana", "nobody"):
        browser = installation.browser()
        browser.get("/sign-in")
        answer = browser.post("/sign-in", {"login": login, "password": "wrong"})
        assert answer.status_code == 401
        token = hidden(browser.text, "csrf_token")
        text = browser.text.replace(f'value="{login}"', "").replace(token, "")
        texts.append(re.sub(r'data-options="[^"]*"', "", text))
    assert "do not fit" in texts[0]
    assert texts[0] == texts[1]


def test_too_many_tries_are_answered_with_how_long_to_wait(installation: Installation) -> None:
    browser = installation.browser()
    for _ in range(11):
        browser.get("/sign-in")
        answer = browser.post("/sign-in", {"login": "ana", "password": "wrong"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "too many tries" in browser.text.lower()
    assert 'value="ana"' in browser.text


def test_signing_out_ends_the_session_and_clears_the_browser(installation: Installation) -> None:
    browser = installation.browser("ana")
    answer = browser.post("/sign-out")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.get("/tasks").status_code == 303


def test_a_first_password_has_to_be_changed_before_anything_else(installation: Installation) -> None:
    admin = Actor("u-cora", "sa_norvale", frozenset({"COORD"}))
    _, first = create_user(installation.system, admin, login="nu", name="Nu Invented", agency_id="sa_norvale",
                           roles=["CM"])
    browser = installation.browser()
    browser.get("/sign-in")
    browser.post("/sign-in", {"login": "nu", "password": first})
    assert browser.get("/tasks").location == "/password"
    browser.get("/password")
    assert "Choose your own password first" in browser.text
    answer = browser.post("/password", {"old": first, "new": "short", "again": "short"})
    assert answer.status_code == 422
    assert 'href="#q-new"' in browser.text
    answer = browser.post("/password", {"old": first, "new": "many words that are new", "again": "other"})
    assert "do not match" in browser.text
    answer = browser.post("/password", {"old": first, "new": "many words that are new",
                                        "again": "many words that are new"})
    assert answer.status_code == 303
    assert browser.get("/tasks").status_code == 303, "every session ends with the change"
    browser.sign_in("nu", "many words that are new")
    assert browser.get("/tasks").status_code == 200


HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def test_every_answer_carries_the_policy(installation: Installation) -> None:
    browser = installation.browser("ana")
    for path in ("/tasks", "/no/such/page", "/sign-in", "/users"):
        answer = browser.get(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path


def test_no_page_carries_style_or_script_of_its_own(installation: Installation) -> None:
    browser = installation.browser("ana")
    assert "style=" not in browser.get("/tasks").get_data(as_text=True)
    assert "<script>" not in browser.text


def test_the_session_cookie_is_out_of_reach(installation: Installation) -> None:
    browser = installation.browser()
    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"login": "ana", "password": PASSWORD})
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("nrm_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_form_without_the_token_does_nothing(installation: Installation, token: str) -> None:
    browser = installation.browser("ana")
    answer = browser.post("/language", {"language": "ro"}, token=token, who="")
    assert answer.status_code == 403
    assert 'lang="en"' in browser.get("/tasks").get_data(as_text=True)


@pytest.mark.parametrize("headers", [
    {"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
])
def test_a_form_from_another_site_does_nothing(installation: Installation, headers: dict[str, str]) -> None:
    browser = installation.browser("ana")
    assert browser.post("/language", {"language": "ro"}, headers=headers).status_code == 403


def test_the_language_stays_chosen(installation: Installation) -> None:
    browser = installation.browser("ana")
    browser.post("/language", {"language": "ar", "_back": "/tasks"})
    assert '<html lang="ar" dir="rtl"' in browser.get("/tasks").get_data(as_text=True)
    assert "مهامي" in browser.text
    again = installation.browser("ana")
    assert '<html lang="ar" dir="rtl"' in again.get("/tasks").get_data(as_text=True), "it is on the account"


def test_the_language_of_who_is_not_signed_in_is_kept_in_a_cookie(installation: Installation) -> None:
    browser = installation.browser()
    browser.get("/sign-in", headers={"Accept-Language": "ro-MD,en;q=0.5"})
    assert '<html lang="ro"' in browser.text
    browser.post("/language", {"language": "en", "_back": "/sign-in"})
    assert '<html lang="en"' in browser.get("/sign-in", headers={"Accept-Language": "ro"}).get_data(as_text=True)


def test_an_idle_session_ends(installation: Installation) -> None:
    browser = installation.browser("ana")
    installation.clock.advance(timedelta(minutes=29))
    assert browser.get("/tasks").status_code == 200
    installation.clock.advance(timedelta(minutes=31))
    assert browser.get("/tasks").status_code == 303


def test_a_body_that_is_too_large_is_refused_clearly(installation: Installation) -> None:
    browser = installation.browser("ana")
    answer = browser.post("/language", {"language": "ro", "more": "x" * (1024 * 1024 + 10)})
    assert answer.status_code == 413
    assert "This is too large" in browser.text


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "gzip"), ("br", None), ("gzip;q=0", None)])
def test_built_assets_leave_compressed_where_that_is_taken(
    installation: Installation, accepted: str, encoding: str | None
) -> None:
    address = Assets().styles(("app",))
    if not address:
        lacking("browser", "the front end is not built")
    answer = installation.browser().get(address[0], headers={"Accept-Encoding": accepted}, buffered=True)
    assert answer.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]
    data = gzip.decompress(answer.data) if encoding else answer.data
    assert b".nrm-top" in data


def test_pages_with_secrets_and_words_are_not_compressed(installation: Installation) -> None:
    answer = installation.browser("ana").get("/tasks", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
