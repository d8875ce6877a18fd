"""A year of a calendar in the browser: reachable by everybody, on a desk and on a phone; what moves is seen first."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people.person import Site
from tests.support.browser import axe_violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_reachable_and_fit(looked_at: Site, meet: Meet, width: int) -> None:
    page = meet(looked_at, "nora", width=width).page
    for address in ("/calendars", "/calendars/norvale", "/calendars/velmara/edit?day=2020-01-01",
                    "/calendars/velmara/edit?day=2026-05-20&change=free&name=Bridge+day"):
        page.goto(looked_at.address + address)
        assert axe_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_day_is_added_and_leads_from_the_month_to_its_line(worked_in: Site, meet: Meet) -> None:
    page = meet(worked_in, "nora", java_script_enabled=False).page
    page.goto(f"{worked_in.address}/calendars/velmara")
    page.get_by_label("Day", exact=True).fill("2026-05-20")
    page.get_by_label("Free: it does not count").check()
    page.get_by_label("Name").fill("Bridge day")
    page.get_by_role("button", name="Show what moves").click()
    expect(page.get_by_role("heading", name="Due dates that move")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("The calendar is saved.")
    page.get_by_role("table", name="May").get_by_role("link", name="20").click()
    assert page.url.endswith("#day-2026-05-20")
