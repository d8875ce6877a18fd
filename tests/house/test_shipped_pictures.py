"""The shipped diagrams can be drawn, and the editor gives back what it was given."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.support.bundle_site import Site, data_block

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
DIAGRAMS = sorted((ROOT / "bpmn").glob("*/*.bpmn"))
IN_A_PUSH = {"case", "identification", "service_referral"}
ROUND_TRIPS = [
    pytest.param(path, id=path.stem, marks=() if path.stem in IN_A_PUSH else pytest.mark.long)
    for path in DIAGRAMS
]
OURS = "{urn:nrm:bpmn:1}"


def extensions(xml: str) -> Counter[str]:
    """Our extension elements of a diagram, each as text with its owner."""
    tree = etree.fromstring(xml.encode())
    return Counter(
        f"{element.getparent().getparent().get('id')} {element.tag} {sorted(element.attrib.items())}"
        for element in tree.iter()
        if isinstance(element.tag, str) and element.tag.startswith(OURS)
    )


def test_every_shipped_diagram_is_drawn(page: Page, site: Site) -> None:
    places, blocks = "", ""
    for number, path in enumerate(DIAGRAMS):
        places += f'<div data-nrm-viewer data-from="d{number}" data-failed="{path.name} failed"></div>'
        blocks += data_block(f"d{number}", {"xml": path.read_text(encoding="utf-8")})
    page.goto(site.page("/all", "viewer", places + blocks))
    expect(page.locator("[data-nrm-viewer][data-ready], .nrm-diagram-failure")).to_have_count(len(DIAGRAMS))
    assert page.locator(".nrm-diagram-failure").all_text_contents() == []


@pytest.mark.parametrize("path", ROUND_TRIPS)
def test_the_editor_gives_back_what_it_was_given(page: Page, site: Site, path: Path) -> None:
    xml = path.read_text(encoding="utf-8")
    page.goto(
        site.page(
            "/edit",
            "editor",
            '<form method="post" action="/draft" data-nrm-editor data-from="data">'
            '<input type="hidden" name="xml" data-nrm-xml><div data-nrm-canvas></div>'
            '<div data-nrm-panel></div><button type="submit">Save</button></form>'
            + data_block("data", {"xml": xml}),
        )
    )
    expect(page.locator("[data-nrm-canvas][data-ready]")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("posted")).to_be_visible()
    assert extensions(site.posted[-1][1]["xml"]) == extensions(xml)
