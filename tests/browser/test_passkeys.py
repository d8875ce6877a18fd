"""Passkeys in Chromium, with an authenticator that Chromium invents: made, used to sign in and to step up (goal:S9)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from nrm.records.tables.factor import Factor
from tests.support.browser import assert_accessible, assert_no_sideways_scroll
from tests.web.conftest import PASSWORD, Installation, installation, installed  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}


@pytest.fixture
def address(installation: Installation) -> Iterator[str]:  # noqa: F811
    """The installation, served under a name: passkeys are not for bare addresses."""
    server = make_server("127.0.0.1", 0, installation.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ana(page: Page, address: str) -> Page:
    """The case manager's window, whose machine has an authenticator."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, address)
    return page


def sign_in(page: Page, address: str, path: str = "") -> None:
    """Type name and password."""
    page.goto(f"{address}/sign-in{path}")
    page.locator("input[name=login]").fill("ana")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()


def makes_a_passkey(page: Page, address: str) -> None:
    """Make a passkey on the page for it."""
    page.goto(f"{address}/security")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    expect(page.get_by_text("needs a browser with scripts")).to_be_hidden()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("row", name="Work laptop")).to_be_visible()


def test_a_passkey_is_made_and_signs_in(ana: Page, address: str, installation: Installation) -> None:  # noqa: F811
    makes_a_passkey(ana, address)
    with installation.system.database.reader() as unit:
        made = unit.conn.execute(select(Factor)).one()
    assert (made.kind, made.name, made.secret_sealed) == ("passkey", "Work laptop", None)
    ana.context.clear_cookies()
    sign_in(ana, address, "?next=/cases")
    expect(ana.get_by_role("heading", name="Second step")).to_be_visible()
    assert_accessible(ana)
    ana.get_by_role("button", name="Use the passkey").click()
    ana.wait_for_url(f"{address}/cases")


def test_a_passkey_alone_signs_in_and_names_who_it_is(ana: Page, address: str) -> None:
    makes_a_passkey(ana, address)
    ana.context.clear_cookies()
    ana.goto(f"{address}/sign-in?next=/cases")
    assert_accessible(ana)
    expect(ana.get_by_text("needs a browser with scripts")).to_be_hidden()
    ana.get_by_role("button", name="Sign in with a passkey").click()
    ana.wait_for_url(f"{address}/cases")


def test_a_passkey_steps_up_and_nothing_typed_is_lost(
    ana: Page, address: str, installation: Installation  # noqa: F811
) -> None:
    makes_a_passkey(ana, address)
    installation.clock.advance(timedelta(minutes=6))
    ana.get_by_role("button", name="Add an authenticator app").click()
    expect(ana.get_by_role("heading", name="Show once more that it is you")).to_be_visible()
    assert_accessible(ana)
    ana.get_by_role("button", name="Use the passkey").click()
    ana.get_by_role("button", name="Send it now").click()
    expect(ana.get_by_role("heading", name="Authenticator app")).to_be_visible()


def test_an_answer_is_taken_once(ana: Page, address: str, installation: Installation) -> None:  # noqa: F811
    makes_a_passkey(ana, address)
    ana.context.clear_cookies()
    sign_in(ana, address)
    answers: list[str] = []
    ana.on("request", lambda sent: answers.append(sent.post_data or "") if sent.url.endswith("/factor") else None)
    ana.get_by_role("button", name="Use the passkey").click()
    expect(ana.get_by_role("heading", name="Second step")).to_have_count(0)
    ana.context.clear_cookies()
    sign_in(ana, address)
    form = ana.locator("form[data-nrm-passkey]")
    form.locator("input[name=passkey]").evaluate("(field, text) => { field.value = text }",
                                                 parse_qs(answers[0])["passkey"][0])
    form.evaluate("form => form.submit()")
    expect(ana.get_by_role("alert")).to_contain_text("does not fit")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_accessible_and_fit(ana: Page, address: str, width: int) -> None:
    ana.set_viewport_size({"width": width, "height": 900})
    makes_a_passkey(ana, address)
    for press in ("", "Add an authenticator app"):
        if press:
            ana.get_by_role("button", name=press).click()
            expect(ana.get_by_role("heading", name="Authenticator app")).to_be_visible()
        assert_no_sideways_scroll(ana)
        assert_accessible(ana)
