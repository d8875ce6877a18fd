"""One case on its way through a table: what its people do there, with whoever's hands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Row

from nrm.commands.open_case import opening_form
from nrm.commands.sweep import sweep
from nrm.vocabulary.actor import Actor
from tests.fault.agreement import disagreements
from tests.scenarios.hands import Hands
from tests.support.driving import DISTRICT, Drive
from tests.support.filling import fill

PAUSE = timedelta(minutes=5)


class CaseInHand:
    """A case and the hands its people act with. ``seen`` is the last history entry before the present row."""

    def __init__(self, drive: Drive, hands: Hands) -> None:
        self.drive = drive
        self.hands = hands
        self.case_id = ""
        self.seen = 0

    def open_case(
        self, actor: Actor, facts: Mapping[str, object], answers: Mapping[str, object] | None = None,
        district: str = DISTRICT,
    ) -> None:
        """Open the case this is about; who says nothing about age means an adult."""
        filled = fill(opening_form(self.drive.system, actor), {"is_child": "no", **facts}, answers)
        self.case_id = self.hands.open_case(actor, district, filled)

    def do_task(
        self, task: Row[Any], facts: Mapping[str, object], answers: Mapping[str, object], *, by: str | None = None,
        person: int | None = None,
    ) -> None:
        """Open and complete a task with the smallest answers that set the facts.

        ``person`` says which of the role's people; without it the second does what the first is kept from.
        """
        actor = self.drive.of(task, person or 1)
        page = self.hands.open_task(actor, task.id)
        assert by in (None, page.role), f"{task.element} is with {page.role}"
        if page.separated is not None and person is None:
            actor = self.drive.of(task, 2)
        self.hands.complete(actor, task.id, fill(self.drive.form(task), facts, answers, page.answers), page.version)

    def sweep_at(self, due: datetime) -> None:
        """Time passes until then, and the worker sweeps."""
        self.drive.clock.move_to(due)
        sweep(self.drive.system)

    def go_on(self) -> None:
        """Between two rows a little time passes."""
        self.seen = len(self.drive.history(self.case_id))
        self.drive.clock.advance(PAUSE)
        self.hands.rest()

    def finish(self) -> None:
        """After the last row the tables of the case agree."""
        assert disagreements(self.drive, self.case_id) == []
