"""The watch over pages: it sees what it is there to see."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import NewContext, Troubles, axe_violations
from tests.support.bundle_site import Site

pytestmark = pytest.mark.browser


def test_a_violated_policy_is_seen(page: Page, site: Site, troubles: Troubles) -> None:
    page.goto(site.page("/bad", "app", '<p style="color: red">Red</p>'))
    expect(page.get_by_text("Red")).to_be_visible()
    assert [v.split()[0] for v in troubles.violations] == ["style-src-attr"]
    troubles.violations.clear()


def test_a_failing_script_is_seen(page: Page, site: Site, troubles: Troubles) -> None:
    site.answers["/broken.js"] = (200, "text/javascript", "throw new Error('broken on purpose')")
    page.goto(site.page("/bad", "app", '<script src="/broken.js"></script>'))
    expect(page.get_by_role("heading")).to_be_visible()
    assert [error for error in troubles.errors if "broken on purpose" in error]
    troubles.errors.clear()


def test_axe_sees_a_field_without_a_label(page: Page, site: Site) -> None:
    page.goto(site.page("/bad", "app", "<input>"))
    assert any(finding.startswith("label (critical)") for finding in axe_violations(page))


def test_two_people_and_one_without_script(new_context: NewContext, site: Site) -> None:
    address = site.page("/both", "app", "<p>Plain page</p>")
    with_script, without = new_context().new_page(), new_context(java_script_enabled=False).new_page()
    for page in (with_script, without):
        page.goto(address)
    expect(with_script.locator("html")).to_have_attribute("data-script", "on")
    expect(without.get_by_text("Plain page")).to_be_visible()
    expect(without.locator("html[data-script]")).to_have_count(0)
