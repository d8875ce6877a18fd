"""Two-step sign-in, one's own security page, step-up and invitations, seen without script (goal:S9)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pyotp
import pytest

from nrm.commands.accounts import create_user
from nrm.deployment.settings import SecondFactor
from nrm.vocabulary.actor import SYSTEM
from nrm_web.blueprint import found_rules
from tests.web.conftest import PASSWORD, Browser, Installation, hidden

CHOSEN = "four other invented words"
STEP = timedelta(seconds=30)
WORDS = "Words that were typed."


@pytest.fixture
def required(installation: Installation) -> Installation:
    """An installation in which everybody needs a second factor."""
    installation.system.settings = replace(installation.system.settings, second_factor=SecondFactor.REQUIRED)
    return installation


def secret_on(browser: Browser) -> str:
    """The key on the page that sets an app up."""
    found = re.search(r'class="nrm-secret nrm-key"[^>]*>([A-Z2-7 ]+)<', browser.text)
    assert found
    return found[1].replace(" ", "")


def code(installation: Installation, secret: str) -> str:
    return pyotp.TOTP(secret).at(installation.clock.now())


def sets_up(installation: Installation, browser: Browser) -> str:
    """Set an app up; return its secret."""
    browser.get("/security")
    browser.post("/security/app")
    browser.get("/security/app")
    secret = secret_on(browser)
    answer = browser.post("/security/app/confirm", {"code": code(installation, secret), "name": "Work phone"})
    assert answer.status_code == 303, browser.text[-2000:]
    browser.get("/security")
    assert "Work phone" in browser.text
    installation.clock.advance(STEP)
    return secret


def begins(installation: Installation, **more: str) -> Browser:
    """Sign in with the password, up to the second step."""
    browser = installation.browser()
    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"login": "ana", "password": PASSWORD, **more})
    assert answer.status_code == 200
    assert "Second step" in browser.text
    return browser


def test_signing_in_takes_a_second_step_once_an_app_is_set_up(installation: Installation) -> None:
    secret = sets_up(installation, installation.browser("ana"))
    browser = begins(installation, _next="/cases")
    assert browser.client.get("/tasks").location == "/sign-in?next=/tasks"
    browser.post("/sign-in/factor", {"code": "000000", "_next": "/cases"})
    assert "does not fit" in browser.text
    assert hidden(browser.text, "_next") == "/cases"
    answer = browser.post("/sign-in/factor", {"code": code(installation, secret), "_next": "/cases"})
    assert (answer.status_code, answer.location) == (303, "/cases")
    assert browser.get("/cases").status_code == 200
    assert browser.client.get_cookie("nrm_step") is None


def test_the_session_has_a_new_id_after_the_second_step(installation: Installation) -> None:
    browser = installation.browser("ana")
    before = browser.client.get_cookie("nrm_session")
    sets_up(installation, browser)
    after = browser.client.get_cookie("nrm_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_a_second_step_that_took_too_long_begins_again(installation: Installation) -> None:
    secret = sets_up(installation, installation.browser("ana"))
    browser = begins(installation)
    installation.clock.advance(timedelta(minutes=6))
    answer = browser.post("/sign-in/factor", {"code": code(installation, secret)})
    assert answer.status_code == 401
    assert "took too long" in browser.text


def test_what_was_typed_goes_on_through_both_steps(installation: Installation) -> None:
    code_of_case = installation.open_case("ana").code
    browser = installation.browser("ana")
    secret = sets_up(installation, browser)
    browser.get(f"/cases/{code_of_case}/notes")
    installation.clock.advance(timedelta(minutes=45))
    browser.post(f"/cases/{code_of_case}/notes", {"category": "process", "text": WORDS})
    browser.post("/sign-in", {"login": "ana", "password": PASSWORD, "_kept": hidden(browser.text, "_kept")})
    browser.post("/sign-in/factor", {"code": code(installation, secret), "_kept": hidden(browser.text, "_kept")})
    assert WORDS in browser.text
    assert f'action="/cases/{code_of_case}/notes"' in browser.text


def test_the_picture_stands_in_the_page_and_keeps_the_policy(installation: Installation) -> None:
    browser = installation.browser("ana")
    browser.get("/security")
    browser.post("/security/app")
    browser.get("/security/app")
    assert "<svg" in browser.text
    assert "style=" not in browser.text
    assert "<img" not in browser.text
    assert secret_on(browser) in unescape(browser.text)


def test_a_wrong_first_code_keeps_the_key_and_what_was_typed(installation: Installation) -> None:
    browser = installation.browser("ana")
    browser.get("/security")
    browser.post("/security/app")
    browser.get("/security/app")
    secret = secret_on(browser)
    answer = browser.post("/security/app/confirm", {"code": "000000", "name": "Work phone"})
    assert answer.status_code == 422
    assert 'href="#q-code"' in browser.text
    assert secret_on(browser) == secret
    assert 'value="Work phone"' in browser.text


def test_where_it_is_required_everybody_is_led_to_it_first(required: Installation) -> None:
    browser = required.browser()
    browser.get("/sign-in")
    browser.post("/sign-in", {"login": "ana", "password": PASSWORD})
    for path in ("/tasks", "/cases", "/", "/notices"):
        assert browser.get(path).location == "/security"
    browser.get("/security")
    assert "Set up a second step first" in browser.text
    sets_up(required, browser)
    assert browser.get("/tasks").status_code == 200


# -- sessions ------------------------------------------------------------------------------------------------------


AGENTS = {
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Chrome": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Edge": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
    "Safari": "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile Safari/604.1",
}


def test_sessions_are_listed_by_the_family_of_the_browser_and_ended(installation: Installation) -> None:
    browsers = []
    for agent in AGENTS.values():
        browser = installation.browser()
        browser.client.environ_base["HTTP_USER_AGENT"] = agent
        browsers.append(browser.sign_in("ana"))
    here = browsers[0]
    here.get("/security")
    assert all(name in here.text for name in AGENTS)
    assert "140" not in here.text
    first = re.findall(r'action="(/security/sessions/[0-9a-f]{16}/end)"', here.text)
    assert len(first) == 3
    assert here.post(first[0]).status_code == 303
    here.get("/security")
    assert here.post("/security/sessions/end-others").status_code == 303
    assert [one.client.get("/tasks").status_code for one in browsers] == [200, 303, 303, 303]


def test_nobody_ends_the_session_of_somebody_else(installation: Installation) -> None:
    one, other = installation.browser("ana"), installation.browser("ana")
    one.get("/security")
    ending = re.findall(r'action="(/security/sessions/[0-9a-f]{16}/end)"', one.text)[0]
    stranger = installation.browser("bo")
    stranger.get("/security")
    assert stranger.post(ending).status_code == 404
    assert other.get("/tasks").status_code == 200


# -- step-up -------------------------------------------------------------------------------------------------------


FRESH = {
    "user_create", "user_change", "user_password", "user_invite", "recovery_ask", "recovery_approve",
    "recovery_finish", "api_token_create", "draft_publish", "process_withdraw", "deadlines_export", "audit_export",
    "second_person", "security_app", "security_app_begin", "security_app_confirm", "security_passkey_begin",
    "security_passkey_add", "security_factor_remove",
}
"""Pages of which nobody may forget that they ask for a fresh proof."""


def test_what_weighs_much_asks_for_a_fresh_proof() -> None:
    assert {name for name, rule in found_rules().items() if rule.fresh} >= FRESH


def test_a_stale_session_is_asked_once_more_and_nothing_typed_is_lost(installation: Installation) -> None:
    create_user(installation.system, SYSTEM, login="adm", name="Adam Invented", agency_id="national_unit",
                roles=["ADMIN"], password=PASSWORD)
    admin = installation.browser("adm")
    admin.get("/api-tokens")
    installation.clock.advance(timedelta(minutes=6))
    answer = admin.post("/api-tokens", {"login": "ana", "days": "30"})
    assert answer.status_code == 403
    assert "Show once more that it is you" in admin.text
    kept = hidden(admin.text, "_kept")
    answer = admin.post("/step-up", {"password": "wrong", "_kept": kept})
    assert answer.status_code == 422
    assert 'href="#q-password"' in admin.text
    admin.post("/step-up", {"password": PASSWORD, "_kept": hidden(admin.text, "_kept")})
    assert [hidden(admin.text, name) for name in ("login", "days")] == ["ana", "30"]
    form = admin.text[admin.text.index('action="/api-tokens"'):]
    made = admin.post("/api-tokens", {"login": "ana", "days": "30", "_key": hidden(form, "_key")})
    assert made.status_code == 201
    assert admin.client.get("/security/app").location == "/security", "for five minutes it is not asked again"


def test_a_page_that_asks_for_a_proof_is_gone_to_after_it(installation: Installation) -> None:
    browser = installation.browser("ana")
    browser.get("/security")
    browser.post("/security/app")
    installation.clock.advance(timedelta(minutes=6))
    answer = browser.get("/security/app")
    assert answer.location == "/step-up?next=/security/app"
    browser.get(answer.location)
    answer = browser.post("/step-up", {"password": PASSWORD, "_next": hidden(browser.text, "_next")})
    assert answer.location == "/security/app"


def test_our_scripts_are_told_in_their_own_way(installation: Installation) -> None:
    browser = installation.browser("ana")
    browser.get("/security")
    installation.clock.advance(timedelta(minutes=6))
    answer = browser.post("/security/app", headers={"X-Requested-With": "nrm"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "step_up_required")


# -- invitations and recoveries ------------------------------------------------------------------------------------


NEW = {"login": "new.colleague", "name": "New Invented", "agency_id": "sa_norvale", "roles": "CM",
       "unit_name": "casework", "language": "en", "first": "link"}


def link_on(browser: Browser) -> str:
    """The link on the page that shows it once."""
    found = re.search(r'nrm-link-once"[^>]*>http://localhost(/welcome/[\w-]+)<', browser.text)
    assert found, browser.text[-3000:]
    return found[1]


def test_who_is_invited_chooses_a_password_and_is_in(required: Installation) -> None:
    admin = required.browser()
    admin.get("/sign-in")
    admin.post("/sign-in", {"login": "cora", "password": PASSWORD})
    sets_up(required, admin)
    admin.get("/users/new?agency=sa_norvale")
    assert "First sign-in" not in admin.text, "there is no other way"
    assert admin.post("/users/new", NEW).status_code == 201
    link = link_on(admin)
    newcomer = required.browser()
    assert newcomer.get(link).status_code == 200
    newcomer.post(link, {"new": CHOSEN, "again": "other"})
    assert "do not match" in newcomer.text
    answer = newcomer.post(link, {"new": CHOSEN, "again": CHOSEN})
    assert answer.location == "/security"
    sets_up(required, newcomer)
    assert newcomer.get("/tasks").status_code == 200
    assert required.browser().get(link).status_code == 404


def test_links_that_are_not_there_look_alike(installation: Installation) -> None:
    cora = installation.browser("cora")
    cora.get("/users/new?agency=sa_norvale")
    cora.post("/users/new", NEW)
    link = link_on(cora)
    newcomer = installation.browser()
    newcomer.get(link)
    newcomer.post(link, {"new": CHOSEN, "again": CHOSEN})
    seen = []
    for path in (link, "/welcome/x", "/welcome/" + "x" * 43):
        answer = installation.browser().get(path)
        text = re.sub(r'(name="csrf_token" value|csrf-token" content)="[^"]*"', "", answer.get_data(as_text=True))
        seen.append((answer.status_code, text.replace(path, ""), sorted(answer.headers.keys())))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == 404


def test_two_administrators_recover_an_account_on_its_page(installation: Installation) -> None:
    one, two = installation.browser("cora"), installation.browser("cyril")
    page = "/users/u-ana"
    one.get(page)
    assert one.post(f"{page}/recovery").status_code == 303
    one.get(page)
    assert "Another administrator has to approve it." in one.text
    assert one.post(f"{page}/recovery/approve").status_code == 403
    two.get(page)
    assert "Asked by Cora Invented" in two.text
    assert two.post(f"{page}/recovery/approve").status_code == 303
    owner = installation.browser("ana")
    owner.get("/security")
    assert "Your account is being recovered" in owner.text
    installation.clock.advance(timedelta(hours=24))
    again = installation.browser("cyril")
    again.get(page)
    assert again.post(f"{page}/recovery/finish").status_code == 201
    back = installation.browser()
    link = link_on(again)
    back.get(link)
    assert back.post(link, {"new": CHOSEN, "again": CHOSEN}).status_code == 303


def test_the_owner_stops_a_recovery(installation: Installation) -> None:
    one = installation.browser("cora")
    one.get("/users/u-ana")
    one.post("/users/u-ana/recovery")
    owner = installation.browser("ana")
    assert "asked to recover your account" in owner.text, "the first page is that of the notices"
    owner.get("/security")
    assert owner.post("/security/recovery/stop").status_code == 303
    one.get("/users/u-ana")
    assert "Ask for a recovery" in one.text
