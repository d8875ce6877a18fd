"""A coordinator who changes a process: drafts, draws, sets a limit, asks for a review, publishes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.people.person import Person


class Coordinator(Person):
    """Works with the editor as people do: the picture, the panel beside it, the fields below."""

    def drafts_a_change(self, title: str) -> None:
        """Begin a draft of a process, from the list of processes."""
        self.menu("Coordination", "Processes")
        self.follow(title)
        self.press("Draft a change")
        self._drawn()

    def sets_limit(self, key: str, length: str, source: str) -> None:
        """Change a limit's length and where it comes from."""
        self.page.locator(f'[name="limit.{key}.length"]').fill(length)
        self.page.locator(f'[name="limit.{key}.source"]').fill(source)

    def adds_task_after(self, element: str, name: str) -> None:
        """Put a task into the flow that leaves an element, and type its name."""
        self.page.evaluate("scrollTo(0, 0)")
        self.page.locator('.djs-palette [data-action="create.task"]').click()
        flow = self.page.locator(f'.djs-element[data-element-id^="{element}_to_"]')
        box = flow.bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.move(middle[0] - 30, middle[1] + 5)
        self.page.mouse.move(*middle, steps=5)
        self.page.mouse.click(*middle)
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")

    def gives(self, *, form: str, limit: str) -> None:
        """Choose form and limit of the task that is selected."""
        panel = self.page.locator("[data-nrm-panel]")
        panel.get_by_label("Form").select_option(form)
        panel.get_by_label("Time limit", exact=True).select_option(limit)

    def saves(self) -> None:
        """Save the draft and come back to it."""
        self.press("Save draft")
        expect(self.page.get_by_text("The draft is saved.")).to_be_visible()
        self._drawn()

    def asks_for_review(self, why: str) -> None:
        """Say why, and ask a second person."""
        self.page.get_by_label("Why").fill(why)
        self.press("Save and ask for review")

    def reviews(self, title: str) -> None:
        """Open the draft that waits for a second person."""
        self.menu("Coordination", "Processes")
        self.goes_by(self.page.locator("li").filter(has_text=title).get_by_role("link", name="Review", exact=True))

    def publishes(self) -> None:
        """Publish, and answer the question whether one is sure."""
        self.press_surely("Publish")
        expect(self.page.get_by_text("In force", exact=True).first).to_be_visible()

    def _drawn(self) -> None:
        expect(self.page.locator("[data-nrm-canvas][data-ready]")).to_be_visible()
