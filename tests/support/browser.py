"""Fixtures: Debian's Chromium for pytest-playwright, a page that fails on a broken policy, and axe.

``page`` comes from pytest-playwright; here every page of every test is watched: a violation of the content
security policy or an uncaught script error fails the test that caused it. Policies are never bypassed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.support.requirements import lacking

NewContext = Callable[..., BrowserContext]
AXE = Path(__file__).parents[2] / "web/frontend/node_modules/axe-core/axe.min.js"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
FLAGS = [
    "--no-sandbox",  # tests may run as root, where Chromium's sandbox cannot
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
]
LISTENER = """
addEventListener('securitypolicyviolation', (event) => window.nrmViolation(
  `${event.effectiveDirective} blocked ${event.blockedURI} on ${event.documentURI} (${event.sample})`));
"""


@dataclass
class Troubles:
    """What went wrong in the pages of one test; a test that expects trouble takes it out again."""

    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium: ``NRM_CHROMIUM``, else what is on the path."""
    told = os.environ.get("NRM_CHROMIUM")
    found = told or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found or not Path(found).exists():
        lacking("browser", "Chromium was not found (Debian: apt-get install chromium)")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium: str) -> dict[str, Any]:
    """Launch the system's Chromium; Playwright's own download is never used."""
    return {**browser_type_launch_args, "executable_path": chromium, "args": FLAGS}


@pytest.fixture
def troubles() -> Troubles:
    """The violations and script errors of this test's pages, filled while it runs."""
    return Troubles()


@pytest.fixture
def new_context(new_context: NewContext, troubles: Troubles) -> Iterator[NewContext]:
    """Make watched browser contexts (several people in one test); the test fails if a page was in trouble.

    ``context`` and ``page`` of pytest-playwright are made through this one. Takes what Playwright's
    ``new_context`` takes, e.g. ``java_script_enabled=False`` or ``locale="ar"``.
    """

    def note(violation: str) -> None:
        troubles.violations.append(violation)

    def make(**options: Any) -> BrowserContext:
        context = new_context(**options)
        if options.get("java_script_enabled", True):
            context.expose_function("nrmViolation", note)
            context.add_init_script(LISTENER)
        context.on("weberror", lambda error: troubles.errors.append(str(error.error)))
        context.set_default_timeout(10_000)
        return context

    yield make
    assert not troubles.violations, "the content security policy was violated"
    assert not troubles.errors, "a script failed"


def axe_violations(page: Page, *, ignore: tuple[str, ...] = (), best_practice: bool = True) -> list[str]:
    """Return what axe finds wrong by WCAG 2.2 AA, one line per finding with the elements concerned."""
    if not AXE.exists():
        lacking("browser", "axe-core is not installed (npm ci --ignore-scripts in web/frontend)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = [*WCAG, *(["best-practice"] if best_practice else [])]
    off = {rule: {"enabled": False} for rule in ignore}
    options = {"runOnly": {"type": "tag", "values": tags}, "rules": off}
    found = page.evaluate(f"axe.run(document, {json.dumps(options)}).then(r => r.violations)")
    return [
        f"{item['id']} ({item['impact']}): {item['help']}: {[node['target'] for node in item['nodes'][:5]]}"
        for item in found
    ]


def assert_accessible(page: Page, *, ignore: tuple[str, ...] = ()) -> None:
    """Fail with axe's findings, if there are any."""
    found = axe_violations(page, ignore=ignore)
    assert not found, "\n".join(found)


def assert_no_sideways_scroll(page: Page) -> None:
    """Fail if the page is wider than its window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than its window"
