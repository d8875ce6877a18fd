"""goal:S12: the browser of somebody who worked on a case keeps no word of it: not in its profile, not in its cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from nrm.commands.open_case import open_case, opening_form
from tests.browser.test_editor import address, sign_in  # noqa: F401
from tests.security.canaries import MARK, Aviary, seen_in
from tests.support.goals import Reached
from tests.web.conftest import Installation, installation, installed, least  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
KEPT = """
async () => [
  ...Object.entries({...localStorage}), ...Object.entries({...sessionStorage}),
  ...(await indexedDB.databases()).map(one => one.name), ...await caches.keys(),
  ...(await navigator.serviceWorker.getRegistrations()).map(one => one.scope),
]
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A browser's own folder, as on a computer that several people share."""
    return tmp_path / "profile"


@pytest.fixture
def browser_at_work(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], profile: Path, tmp_path: Path
) -> Iterator[BrowserContext]:
    """A browser that keeps what browsers keep; what somebody downloads is theirs, and lies elsewhere."""
    context = browser_type.launch_persistent_context(
        profile, **{**browser_type_launch_args, "downloads_path": tmp_path / "downloads"})
    yield context
    context.close()


def files_of(profile: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a profile."""
    for path in sorted(profile.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(profile)), path.read_bytes()


def work(page: Page, base: str, code: str, birds: Aviary, papers: Path) -> None:
    """Read a case, open its names, search, write a note, attach and fetch a file, leave a form half filled."""
    page.goto(f"{base}/cases/{code}")
    reveal = page.locator("form[data-nrm-reveal] button").first
    reveal.click()
    expect(page.locator(".nrm-revealed").first).to_contain_text(MARK)
    page.goto(f"{base}/cases/{code}/notes")
    page.get_by_label("Note", exact=True).fill(birds.word("note"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".nrm-note-text")).to_contain_text(MARK)
    paper = papers / f"{birds.word('file name')}.txt"
    paper.write_text(birds.word("file") * 100)
    page.goto(f"{base}/cases/{code}/files")
    page.locator("input[type=file]").set_input_files(paper)
    page.locator("select[name=category]").select_option("narrative")
    page.get_by_role("button", name="Attach", exact=True).click()
    with page.expect_download() as fetched:
        page.get_by_role("link", name=paper.name).click()
    fetched.value.delete()
    paper.unlink()
    page.goto(f"{base}/tasks")
    page.locator(".nrm-task a").filter(has_text="Check on safety").first.click()
    page.get_by_label("What would help most right now?").fill(birds.word("form"))
    page.locator("#the-form").dispatch_event("nrm:save-draft")
    expect(page.locator("[data-nrm-draft-status]")).to_have_text("Draft saved")
    page.goto(f"{base}/cases/{code}/page-to-carry")


def test_a_browser_keeps_no_word_of_what_somebody_worked_on(
    installation: Installation, address: str, browser_at_work: BrowserContext, profile: Path, tmp_path: Path,  # noqa: F811
    reached: Reached,
) -> None:
    birds = Aviary()
    form = opening_form(installation.system, installation.actors["ana"])
    answers = least(form, birds.answers(form))
    opened = open_case(installation.system, installation.actors["ana"], district="norvale", answers=answers)
    page = browser_at_work.pages[0]
    sign_in(page, address, "ana")
    work(page, address, opened.code, birds, tmp_path)
    assert page.evaluate(KEPT) == [], "while somebody works, pages keep nothing either"
    page.get_by_role("banner").locator("summary").last.click()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in**")
    assert page.evaluate(KEPT) == []
    names = {cookie["name"] for cookie in browser_at_work.cookies()}
    browser_at_work.close()
    files = dict(files_of(profile))
    assert [(name, writing) for name, data in files.items() for writing in seen_in(data)] == []
    assert any("Cache" in name for name in files), "the profile is the one that was used"
    reached("S12", f"browser: {len(birds.places)} canaries read and typed; {len(files)} files of the profile, "
                   f"{sum(map(len, files.values())):,} bytes: 0 found; cookies left: {sorted(names) or 'none'}")
