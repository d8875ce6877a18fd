"""The main pages of every kind of user: accessible, within their policy, and no wider than a desk or a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people.person import Person, Site
from tests.support.browser import assert_accessible, assert_no_sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CASE = "/cases/TRY-5555"
PAGES: dict[str, tuple[str, ...]] = {
    "ana": (
        "/tasks", "task:Check on safety", "/cases", "/cases/new", CASE, f"{CASE}/process", f"{CASE}/plan",
        f"{CASE}/timeline", f"{CASE}/consents", f"{CASE}/history", "/notices",
    ),
    "hana": ("/tasks", "/cases"),
    "lucia": ("/tasks", "task:Can you take this on?", "/cases/TRY-AAAA"),
    "clara": (
        "/deadlines", "/deadlines?state=all", "/deadlines/calendar", "/deadlines/trend", "/deadlines/future",
        f"{CASE}/clocks", f"{CASE}/future", f"{CASE}/proof-of-time", "/workers", "/incidents", "/service-gaps",
        "/processes", "/processes/needs_assessment",
    ),
    "otto": ("/audit", "/audit?code=TRY-5555&find=1", "/audit/cases/TRY-5555", "/audit/proof", "/exports"),
    "adam": ("/workers", "/users", "/users/new", "/agencies", "/password"),
    "": ("/sign-in", "/demo/"),
}
PHONE, DESK = 390, 1280
MORE_TABS = (f"{CASE}/team", f"{CASE}/records", f"{CASE}/notes", f"{CASE}/files", f"{CASE}/more")


def look_at(person: Person, path: str) -> None:
    """Open a page, by its address or by a task's name in the inbox, and wait for its picture."""
    kind, _, title = path.partition(":")
    if kind == "task":
        person.task_line(title, "TRY-").get_by_role("link", name=title, exact=True).click()
    else:
        assert person.go(path) == 200
    expect(person.page.locator("[data-nrm-viewer]:not([data-ready])")).to_have_count(0)


@pytest.mark.parametrize("login", PAGES)
def test_the_pages_are_accessible_and_fit_a_desk_and_a_phone(looked_at: Site, meet: Meet, login: str) -> None:
    person = meet(looked_at, login)
    wrong: list[str] = []
    for path in PAGES[login]:
        look_at(person, path)
        for width in (DESK, PHONE):
            person.page.set_viewport_size({"width": width, "height": 900})
            try:
                assert_no_sideways_scroll(person.page)
                assert_accessible(person.page)
            except AssertionError as found:
                wrong.append(f"{path} at {width}: {found}")
    assert not wrong, "\n".join(wrong)


def test_the_pages_read_from_right_to_left_in_arabic(looked_at: Site, meet: Meet) -> None:
    person = meet(looked_at, "ana", width=PHONE)
    person.go("/tasks")
    person.speaks("العربية")
    wrong: list[str] = []
    for path in ("/tasks", "/cases", CASE, f"{CASE}/process", f"{CASE}/plan", f"{CASE}/history"):
        look_at(person, path)
        assert person.page.locator("html").get_attribute("dir") == "rtl"
        for width in (PHONE, DESK):
            person.page.set_viewport_size({"width": width, "height": 900})
            try:
                assert_no_sideways_scroll(person.page)
                if width == DESK:
                    assert_accessible(person.page)
            except AssertionError as found:
                wrong.append(f"{path} at {width}: {found}")
    person.speaks("English")
    assert not wrong, "\n".join(wrong)


def test_the_other_tabs_of_a_case_fit_a_phone(looked_at: Site, meet: Meet) -> None:
    person = meet(looked_at, "ana", width=PHONE)
    for path in MORE_TABS:
        look_at(person, path)
        assert_no_sideways_scroll(person.page)
        assert_accessible(person.page)
