"""Add a note to a case, sealed under the category it belongs to."""

from __future__ import annotations

from datetime import datetime

from nrm.commands.case_act import case_act
from nrm.commands.complete_task import require_past
from nrm.records.notes import write_note
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

LONGEST = 10_000


def add_note(
    system: System, actor: Actor, *, case_id: str, category: str, text: str, happened_at: datetime | None = None,
    seen_version: int | None = None,
) -> str:
    """Write a note; returns its id. One may only write where one may read.

    Raises InvalidInput, NotAllowed for a category the actor does not see.
    """
    with case_act(system, actor, Permission.CASE_NOTE, case_id, seen_version=seen_version) as act:
        chosen = category_of(category)
        if not text.strip() or len(text) > LONGEST:
            raise InvalidInput(fields={"text": [f"Write something, at most {LONGEST} characters."]})
        require_past(happened_at, act.unit.now)
        decision = act.standing.readable()[chosen]
        if not decision.allowed:
            raise NotAllowed("You cannot write a note in a category you do not see.", rule=decision.rule)
        note_id = write_note(
            act.unit, case_id=case_id, category=chosen, text=text.strip(), agency_id=actor.agency_id,
            happened_at=happened_at,
        )
        act.enter("note.added", f"note:{note_id}", outcome=str(chosen))
        return note_id


def category_of(name: str) -> Category:
    """Return the data category of a code. Raises InvalidInput."""
    try:
        return Category(name)
    except ValueError:
        raise InvalidInput(fields={"category": ["Choose one of the listed categories."]}) from None
