"""One demo, made once, served to Chromium in this process; a test that changes something gets its own copy."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from werkzeug.serving import make_server

from nrm.entrypoints.demo.pages import make_demo_pages
from nrm.entrypoints.demo.running import demo_settings, make_demo
from nrm.entrypoints.wsgi import make_app
from nrm.vocabulary.clock import OffsetClock
from nrm.wiring.system import CLOCK_FILE, build_system
from tests.browser.people.person import Person, Site

NOW = datetime(2026, 5, 18, 13, 0, tzinfo=UTC)
"""A Monday afternoon in office hours, fixed: a limit of five working days, three of them gone, ends in midweek."""
CASES = 14
Meet = Callable[..., Person]
NewContext = Callable[..., BrowserContext]


class DemoClock(OffsetClock):
    """The demo's clock, begun at ``NOW``: it runs, and the demo's button moves it."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return ``NOW``, what has passed since, and what the button added."""
        return NOW + timedelta(seconds=time.monotonic() - self._began) + self.ahead


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Serve the demo in a folder on a free port until the test is over."""
    system = build_system(demo_settings(folder), clock=DemoClock(folder / CLOCK_FILE), durable=False)
    app = make_app(system)
    if "demo" not in app.blueprints:
        app.register_blueprint(make_demo_pages(system))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        system.database.dispose()


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo with the cases of the tour and a few more. Nobody works in it; copies are served."""
    folder = tmp_path_factory.mktemp("browser") / "demo"
    assert make_demo(demo_settings(folder), cases=CASES, seed=1, now=NOW).problems == ()
    return folder


@pytest.fixture(scope="session")
def looked_at(made_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy for the tests that only look."""
    with served(Path(shutil.copytree(made_demo, tmp_path_factory.mktemp("looked") / "demo"))) as site:
        yield site


@pytest.fixture
def worked_in(made_demo: Path, tmp_path: Path) -> Iterator[Site]:
    """A copy of this test's own."""
    with served(Path(shutil.copytree(made_demo, tmp_path / "demo"))) as site:
        yield site


@pytest.fixture
def meet(new_context: NewContext, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Meet]:
    """Let somebody in: ``meet(site, "ana", width=390)``; every person has a browser window of their own.

    What they see when a test fails is pictured in the test's temporary folder.
    """
    met: list[Person] = []
    failures = request.session.testsfailed

    def made(site: Site, login: str = "", *, kind: type[Person] = Person, width: int = 1280, **options: Any) -> Person:
        options.setdefault("viewport", {"width": width, "height": 900})
        if login in site.signed_in:
            options["storage_state"] = site.signed_in[login]
        person = kind(new_context(**options).new_page(), site, login)
        if login and login not in site.signed_in:
            person.sign_in()
        met.append(person)
        return person

    yield made
    if request.session.testsfailed > failures:
        for person in met:
            person.page.screenshot(path=tmp_path / f"failed-{person.login}.png", full_page=True)
