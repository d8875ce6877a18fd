"""A file that answers a question: chosen on the task page, kept while the form changes, saves and comes back."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Meet
from tests.browser.people.person import Site
from tests.support.browser import assert_accessible, assert_no_sideways_scroll
from tests.support.papers import A_PDF

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
INVOICE: FilePayload = {"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": A_PDF}


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_chosen_file_survives_questions_that_follow_and_is_in_the_draft(
    worked_in: Site, meet: Meet, script: bool
) -> None:
    lucia = meet(worked_in, "lucia", width=390, java_script_enabled=script)
    page = lucia.page
    lucia.open_task("Deliver the service", "TRY-5555")
    page.locator("#q-receipt").set_input_files(INVOICE)
    page.locator('[name="service_delivered"]').nth(2).check()
    if script:
        page.wait_for_load_state("networkidle")
        assert page.locator("#q-receipt").evaluate("(one) => one.files.length") == 1
    lucia.press("Save draft")
    kept = page.get_by_role("checkbox", name="invoice.pdf")
    expect(kept).to_be_checked()
    if script:
        assert_no_sideways_scroll(page)
        assert_accessible(page)
    lucia.case("TRY-5555", "Files")
    lucia.sees("invoice.pdf")
