"""Sessions end at once for what ends them, are renewed, and no form of another site or session acts (goal:S9).

What each unsafe address answers without a token, with a wrong one, somebody else's, or from another site is tried for
every form there is; a session of the pages opens nothing of the API, whose programs send a token of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.accounts import change_password, change_user, reset_password
from nrm.commands.invitations import accept_invitation, invite
from nrm.commands.recovery import approve_recovery, ask_recovery, finish_recovery
from nrm.commands.sessions import end_other_sessions
from nrm.deployment.settings import Mode, SecondFactor
from nrm.entrypoints.wsgi import make_app
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.history import History
from nrm.vocabulary.actor import SYSTEM
from nrm_web.blueprint import found_rules
from nrm_web.routing import Rule
from tests.support.goals import Reached
from tests.web.conftest import PASSWORD, Browser, Installation, hidden
from tests.web.test_security_pages import begins, code, sets_up

ANA = {"name": "Ana Invented", "agency_id": "sa_norvale", "roles": ["CM", "FR"], "unit_name": "casework"}
CHOSEN = "four other invented words"


def signs_out(installation: Installation, browser: Browser) -> None:
    browser.post("/sign-out")


def closes(installation: Installation, _: Browser) -> None:
    change_user(installation.system, SYSTEM, user_id="u-ana", status="disabled", **ANA)


def other_roles(installation: Installation, _: Browser) -> None:
    change_user(installation.system, SYSTEM, user_id="u-ana", **{**ANA, "roles": ["CM"]})


def other_password(installation: Installation, _: Browser) -> None:
    change_password(installation.system, installation.actors["ana"], old=PASSWORD, new=CHOSEN)


def first_password(installation: Installation, _: Browser) -> None:
    reset_password(installation.system, SYSTEM, user_id="u-ana")


def ends_all(installation: Installation, _: Browser) -> None:
    end_other_sessions(installation.system, installation.actors["ana"], token="")


def recovers(installation: Installation, _: Browser) -> None:
    system, actors = installation.system, installation.actors
    system.settings = replace(system.settings, recovery_wait=timedelta())
    ask_recovery(system, actors["cora"], user_id="u-ana")
    approve_recovery(system, actors["cyril"], user_id="u-ana")
    finish_recovery(system, actors["cora"], user_id="u-ana")


def accepts(installation: Installation, _: Browser) -> None:
    with installation.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == "u-ana", password_hash=None)
    token = invite(installation.system, SYSTEM, user_id="u-ana")
    accept_invitation(installation.system, token=token, password=CHOSEN, network="192.0.2.1")


def thirty_minutes(installation: Installation, _: Browser) -> None:
    installation.clock.advance(timedelta(minutes=30))


def twelve_hours(installation: Installation, browser: Browser) -> None:
    for _ in range(12 * 3):
        installation.clock.advance(timedelta(minutes=20))
        browser.client.get("/notices")


@pytest.mark.parametrize("what", [
    signs_out, closes, other_roles, other_password, first_password, ends_all, recovers, accepts, thirty_minutes,
    twelve_hours,
])
def test_the_next_request_finds_no_session(
    installation: Installation, what: Callable[[Installation, Browser], None]
) -> None:
    browser, other = installation.browser("ana"), installation.browser("bo")
    cookie = browser.client.get_cookie("nrm_session")
    assert cookie is not None
    what(installation, browser)
    thief = installation.browser()
    thief.client.set_cookie("nrm_session", cookie.value)
    assert thief.get("/tasks").location == "/sign-in?next=/tasks"
    if what not in (thirty_minutes, twelve_hours):
        assert other.get("/tasks").status_code == 200, "nobody else's ends"


# -- a new id for what has been proven anew ------------------------------------------------------------------------

PLANTED = "an-id-that-somebody-else-has-put-there"


def at_sign_in(installation: Installation) -> tuple[str, Browser]:
    browser = installation.browser()
    browser.client.set_cookie("nrm_session", PLANTED)
    return PLANTED, browser.sign_in("ana")


def at_the_next_sign_in(installation: Installation) -> tuple[str, Browser]:
    before = cookie_of(installation.browser("ana"))
    return before, installation.browser("ana")


def with_the_second_step(installation: Installation) -> tuple[str, Browser]:
    secret = sets_up(installation, installation.browser("ana"))
    browser = begins(installation)
    before = cookie_of(browser, "nrm_step")
    browser.post("/sign-in/factor", {"code": code(installation, secret)})
    return before, browser


def with_a_factor_that_is_set_up(installation: Installation) -> tuple[str, Browser]:
    browser = installation.browser("ana")
    before = cookie_of(browser)
    sets_up(installation, browser)
    return before, browser


def with_a_fresh_proof(installation: Installation) -> tuple[str, Browser]:
    browser = installation.browser("ana")
    before = cookie_of(browser)
    installation.clock.advance(timedelta(minutes=6))
    browser.get("/step-up?next=/tasks")
    assert browser.post("/step-up", {"password": PASSWORD, "_next": "/tasks"}).status_code == 303
    return before, browser


def with_other_roles(installation: Installation) -> tuple[str, Browser]:
    before = cookie_of(installation.browser("ana"))
    other_roles(installation, installation.browser())
    return before, installation.browser("ana")


def with_another_password(installation: Installation) -> tuple[str, Browser]:
    before = cookie_of(installation.browser("ana"))
    other_password(installation, installation.browser())
    return before, installation.browser().sign_in("ana", CHOSEN)


def cookie_of(browser: Browser, name: str = "nrm_session") -> str:
    """The value of a cookie that the browser keeps."""
    cookie = browser.client.get_cookie(name)
    assert cookie is not None
    return cookie.value


@pytest.mark.parametrize(("renewed", "before_goes_on"), [
    (at_sign_in, False), (at_the_next_sign_in, True), (with_the_second_step, False),
    (with_a_factor_that_is_set_up, False), (with_a_fresh_proof, False), (with_other_roles, False),
    (with_another_password, False),
])
def test_the_session_has_a_new_id(
    installation: Installation, renewed: Callable[[Installation], tuple[str, Browser]], before_goes_on: bool
) -> None:
    """Another browser's goes on; an id from before something was proven is good for nothing."""
    before, browser = renewed(installation)
    assert cookie_of(browser) != before
    assert browser.get("/tasks").status_code == 200
    thief = installation.browser()
    thief.client.set_cookie("nrm_session", before)
    assert (thief.get("/tasks").status_code == 200) is before_goes_on


def test_cookies_in_production_are_bound_to_the_host_and_to_tls(installation: Installation) -> None:
    installation.system.settings = replace(
        installation.system.settings, mode=Mode.PRODUCTION, second_factor=SecondFactor.OPTIONAL,
        base_url="https://nrm.velmara.example",
    )
    client = make_app(installation.system, with_api=False).test_client()
    page = client.get("/sign-in", base_url="https://nrm.velmara.example")
    token = hidden(page.get_data(as_text=True), "csrf_token")
    answers = [page] + [
        client.post(path, base_url="https://nrm.velmara.example", data={**form, "csrf_token": token})
        for path, form in (("/language", {"language": "ro"}), ("/sign-in", {"login": "ana", "password": PASSWORD}))
    ]
    assert answers[-1].status_code == 303
    cookies = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    names = {f"__Host-nrm{what}" for what in ("", "_device", "_before", "_language")}
    assert {line.split("=")[0] for line in cookies} == names
    for line in cookies:
        assert all(word in line for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/")), line
        assert "Domain" not in line


# -- every unsafe route × {none, wrong, somebody else's, of another site} ------------------------------------------


UNSAFE = sorted((rule for rule in found_rules().values() if "POST" in rule.methods), key=lambda rule: rule.path)


@pytest.mark.parametrize("how", ["none", "wrong", "of somebody else", "of another site", "of no origin"])
def test_no_form_acts_without_the_token_of_this_session(
    installation: Installation, how: str, reached: Reached
) -> None:
    browser, other = installation.browser("ana"), installation.browser("bo")
    token = {
        "none": "", "wrong": "x" * 43, "of somebody else": hidden(other.text, "csrf_token"),
    }.get(how, hidden(browser.text, "csrf_token"))
    headers = {"of another site": {"Origin": "https://elsewhere.example"}, "of no origin": {"Origin": "null"}}
    before = acts(installation)
    wrong = {
        rule.path: answer for rule in UNSAFE
        if (answer := send(browser, rule, token, headers.get(how, {}))) != 403
    }
    assert wrong == {}
    assert acts(installation) == before
    reached("S9", f"{len(UNSAFE)} forms with a token {how}: each 403, 0 acted")


def test_a_session_of_the_pages_opens_nothing_of_the_api(installation: Installation, reached: Reached) -> None:
    """So no other site can send a browser there: what a browser sends by itself is worth nothing."""
    app = make_app(installation.system)
    client = app.test_client()
    client.set_cookie("nrm_session", cookie_of(installation.browser("ana")))
    unsafe = sorted(
        (method, re.sub(r"<[^>]+>", "1", rule.rule)) for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"} if rule.rule.startswith("/api/")
    )
    before = acts(installation)
    opened = [one for one in unsafe if client.open(one[1], method=one[0], json={}).status_code not in (401, 404)]
    assert opened == []
    assert acts(installation) == before
    reached("S9", f"{len(unsafe)} writing routes of the API with the cookie of a session: 0 acted")


def send(browser: Browser, rule: Rule, token: str, headers: dict[str, str]) -> int:
    """Send a form, with ids that might be anything."""
    path = re.sub(r"<\w+>", "00000000-0000-4000-8000-000000000000", rule.path)
    data = {"csrf_token": token} if token else {}
    return browser.client.post(path, data=data, headers=headers).status_code


def acts(installation: Installation) -> int:
    """How many entries the installation's history has."""
    with installation.system.database.reader() as unit:
        return len(unit.conn.execute(select(History.id)).all())
