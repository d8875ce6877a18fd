"""goal:S15: what anybody may write is text on every page: nothing of it runs, and nothing is asked of another site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from nrm.commands.publishing import ask_review
from nrm.queries.process_drafts import draft_view
from tests.browser.hostile.places import PROCESS, Stage, draft, put_up
from tests.browser.hostile.texts import HIT, TEXTS, Ammunition
from tests.browser.test_editor import address, sign_in  # noqa: F401
from tests.browser.test_table_editor import MARK
from tests.support.browser import NewContext, Troubles
from tests.support.goals import Reached
from tests.support.long import LONG
from tests.web.conftest import Installation, installation, installed  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CASE_TABS = ("", "/plan", "/process", "/timeline", "/notes", "/files", "/team", "/records", "/consents", "/history",
             "/access", "/clocks", "/more", "/page-to-carry")
PATIENCE_MS = 60_000
"""A hundred long names are drawn on one page, on a machine that may be busy."""
STEPS = 6
"""How many steps of a diagram are chosen, so that the panel shows what they say."""
FOREIGN = r"""
() => {
  const found = [];
  const walk = (root) => {
    for (const one of root.querySelectorAll('*')) {
      for (const {name, value} of one.attributes) {
        const leads = /^(href|src|action|formaction|data|xlink:href|srcdoc)$/i.test(name);
        if (/^on/i.test(name) || (leads && /^\s*(java|vb)script:|^\s*data:text/i.test(value))) {
          found.push(`${one.localName} ${name}=${value}`);
        }
      }
      const written = one.localName === 'script' && !one.src && one.type !== 'application/json';
      if (written || /^(iframe|object|embed|base|frame|math)$/.test(one.localName)) found.push(one.outerHTML);
      if (one.shadowRoot) walk(one.shadowRoot);
    }
  };
  walk(document);
  for (const one of [Object, Array, String, Function]) found.push(...Object.keys(one.prototype));
  return found;
}
"""
"""What no page of ours has: handlers, addresses that run, scripts written in the page, frames, changed prototypes."""
SHOWN = "() => document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')].map(x => x.value)"


@dataclass
class Watch:
    """What the pages did that text does not do, and which of the texts they showed."""

    hits: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    shown: set[int] = field(default_factory=set)
    pages: list[str] = field(default_factory=list)

    def over(self, page: Page, own: str) -> Page:
        """Watch a window from now on."""
        page.set_default_timeout(PATIENCE_MS)
        page.context.expose_function("nrmHit", lambda number=0: self.hits.append(number))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda made: self.elsewhere.append(made.url)
                if not made.url.startswith((own, "data:", "blob:")) else None)
        return page

    def look(self, page: Page, path: str) -> None:
        """Open a page, wait for its picture, and look for what does not belong there."""
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        waiting = page.locator(":is([data-nrm-viewer], [data-nrm-canvas]):not([data-ready])")
        expect(waiting).to_have_count(0, timeout=PATIENCE_MS)
        self.take(page)

    def take(self, page: Page) -> None:
        """Look at the page as it stands."""
        self.pages.append(page.url)
        self.foreign += [f"{page.url}: {one:.300}" for one in page.evaluate(FOREIGN)]
        self.shown |= {int(number) for number in re.findall(r"nrmHit\((\d+)\)", str(page.evaluate(SHOWN)))}


def of_the_author(stage: Stage, forms: tuple[str, ...], tables: tuple[str, ...]) -> Iterator[str]:
    """Pages of whoever changes processes, people and agencies."""
    yield f"/drafts/{stage.draft_id}"
    for form in forms:
        yield f"/drafts/{stage.draft_id}/forms/{form}"
    for table in tables:
        yield f"/drafts/{stage.draft_id}/tables/{table}"
        yield f"/decisions/{PROCESS}/{table}"
        yield f"/decisions/{PROCESS}/{table}/compare?before=1&after=2"
    yield from ("/processes", f"/processes/{PROCESS}", f"/processes/{PROCESS}/forms/{forms[0]}", "/decisions")
    yield from ("/users", "/users/u-ana", "/agencies", "/agencies/sa_norvale", "/duty", "/absences")


def choose_steps(page: Page, watch: Watch) -> None:
    """Select steps one after another: the panel asks about each, with what they say in its fields."""
    steps = page.locator("button[data-nrm-element]")
    for number in range(min(STEPS, steps.count())):
        steps.nth(number).dispatch_event("click")
        watch.take(page)


@pytest.fixture
def watch() -> Watch:
    """The watch over all windows of a test."""
    return Watch()


@pytest.fixture
def somebody(new_context: NewContext, address: str, watch: Watch) -> Callable[[str], Page]:  # noqa: F811
    """Sign somebody in, in a window that is watched."""

    def signed_in(login: str) -> Page:
        page = watch.over(new_context().new_page(), address)
        sign_in(page, address, login)
        return page

    return signed_in


@pytest.fixture
def nothing_ran(watch: Watch, troubles: Troubles, new_context: NewContext) -> Iterator[None]:
    """Fail at the end where something ran, or where the policy had to stop it; the mark of the tables' editor aside."""
    yield
    troubles.violations[:] = [one for one in troubles.violations if not MARK.fullmatch(one)]
    assert (watch.hits, watch.said, watch.elsewhere, watch.foreign, troubles.violations) == ([], [], [], [], [])


@pytest.mark.usefixtures("nothing_ran")
def test_nothing_that_somebody_wrote_runs(
    installation: Installation, address: str, somebody: Callable[[str], Page], watch: Watch, reached: Reached,  # noqa: F811
) -> None:
    stage = put_up(installation, Ammunition())
    bundle = draft_view(installation.system, installation.actors["cora"], draft_id=stage.draft_id).bundle
    forms = bundle.form_ids if LONG else bundle.form_ids[:2]
    cora = somebody("cora")
    for path in of_the_author(stage, forms, bundle.table_ids):
        watch.look(cora, address + path)
        if path == f"/drafts/{stage.draft_id}":
            choose_steps(cora, watch)
    ask_review(installation.system, installation.actors["cora"], draft_id=stage.draft_id)
    watch.look(somebody("cyril"), f"{address}/drafts/{stage.draft_id}/review")
    ana = somebody("ana")
    for tab in CASE_TABS:
        watch.look(ana, f"{address}/cases/{stage.code}{tab}")
    for path in ("/cases", "/tasks", f"/tasks/{stage.task_id}", "/notices", "/cases/new/form?district=norvale"):
        watch.look(ana, address + path)
    _print(ana, f"{address}/cases/{stage.code}/notes", watch)
    ada = somebody("ada")
    for path in (f"/audit/cases/{stage.code}", f"/audit/cases/{stage.code}/access", "/audit/installation"):
        watch.look(ada, address + path)
    seen = {(number - 1) % len(TEXTS) for number in watch.shown}
    assert seen == {number for number, text in enumerate(TEXTS) if HIT in text}, "each was shown somewhere"
    reached("S15", f"{len(TEXTS)} texts in {len(stage.ammunition.places)} places, {len(watch.shown)} of them shown on "
                   f"{len(watch.pages)} pages: 0 run, 0 violations of the policy, 0 requests elsewhere")


@pytest.mark.long
@pytest.mark.usefixtures("nothing_ran")
def test_none_runs_where_it_stands_alone(
    installation: Installation, address: str, somebody: Callable[[str], Page], watch: Watch, reached: Reached,  # noqa: F811
) -> None:
    """One text may hide another: here every place of a process says the same."""
    cora = somebody("cora")
    for text in TEXTS:
        draft_id = draft(installation, Ammunition((text,)))
        bundle = draft_view(installation.system, installation.actors["cora"], draft_id=draft_id).bundle
        watch.look(cora, f"{address}/drafts/{draft_id}")
        choose_steps(cora, watch)
        watch.look(cora, f"{address}/drafts/{draft_id}/forms/{bundle.form_ids[0]}")
        watch.look(cora, f"{address}/drafts/{draft_id}/tables/{bundle.table_ids[0]}")
    reached("S15", f"{len(TEXTS)} texts, each alone in a process, on {len(watch.pages)} pages: 0 run")


def _print(page: Page, path: str, watch: Watch) -> None:
    page.emulate_media(media="print")
    watch.look(page, path)
    assert page.pdf().startswith(b"%PDF-")
    page.emulate_media(media="screen")
