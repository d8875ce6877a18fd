"""What a phone on a poor line has to load before a page is of use, with nothing of it kept from before."""

from __future__ import annotations

import pytest
from playwright.sync_api import Response

from tests.browser.conftest import Meet
from tests.browser.people.person import Site
from tests.browser.test_kinds_of_user import look_at

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MOST = 60_000
"""Bytes over the line, head and body of every answer; at 50 kbit/s ten seconds."""


@pytest.mark.parametrize("path", ["/tasks", "task:Check on safety", "/cases/TRY-5555"])
def test_a_page_of_every_day_is_light(looked_at: Site, meet: Meet, path: str) -> None:
    ana = meet(looked_at, "ana", width=390)
    if path.startswith("task:"):
        look_at(ana, path)
        path = ana.page.url.removeprefix(looked_at.address)
    cold = meet(looked_at, "ana", width=390)
    answers: list[Response] = []
    cold.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  Playwright marks its handlers
    cold.go(path)
    cold.page.wait_for_load_state("networkidle")
    weights = {one.url: sum(one.request.sizes()[part] for part in ("responseHeadersSize", "responseBodySize"))
               for one in answers}
    assert len(weights) >= 3, "the page, its style sheet and its script"
    assert sum(weights.values()) <= MOST, weights
