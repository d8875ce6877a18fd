"""The head of a page on a phone: one row, a menu that needs no script, and the way out never covered."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Meet
from tests.browser.people.person import Site
from tests.support.browser import assert_accessible, assert_no_sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ONE_ROW = 60
"""Pixels: a button for a thumb, and a little air."""


def overlap(page: Page, one: str, other: str) -> bool:
    """Whether two parts of the page cover each other."""
    a, b = (page.locator(part).bounding_box() for part in (one, other))
    assert a is not None
    assert b is not None
    return not (a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
                or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"])


def test_the_menu_opens_and_closes_by_keyboard_without_script(looked_at: Site, meet: Meet) -> None:
    ana = meet(looked_at, "ana", width=390, java_script_enabled=False)
    page, keys = ana.page, ana.page.keyboard
    ana.go("/cases")
    first = page.get_by_role("navigation", name="Main menu").get_by_role("link", name="My tasks")
    expect(first).to_be_hidden()
    opens = page.get_by_role("button", name="Menu")
    opens.focus()
    keys.press("Enter")
    expect(first).to_be_visible()
    assert not overlap(page, "#main-menu", ".nrm-leave"), "leaving quickly stays in reach"
    keys.press("Tab")
    expect(first).to_be_focused()
    keys.press("Escape")
    expect(first).to_be_hidden()
    expect(opens).to_be_focused()


@pytest.mark.parametrize("language", ["English", "Română", "العربية"])
def test_the_head_is_one_row_in_every_language(looked_at: Site, meet: Meet, language: str) -> None:
    ana = meet(looked_at, "ana", width=390)
    ana.go("/tasks")
    ana.speaks(language)
    try:
        row = ana.page.locator(".nrm-top-row").bounding_box()
        assert row is not None
        assert row["height"] <= ONE_ROW
        assert_no_sideways_scroll(ana.page)
        ana.opens_menu()
        assert_accessible(ana.page)
        assert not overlap(ana.page, "#main-menu", ".nrm-leave")
        ana.page.keyboard.press("Escape")
    finally:
        ana.speaks("English")


def test_what_a_thumb_presses_is_large_enough(looked_at: Site, meet: Meet) -> None:
    ana = meet(looked_at, "ana", width=390)
    small = """(names) => [...document.querySelectorAll(names)]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
        .map((one) => one.textContent.trim() || one.outerHTML)"""
    pressed = "button:not(.nrm-unseen), summary, .ds-button, .nrm-tabs a, select, input:not([type=hidden])[type=text]"
    for path in ("/tasks", "/cases", "/cases/TRY-5555", "/cases/TRY-5555/consents", "/cases/TRY-5555/more"):
        ana.go(path)
        assert ana.page.evaluate(small, pressed) == [], path
