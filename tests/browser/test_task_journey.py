"""A task from claiming to completing: with no script at all, with it, with the keyboard alone; and leaving quickly."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Meet
from tests.browser.people.person import Site
from tests.support.browser import assert_no_sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TITLE, CODE = "Check on safety", "TRY-2222"
CALM = {"danger_now": "no", "urgent_care_needed": "no", "is_child": "no", "shelter_wanted": "no"}
WORDS = "A locked door, she says"


def choose(page: Page, name: str, value: str) -> None:
    """Press the label of an answer, as people do."""
    page.locator(f'label[for="{page.locator(f"[name={name}][value={value}]").get_attribute("id")}"]').click()


def test_without_script_a_task_is_claimed_mended_drafted_and_completed(worked_in: Site, meet: Meet) -> None:
    ana = meet(worked_in, "ana", width=390, java_script_enabled=False)
    page = ana.page
    ana.open_task(TITLE, CODE)
    claim_button = page.get_by_role("button", name="Claim", exact=True)
    if claim_button.count():
        claim_button.click()
        ana.sees("The task is yours now.")
    choose(page, "can_leave", "no")
    page.get_by_label("What would help most right now?").fill(WORDS)
    ana.press("Complete")
    summary = page.locator("#errors")
    expect(summary).to_have_attribute("tabindex", "-1")
    expect(summary).to_have_attribute("role", "alert")
    expect(page).to_have_title(re.compile("^Attention: Task"))
    summary.get_by_role("link").first.click()
    target = page.url.partition("#")[2]
    expect(page.locator(f"#{target}")).to_be_in_viewport()
    expect(page.get_by_label("What would help most right now?")).to_have_value(WORDS)
    expect(page.locator('[name="can_leave"][value="no"]')).to_be_checked()

    ana.press("Show what follows from these answers")
    page.get_by_label("What makes leaving hard").fill("The papers are with them")
    ana.press("Save draft")
    ana.sees("Your draft is saved.")

    ana.open_task(TITLE, CODE)
    ana.sees("This is your draft. Nobody else sees it.")
    expect(page.get_by_label("What makes leaving hard")).to_have_value("The papers are with them")
    for name, value in CALM.items():
        choose(page, name, value)
    ana.press("Complete")
    ana.sees(f"Done: {TITLE}")
    with pytest.raises(AssertionError, match="has no task"):
        ana.task_line(TITLE, CODE)


def test_with_script_the_summary_takes_the_focus_and_what_was_typed_stays(worked_in: Site, meet: Meet) -> None:
    ana = meet(worked_in, "ana")
    ana.open_task(TITLE, CODE)
    ana.page.get_by_label("What would help most right now?").fill(WORDS)
    ana.press("Complete")
    expect(ana.page.locator("#errors")).to_be_focused()
    ana.page.locator("#errors").get_by_role("link").first.press("Enter")
    expect(ana.page.locator(f"#{ana.page.url.partition('#')[2]}")).to_be_focused()
    expect(ana.page.get_by_label("What would help most right now?")).to_have_value(WORDS)


def test_with_script_the_question_that_follows_appears_and_the_draft_saves_itself(
    worked_in: Site, meet: Meet
) -> None:
    ana = meet(worked_in, "ana")
    ana.open_task(TITLE, CODE)
    page = ana.page
    expect(page.get_by_label("What is the danger, and how near")).to_have_count(0)
    choose(page, "danger_now", "yes")
    follows = page.get_by_label("What is the danger, and how near")
    follows.fill(WORDS)
    expect(page.locator('[name="danger_now"][value="yes"]')).to_be_checked()
    page.locator("#the-form").dispatch_event("nrm:save-draft")
    expect(page.locator("[data-nrm-draft-status]")).to_have_text("Draft saved")
    page.reload()
    expect(follows).to_have_value(WORDS)
    assert_no_sideways_scroll(page)


def test_a_task_is_done_with_the_keyboard_alone(worked_in: Site, meet: Meet) -> None:
    ana = meet(worked_in, "ana")
    page, keys = ana.page, ana.page.keyboard
    ana.go("/cases")
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.reload()
    tab_to(page, '.nrm-menu a[href="/tasks"]')
    keys.press("Enter")
    page.wait_for_url("**/tasks")
    href = ana.task_line(TITLE, CODE).get_by_role("link", name=TITLE).get_attribute("href")
    tab_to(page, f'.nrm-task a[href="{href}"]')
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    for name, value in CALM.items():
        tab_to(page, f'[name="{name}"]')
        expect(page.locator(":focus")).to_have_attribute("name", name)
        keys.press("Space")
        while page.locator(":focus").get_attribute("value") != value:
            keys.press("ArrowDown")
        expect(page.locator(f'[name="{name}"][value="{value}"]')).to_be_checked()
    tab_to(page, '[name="_action"][value="complete"]')
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "one sees where one is"
    keys.press("Enter")
    page.wait_for_url("**/next")
    ana.sees(f"Done: {TITLE}")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element of the selector has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_leaving_quickly_leaves_nothing_behind_back(worked_in: Site, meet: Meet) -> None:
    ana = meet(worked_in, "ana")
    page = ana.page
    signed_out: list[Request] = []

    def neutral(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<title>Weather</title><h1>Sunny</h1>")

    ana.go("/tasks")
    address = str(page.locator("[data-nrm-quick-exit]").get_attribute("href"))
    assert not address.startswith(worked_in.address)
    page.route(f"{address.rstrip('/')}/**", neutral)
    page.on("request", lambda made: signed_out.append(made) if made.url.endswith("/sign-out") else None)
    ana.case("TRY-5555")
    page.get_by_role("link", name="Leave quickly").click()
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()
    assert signed_out, "the session was ended"
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert "TRY-" not in page.content()
    ana.go("/cases/TRY-5555")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_nothing_of_a_page_is_kept_after_signing_out(worked_in: Site, meet: Meet) -> None:
    ana = meet(worked_in, "ana")
    ana.case("TRY-5555", "Plan")
    ana.page.get_by_role("banner").locator("summary").last.click()
    ana.press("Sign out")
    ana.page.go_back()
    ana.page.wait_for_url(re.compile("/sign-in.*TRY-5555"))
    expect(ana.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    stored = "localStorage.length + sessionStorage.length"
    assert ana.page.evaluate(stored) == 0
