"""The built bundles in a real browser, under the strict policy."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import assert_accessible
from tests.support.bundle_site import SAMPLE, Site, data_block

pytestmark = pytest.mark.browser

FINDING = {"code": "X1", "severity": "stop", "message": "No time limit.", "element": "record_consent"}
CHOICES = {
    "roles": [{"id": "CM", "title": "Case manager"}, {"id": "COORD", "title": "Coordinator"}],
    "forms": [{"id": "F03_consent", "title": "Consent"}, {"id": "F04_screening", "title": "Screening"}],
    "limits": [{"id": "T01", "title": "Two hours"}, {"id": "T07", "title": "Five working days"}],
    "ladders": [{"id": "standard", "title": "Standard"}],
    "actions": [{"id": "record_service_gap", "title": "Record a service gap"}],
}

KEPT = (
    '<nrm:lane role="CM" />',
    '<nrm:limit name="T09" ladder="standard" />',
    '<nrm:param name="urgency" value="high" />',
    '<nrm:outcome name="done" owner="CM"',
    'risk_level = "high"',
    "legalBasis=",
)


def viewer_page(site: Site) -> str:
    marks = [
        {"element": "referral_received", "state": "done", "text": "Done"},
        {"element": "record_consent", "state": "overdue", "text": "Overdue since 3 March"},
        {"element": "no_such_element", "state": "done", "text": "Elsewhere"},
    ]
    return site.page(
        "/process", "viewer",
        '<div data-nrm-viewer data-from="data" role="group" aria-label="Process"></div>'
        '<ul><li><button data-nrm-element="record_consent">Record consent</button></li></ul>'
        + data_block("data", {"xml": SAMPLE, "marks": marks}),
    )


def editor_page(site: Site, xml: str) -> str:
    data = {"xml": xml, "choices": CHOICES, "findings": [FINDING]}
    return site.page(
        "/edit", "editor",
        '<form method="post" action="/draft" data-nrm-editor data-from="data">'
        '<input type="hidden" name="csrf_token" value="token-1"><input type="hidden" name="xml" data-nrm-xml>'
        '<div class="nrm-editor"><div data-nrm-canvas></div><div data-nrm-panel></div></div>'
        '<button type="button" data-nrm-check="/check">Check</button>'
        '<button type="submit" name="action" value="save">Save draft</button></form>'
        '<button data-nrm-element="risk_is_not_high">not high</button>'
        '<section data-nrm-findings></section>' + data_block("data", data),
    )


def open_editor(page: Page, site: Site, xml: str = SAMPLE) -> None:
    page.set_viewport_size({"width": 1400, "height": 950})
    page.goto(editor_page(site, xml))
    expect(page.locator("[data-nrm-canvas][data-ready]")).to_be_visible()


def saved_xml(page: Page, site: Site) -> str:
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("posted")).to_be_visible()
    path, form, _ = site.posted[-1]
    assert (path, form["csrf_token"], form["action"]) == ("/draft", "token-1", "save")
    return form["xml"]


def test_the_viewer_shows_where_the_steps_stand(page: Page, site: Site) -> None:
    page.goto(viewer_page(site))
    expect(page.locator("[data-nrm-viewer][data-ready]")).to_be_visible()
    expect(page.get_by_text("Overdue since 3 March")).to_be_visible()
    expect(page.locator('.nrm-is-overdue[data-element-id="record_consent"]')).to_be_attached()
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    assert_accessible(page)


def test_the_list_beside_points_into_the_diagram_and_back(page: Page, site: Site) -> None:
    page.goto(viewer_page(site))
    expect(page.locator("[data-nrm-viewer][data-ready]")).to_be_visible()
    row = page.locator("button[data-nrm-element]")
    row.click()
    expect(page.locator('.selected[data-element-id="record_consent"]')).to_be_attached()
    expect(row).to_have_attribute("aria-current", "true")
    page.locator('[data-element-id="write_gap"] .djs-hit').first.click()
    expect(row).not_to_have_attribute("aria-current", "true")


def test_a_diagram_that_cannot_be_read_is_said_so(page: Page, site: Site) -> None:
    page.goto(site.page("/broken", "viewer",
                        '<div data-nrm-viewer data-from="data" data-failed="No picture now."></div>'
                        + data_block("data", {"xml": "<nothing"})))
    expect(page.get_by_role("alert")).to_have_text("No picture now.")


def test_an_edited_limit_survives_into_the_saved_xml(page: Page, site: Site) -> None:
    open_editor(page, site)
    page.locator('[data-element-id="record_consent"] .djs-hit').first.click()
    page.get_by_label("Time limit", exact=True).select_option("T07")
    xml = saved_xml(page, site)
    assert re.search(r'<nrm:task form="F03_consent" limit="T07" ladder="standard" priority="normal"', xml)
    for kept in KEPT:
        assert kept in xml


def test_text_typed_just_before_saving_is_not_lost(page: Page, site: Site) -> None:
    """ui-tech 1.4: a field that is mounted afresh, or a debounce that is overtaken, silently loses it."""
    open_editor(page, site)
    page.locator('[data-element-id="record_consent"] .djs-hit').first.click()
    page.get_by_label("Once for each").press_sequentially("members", delay=5)
    page.get_by_role("textbox", name="Gate").press_sequentially("consent:assistance", delay=5)
    xml = saved_xml(page, site)
    assert 'gate="consent:assistance"' in xml
    assert 'each="members"' in xml


def test_an_element_without_our_extension_gets_one(page: Page, site: Site) -> None:
    ours = r"<bpmn:extensionElements>\s*<nrm:task.*?</bpmn:extensionElements>"
    bare = re.sub(ours, "", SAMPLE, flags=re.DOTALL)
    open_editor(page, site, bare)
    page.locator('[data-element-id="record_consent"] .djs-hit').first.click()
    page.get_by_label("Form").select_option("F04_screening")
    page.get_by_label("Concerns safety").check()
    assert '<nrm:task form="F04_screening" safety="true" />' in saved_xml(page, site)


def test_the_editor_is_labelled_throughout(page: Page, site: Site) -> None:
    open_editor(page, site)
    page.locator('[data-element-id="record_consent"] .djs-hit').first.click()
    expect(page.get_by_label("Form")).to_be_visible()
    assert_accessible(page)


def test_parameters_and_conditions_are_text(page: Page, site: Site) -> None:
    open_editor(page, site)
    page.locator('[data-element-id="write_gap"] .djs-hit').first.click()
    page.get_by_role("textbox", name="Parameters").fill("urgency = low\nservice = shelter = any")
    page.get_by_role("button", name="not high").click()
    page.get_by_role("textbox", name="Taken when").fill('risk_level = "low"')
    xml = saved_xml(page, site)
    assert '<nrm:param name="service" value="shelter = any" />' in xml
    assert 'risk_level = "low"' in xml


def test_only_what_the_engine_runs_is_offered(page: Page, site: Site) -> None:
    open_editor(page, site)
    expect(page.locator('.djs-palette [data-action="create.data-object"]')).to_have_count(0)
    made = page.locator('.djs-palette [data-action="create.task"]')
    expect(made).to_have_attribute("aria-label", "A person’s task")
    page.locator('[data-element-id="record_consent"] .djs-hit').first.click()
    page.locator('.djs-context-pad [data-action="replace"]').click()
    expect(page.locator('[data-id="replace-with-service-task"]')).to_be_visible()
    for refused in ("replace-with-script-task", "replace-with-manual-task", "toggle-loop"):
        expect(page.locator(f'[data-id="{refused}"]')).to_have_count(0)


def test_findings_stand_on_their_elements_and_a_check_brings_new_ones(page: Page, site: Site) -> None:
    open_editor(page, site)
    badge = page.locator('.djs-overlays[data-container-id="record_consent"] .nrm-badge')
    expect(badge).to_have_text("Must be mended")
    found = [{"code": "X2", "severity": "warning", "message": "Nobody answers.", "element": "write_gap"}]
    site.answers["/check"] = (200, "application/json", json.dumps({"findings": found}))
    page.get_by_role("button", name="Check").click()
    expect(page.locator("[data-nrm-findings] li")).to_contain_text("Nobody answers.")
    expect(badge).to_have_count(0)
    path, form, headers = site.posted[-1]
    assert path == "/check"
    assert "<bpmn:definitions" in form["xml"]
    assert headers["X-Csrf-Token"] == "token-1"
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator('.selected[data-element-id="write_gap"]')).to_be_attached()


def test_the_api_page_works_under_the_strict_policy(page: Page, site: Site) -> None:
    listing = {"summary": "List tasks", "responses": {"200": {"description": "Tasks"}}}
    contract = {
        "openapi": "3.1.0",
        "info": {"title": "Sample", "version": "1"},
        "paths": {"/tasks": {"get": listing}},
    }
    site.answers["/openapi.json"] = (200, "application/json", json.dumps(contract))
    page.goto(site.page("/docs", "apidocs", '<div id="apidocs" data-url="/openapi.json"></div>'))
    expect(page.get_by_text("List tasks")).to_be_visible()
