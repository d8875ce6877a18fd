"""Notes on a case, each sealed under the category it was put in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, insert

from nrm.records.tables.record import Note
from nrm.records.unit import Unit
from nrm.vocabulary.categories import Category


def write_note(
    unit: Unit, *, case_id: str, category: Category, text: str, agency_id: str,
    happened_at: datetime | None = None,
) -> str:
    """Write a note and return its id."""
    note_id = str(uuid4())
    sealed = unit.seal(case_id, category, text.encode(), f"note:{note_id}")
    unit.conn.execute(insert(Note).values(
        id=note_id, case_id=case_id, category=category.value, sealed=sealed, by_id=unit.actor.user_id,
        agency_id=agency_id, at=unit.now, happened_at=happened_at,
    ))
    return note_id


def open_note(unit: Unit, note: Row[Any]) -> str:
    """Return the words of a row of ``note``. KeyGone when erased, SealBroken when altered."""
    return unit.open_sealed(note.case_id, note.category, note.sealed, f"note:{note.id}").decode()
