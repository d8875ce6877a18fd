"""A coordinator changes a decision table in the browser, checks it, and a second person sees what changed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from nrm.decisions.dmn import read_decisions
from nrm.diagrams.bundle import Bundle
from nrm.records.tables.bundle import BundleDraft
from tests.support.browser import NewContext, Troubles, assert_accessible, assert_no_sideways_scroll
from tests.web.conftest import PASSWORD, Installation, installation, installed  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PROCESS, TABLE = "case_analysis", "D-07_risk_level"
PATH = f"/decisions/{PROCESS}/{TABLE}"
MARK = re.compile(r"style-src-attr blocked inline on http://[^/]+/drafts/[\w-]+/tables/\S+ \(\)")
MARKS = 6
"""Inline styles of the bpmn.io mark in one editor: two in each of its three views."""
OWN_HEAD = "empty-table-header"
"""The editor leaves the corner above the numbers of its rules empty; the table in words below it does not."""


@pytest.fixture
def address(installation: Installation) -> Iterator[str]:  # noqa: F811
    """The installation, served."""
    server = make_server("127.0.0.1", 0, installation.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Page, address: str, login: str = "cora") -> None:
    """Sign in."""
    page.goto(f"{address}/sign-in")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def begin(page: Page, address: str) -> None:
    """Begin a change of the table from its page."""
    page.set_viewport_size({"width": 1400, "height": 950})
    page.goto(address + PATH)
    page.get_by_role("button", name="Change it").click()
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until the editor is there."""
    expect(page.locator("[data-nrm-canvas][data-ready]")).to_be_visible()


def cell(page: Page, text: str) -> None:
    """Go into a cell of the editor, by what stands in it, to its end."""
    page.locator("[data-nrm-canvas] td").filter(has_text=text).first.click()
    page.keyboard.press("End")


def draft(installation: Installation) -> Bundle:  # noqa: F811
    """The files of the draft."""
    with installation.system.database.reader() as unit:
        return Bundle.from_zip(unit.conn.execute(select(BundleDraft.files)).scalar_one())


@pytest.fixture
def mark(page: Page, troubles: Troubles) -> Iterator[None]:
    """Take out what the mark in the editor reports, and nothing else.

    The mark carries inline styles, which the policy drops (tables.css puts it in its place); its licence forbids
    changing the file.
    """
    opened: list[str] = []
    page.on("framenavigated", lambda frame: opened.append(frame.url))
    yield
    found = [one for one in troubles.violations if MARK.fullmatch(one)]
    assert len(found) <= MARKS * sum("/tables/" in url for url in opened)
    troubles.violations[:] = [one for one in troubles.violations if one not in found]


def rule(place: Page | Locator, number: int) -> Locator:
    """A rule of a table in words."""
    return place.get_by_role("row", name=re.compile(rf"^(Rule )?{number}\b"))


@pytest.mark.usefixtures("mark")
def test_what_is_typed_in_a_cell_is_checked_saved_and_there_again(
    page: Page, address: str, installation: Installation  # noqa: F811
) -> None:
    sign_in(page, address)
    begin(page, address)
    before = draft(installation).table(TABLE)
    cell(page, '"from_14"')
    page.keyboard.type(',"unknown"')
    page.get_by_role("button", name="Check", exact=True).click()
    proof = page.locator("[data-nrm-proof]")
    expect(proof).to_be_focused()
    expect(proof.get_by_text("Must be mended")).to_be_visible()
    expect(proof.get_by_role("row", name=re.compile("no profile is unknown and adds nothing"))).to_contain_text("Fails")
    assert draft(installation).table(TABLE) == before
    cell(page, '"higher"')
    page.keyboard.type(',"lower"')
    page.get_by_role("button", name="Save table").click()
    expect(page.get_by_text("The table is saved in the draft.")).to_be_visible()
    drawn(page)
    texts = [test.text for one in read_decisions(draft(installation).table(TABLE)).rules for test in one.tests]
    assert '"from_14","unknown"' in texts
    assert '"higher","lower"' in texts
    page.reload()
    drawn(page)
    expect(page.locator("[data-nrm-canvas] td.cell").filter(has_text='"from_14","unknown"')).to_be_visible()
    changed = page.get_by_role("group", name=re.compile("Cell by cell"))
    expect(changed.locator("del")).to_have_text(["was is higher", "was is from 14"])
    assert_accessible(page, ignore=(OWN_HEAD,))
    assert_no_sideways_scroll(page)


@pytest.mark.usefixtures("mark")
def test_a_changed_table_is_reviewed_published_and_compared(page: Page, address: str) -> None:
    sign_in(page, address)
    begin(page, address)
    cell(page, "Base high (D-07)")
    page.keyboard.type(", invented")
    page.get_by_role("button", name="Save table").click()
    expect(page.get_by_text("The table is saved in the draft.")).to_be_visible()
    page.goto(page.url.split("/tables/", maxsplit=1)[0])
    page.get_by_role("button", name="Save and ask for review").click()
    expect(page.get_by_text("waits for a second person")).to_be_visible()
    review = page.url.split("?", maxsplit=1)[0] + "/review"
    page.context.clear_cookies()
    sign_in(page, address, "cyril")
    page.goto(review)
    expect(page.get_by_role("group", name=re.compile("Cell by cell")).locator("ins")).to_contain_text("invented")
    expect(page.get_by_text("18 of 18 tests hold.")).to_be_visible()
    assert_accessible(page)
    page.get_by_text("Publish", exact=True).first.click()
    page.locator(".nrm-sure-body button").click()
    expect(page.get_by_text("The new version is published.")).to_be_visible()
    page.goto(address + PATH)
    page.get_by_role("link", name="Compare with version 1").click()
    expect(page.get_by_text("becomes Base high (D-07), invented")).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 800})
    assert_no_sideways_scroll(page)


@pytest.mark.usefixtures("mark")
def test_the_editor_is_worked_and_left_by_keyboard(page: Page, address: str) -> None:
    sign_in(page, address)
    begin(page, address)
    cell(page, '"from_14"')
    page.keyboard.type(',"unknown"')
    page.keyboard.press("Enter")
    expect(page.locator("[data-nrm-canvas] :focus")).to_have_text("-")  # the cell below
    page.keyboard.press("Control+a")
    page.keyboard.type('"below_14"')
    expect(page.locator("[data-nrm-canvas] td.cell").filter(has_text='"below_14"')).to_be_visible()
    save = page.get_by_role("button", name="Save table")
    for _ in range(120):
        page.keyboard.press("Tab")
        if save.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("The table is saved in the draft.")).to_be_visible()


@pytest.mark.usefixtures("mark")
def test_a_cell_that_cannot_be_read_stays_in_the_editor(page: Page, address: str) -> None:
    sign_in(page, address)
    begin(page, address)
    cell(page, '"from_14"')
    page.keyboard.type(" and")
    page.get_by_role("button", name="Save table").click()
    expect(page.get_by_role("alert").filter(has_text="Not saved")).to_be_focused()
    drawn(page)
    expect(page.locator("[data-nrm-canvas] td.cell").filter(has_text='"from_14" and')).to_be_visible()


def test_without_script_a_decision_is_tried_and_its_tests_are_changed(
    new_context: NewContext, address: str, installation: Installation  # noqa: F811
) -> None:
    page = new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}).new_page()
    sign_in(page, address)
    page.goto(address + PATH)
    page.get_by_label("Base risk level").select_option("high")
    page.get_by_role("button", name="See what comes of it").click()
    expect(page.locator("#result dd")).to_have_text("High")
    expect(rule(page, 4)).to_contain_text("Applies")
    page.get_by_role("button", name="Change it").click()
    page.get_by_label("The tests as text (YAML)").fill(
        "tests:\n- name: base high\n  given: {risk_base: high}\n  expect: {risk_level: high}\n"
    )
    page.get_by_role("button", name="Save tests").click()
    expect(page.get_by_text("1 of 1 tests hold.")).to_be_visible()
    assert len(draft(installation).file(f"tables/{TABLE}.tests.yaml")) < 100


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", ["/decisions?q=risk", PATH, f"{PATH}/compare?before=1&after=1"])
def test_decisions_are_accessible_and_fit_a_phone(page: Page, address: str, path: str, language: str) -> None:
    sign_in(page, address)
    with page.expect_navigation():
        page.locator(f"button[name=language][value={language}]").evaluate("one => one.form.requestSubmit(one)")
    page.goto(address + path)
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 800})
    assert_accessible(page)
    assert_no_sideways_scroll(page)
