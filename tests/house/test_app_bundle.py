"""What the `app` bundle adds to pages that also work without it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.bundle_site import Site

pytestmark = pytest.mark.browser

DRAFT = (
    '<form method="post" action="/done" data-nrm-draft="/draft" data-every="5">'
    '<label for="a">Answer</label><input id="a" name="answer">'
    '<p role="status" data-nrm-draft-status data-saved="Kept" data-stale="Someone was first"></p></form>'
)


def fill_and_leave(page: Page, text: str) -> None:
    """Type, and ask for the draft to be kept now: the same call that the timer makes."""
    page.get_by_label("Answer").fill(text)
    page.locator("form").dispatch_event("nrm:save-draft")


def test_a_draft_is_kept_on_the_server(page: Page, site: Site) -> None:
    page.goto(site.page("/task", "app", DRAFT))
    fill_and_leave(page, "half an ans")
    expect(page.get_by_role("status")).to_have_text("Kept")
    path, form, headers = site.posted[-1]
    assert (path, form["answer"], headers["X-Csrf-Token"]) == ("/draft", "half an ans", "token-1")
    assert "half an ans" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_a_draft_of_a_task_that_is_gone_leaves_the_text_where_it_is(page: Page, site: Site) -> None:
    site.answers["/draft"] = (409, "application/json", "{}")
    page.goto(site.page("/task", "app", DRAFT))
    fill_and_leave(page, "my text")
    expect(page.get_by_role("status")).to_have_text("Someone was first")
    expect(page.get_by_label("Answer")).to_have_value("my text")


def test_what_is_revealed_hides_again(page: Page, site: Site) -> None:
    site.answers["/reveal"] = (200, "text/html", "<p>Ana Invented</p>")
    page.goto(
        site.page(
            "/case",
            "app",
            '<form method="post" action="/reveal" data-nrm-reveal data-target="identity">'
            '<input type="hidden" name="action" value="x">'
            '<button type="submit" aria-expanded="false" data-show="Show" data-hide="Hide">Show</button>'
            '</form><div id="identity" hidden></div>',
        )
    )
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Ana Invented")).to_be_visible()
    page.get_by_role("button", name="Hide").click()
    expect(page.locator("#identity")).to_be_empty()
    expect(page.get_by_role("button", name="Show")).to_have_attribute("aria-expanded", "false")


def test_quick_exit_leaves_nothing_behind(page: Page, site: Site) -> None:
    away = site.page("/weather", "app", "<p>Mild</p>")
    link = f'<a href="{away}" data-nrm-quick-exit data-sign-out="/sign-out">Leave</a>'
    page.goto(site.page("/case", "app", f"{link}<p>Private</p>"))
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/weather$"))
    expect(page.get_by_text("Private")).to_have_count(0)
    assert page.evaluate("history.length") <= 2
    assert site.posted[-1][0] == "/sign-out"
    assert site.posted[-1][1]["csrf_token"] == "token-1"
