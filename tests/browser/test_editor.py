"""A coordinator changes a process in the browser: what is drawn and typed is there again, and can be published."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from nrm.commands.publishing import publish_draft
from nrm.diagrams.bundle import Bundle
from nrm.records.tables.bundle import BundleDraft
from tests.support.browser import assert_accessible, assert_no_sideways_scroll
from tests.web.conftest import PASSWORD, Installation, installation, installed  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PROCESS = "identification"


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
    page.set_viewport_size({"width": 1400, "height": 950})
    page.goto(f"{address}/sign-in")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def begin(page: Page, address: str) -> None:
    """Begin a draft of a process."""
    page.goto(f"{address}/processes/{PROCESS}")
    page.get_by_role("button", name="Draft a change").click()
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until the picture is there."""
    expect(page.locator("[data-nrm-canvas][data-ready]")).to_be_visible()


def save(page: Page) -> None:
    """Save and come back to the page."""
    page.get_by_role("button", name="Save draft").first.click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    drawn(page)


def choose(page: Page, element: str) -> None:
    """Select a step through the list that says the same as the picture."""
    page.locator(f'button[data-nrm-element="{element}"]').click()
    expect(page.locator(f'.selected[data-element-id="{element}"]')).to_be_attached()


def draft(installation: Installation) -> tuple[str, Bundle]:  # noqa: F811
    """The draft's id and files."""
    with installation.system.database.reader() as unit:
        row = unit.conn.execute(select(BundleDraft.id, BundleDraft.files)).one()
    return row.id, Bundle.from_zip(row.files)


def test_a_changed_name_limit_and_length_are_there_after_saving_and_reloading(
    page: Page, address: str, installation: Installation  # noqa: F811
) -> None:
    sign_in(page, address)
    begin(page, address)
    choose(page, "explain_rights")
    page.get_by_label("Name", exact=True).fill("Explain rights slowly")
    page.locator("[data-nrm-panel]").get_by_label("Time limit", exact=True).select_option("T09")
    page.locator('[name="limit.T08.length"]').fill("7")
    save(page)
    expect(page.get_by_text("3 calendar days becomes 7 calendar days")).to_be_visible()
    page.reload()
    drawn(page)
    choose(page, "explain_rights")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Explain rights slowly")
    expect(page.locator("[data-nrm-panel]").get_by_label("Time limit", exact=True)).to_have_value("T09")
    expect(page.locator('[name="limit.T08.length"]')).to_have_value("7")
    expect(page.locator('[name="limit.T09.length"]')).to_be_visible()
    _, bundle = draft(installation)
    task = bundle.process().by_id["explain_rights"]
    assert (task.name, task.task.limit if task.task else "") == ("Explain rights slowly", "T09")
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_a_step_is_put_in_and_a_second_person_publishes_it(
    page: Page, address: str, installation: Installation  # noqa: F811
) -> None:
    sign_in(page, address)
    begin(page, address)
    _, bundle = draft(installation)
    wanted = next(flow.id for flow in bundle.process().flows if flow.source == "record_consent")
    flow = page.locator(f'.djs-element[data-element-id="{wanted}"]')
    page.locator('.djs-palette [data-action="create.task"]').click()
    box = flow.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(middle[0] - 30, middle[1] + 5)
    page.mouse.move(*middle, steps=5)
    page.mouse.click(*middle)
    page.keyboard.type("Offer a pause")
    page.keyboard.press("Enter")
    page.locator("[data-nrm-panel]").get_by_label("Form").select_option("F03_rights")
    page.locator("[data-nrm-panel]").get_by_label("Time limit", exact=True).select_option("T_explain")
    save(page)
    expect(page.locator('button[data-nrm-element="offer_a_pause"]')).to_be_visible()
    draft_id, bundle = draft(installation)
    process = bundle.process()
    assert process.by_id["offer_a_pause"].role == "CM"
    assert [f.source for f in process.incoming("offer_a_pause")] == ["record_consent"]
    assert len(process.outgoing("offer_a_pause")) == 1
    page.get_by_label("Why").fill("People asked for it")
    page.get_by_role("button", name="Save and ask for review").click()
    expect(page.get_by_text("waits for a second person")).to_be_visible()
    _, bundle = draft(installation)
    number = publish_draft(
        installation.system, installation.actors["cyril"], draft_id=draft_id, digest=bundle.digest,
    )
    assert number == 2


def test_the_reviewer_sees_both_pictures_and_what_changes(page: Page, address: str) -> None:
    sign_in(page, address)
    begin(page, address)
    page.locator('[name="limit.T08.length"]').fill("7")
    page.get_by_role("button", name="Save and ask for review").click()
    expect(page.get_by_text("waits for a second person")).to_be_visible()
    drawn(page)
    review = page.url.split("?", maxsplit=1)[0] + "/review"
    page.context.clear_cookies()
    sign_in(page, address, "cyril")
    page.goto(review)
    expect(page.locator("[data-nrm-viewer][data-ready]")).to_have_count(2)
    expect(page.locator(".nrm-badge-changed").first).to_be_attached()
    expect(page.locator("summary").filter(has_text="Publish")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)


@pytest.mark.parametrize(("login", "path"), [
    ("cora", "/deadlines"), ("cora", "/incidents"), ("cora", "/service-gaps"), ("cora", "/processes"),
    ("cora", f"/processes/{PROCESS}"), ("cora", "/users"), ("cora", "/users/u-ana"), ("cora", "/agencies"),
    ("cora", "/agencies/police"), ("ada", "/audit?find=1"), ("ada", "/audit/installation"),
])
def test_the_office_is_accessible_and_fits_a_phone(page: Page, address: str, login: str, path: str) -> None:
    sign_in(page, address, login)
    page.goto(address + path)
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 800})
    assert_no_sideways_scroll(page)
