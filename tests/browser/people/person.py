"""Somebody at a browser: signs in, follows the menu, finds tasks and cases, and does them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.people.form_filling import Wishes, complete


@dataclass
class Site:
    """A served demo: its address, and the cookies of those who have signed in already."""

    address: str
    signed_in: dict[str, Any] = field(default_factory=dict)


class Person:
    """A person of the demo and their window; what the menu and the pages say is what is pressed."""

    def __init__(self, page: Page, site: Site, login: str) -> None:
        self.page = page
        self.site = site
        self.login = login

    def sign_in(self) -> None:
        """Sign in on the page for it."""
        self.go("/sign-in")
        self.page.get_by_label("User name").fill(self.login)
        self.page.get_by_label("Password").fill(f"invented-{self.login}")
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page.get_by_text("Password", exact=True)).to_have_count(0)
        self.site.signed_in[self.login] = self.page.context.storage_state()

    def go(self, path: str) -> int:
        """Type an address; return the status of its answer."""
        answer = self.page.goto(self.site.address + path)
        assert answer is not None
        return answer.status

    def press(self, name: str, *, inside: Locator | None = None) -> None:
        """Press the button of a name."""
        (inside or self.page).get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def press_surely(self, name: str, *, inside: Locator | None = None) -> None:
        """Press what asks first, and then the same in the question that opened."""
        asking = (inside or self.page.get_by_role("main")).locator("details.nrm-sure").filter(has_text=name).first
        asking.locator("summary").click()
        asking.get_by_role("button", name=name).click()
        self.page.wait_for_load_state()

    def follow(self, name: str) -> None:
        """Follow the link of a name in the page."""
        self.goes_by(self.page.get_by_role("main").get_by_role("link", name=name, exact=True).first)

    def goes_by(self, link: Locator) -> None:
        """Click a link and wait for its page: a click alone may return while the page before is still shown."""
        with self.page.expect_navigation():
            link.click()

    def menu(self, *names: str) -> None:
        """Choose from the main menu: an entry, or a group and an entry of it."""
        bar = self.page.get_by_role("banner")
        if not bar.get_by_role("navigation").count():
            self.go("/")
        self.opens_menu()
        for group in names[:-1]:
            bar.locator("summary").filter(has_text=group).click()
        self.goes_by(bar.get_by_role("link", name=names[-1]))

    def opens_menu(self) -> None:
        """Open the menu, where the window is so narrow that it has to be opened."""
        opens = self.page.locator("[popovertarget=main-menu]")
        if opens.is_visible():
            opens.click()

    def speaks(self, language: str) -> None:
        """Choose a language, by its own name."""
        self.opens_menu()
        self.page.get_by_role("banner").locator("summary").last.click()
        self.press(language)

    def case(self, code: str, tab: str = "") -> None:
        """Open a case through the list of cases, and one of its tabs."""
        self.menu("Cases")
        self.follow(code)
        if tab:
            self.goes_by(self.page.get_by_role("navigation", name="Parts of the case").get_by_role("link", name=tab))

    def task_line(self, title: str, code: str) -> Locator:
        """Look for a task on My tasks, then among those to claim; return its line."""
        self.menu("My tasks")
        queues = self.page.get_by_role("navigation", name="Queues").get_by_role("link")
        for number in range(queues.count()):
            self.goes_by(queues.nth(number))
            line = self.page.locator(".nrm-task").filter(has_text=code).filter(
                has=self.page.get_by_role("link", name=title, exact=True)
            )
            if line.count():
                return line.first
        raise AssertionError(f"{self.login} has no task '{title}' of {code}")

    def open_task(self, title: str, code: str) -> None:
        """Open a task from the inbox."""
        self.goes_by(self.task_line(title, code).get_by_role("link", name=title, exact=True))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def does(self, title: str, code: str, wishes: Wishes) -> None:
        """Open a task from the inbox and complete it."""
        self.open_task(title, code)
        complete(self.page, wishes)

    def sees(self, *texts: str) -> None:
        """Expect texts in the content of the page."""
        for text in texts:
            expect(self.page.get_by_role("main")).to_contain_text(text)

    def sees_not(self, *texts: str) -> None:
        """Expect texts not to be anywhere in the content of the page."""
        for text in texts:
            expect(self.page.get_by_role("main")).not_to_contain_text(text)

    def finds_nothing(self) -> None:
        """Expect the page of an address that never existed."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
