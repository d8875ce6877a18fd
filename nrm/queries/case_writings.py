"""What was written in a case, as a reader may see it: records by title, notes with their words, files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.case_reader import ON_ITS_OWN_PAGE, CaseReader
from nrm.records.keys import KeyGone
from nrm.records.notes import open_note
from nrm.records.tables.account import User
from nrm.records.tables.record import File, Note, Record, RecordPart
from nrm.rules.visibility import Written, may_read
from nrm.vocabulary.categories import Category

MOST = 200
"""Notes and files shown on the case page, the newest first."""


@dataclass(frozen=True, slots=True)
class RecordHead:
    """One record by its title: which categories of it the reader may open, never an answer."""

    id: str
    form: str
    title: str
    version: int
    task_id: str | None
    run_id: str | None
    entered_at: datetime
    happened_at: datetime | None
    role: str | None
    agency_id: str
    agency_name: str
    categories: tuple[str, ...]
    corrected: bool


@dataclass(frozen=True, slots=True)
class NoteSeen:
    """One note with its words."""

    id: str
    category: str
    text: str
    at: datetime
    happened_at: datetime | None
    by_name: str
    agency_id: str
    agency_name: str


@dataclass(frozen=True, slots=True)
class FileSeen:
    """One file by name; opening it is an act of its own."""

    id: str
    category: str
    name: str
    media_type: str
    size: int
    at: datetime
    by_name: str
    agency_id: str
    agency_name: str


def records(reader: CaseReader) -> tuple[RecordHead, ...]:
    """Return the records of which the reader may open at least one category, oldest first, newest version."""
    parts = _parts(reader)
    rows = reader.unit.conn.execute(
        select(Record).where(Record.case_id == reader.case_id).order_by(Record.entered_at, Record.id)
    ).all()
    newest = {row.series_id: row.id for row in sorted(rows, key=lambda row: row.version)}
    found = []
    for row in rows:
        if newest[row.series_id] != row.id:
            continue
        seen = [c for c in parts.get(row.id, ()) if _readable(reader, c, row)]
        if seen:
            found.append(_head(reader, row, seen))
    return tuple(found)


def _parts(reader: CaseReader) -> dict[str, list[Category]]:
    """Record id -> the categories it has answers in; no ciphertext is read."""
    found: dict[str, list[Category]] = {}
    rows = reader.unit.conn.execute(
        select(RecordPart.record_id, RecordPart.category)
        .join(Record, Record.id == RecordPart.record_id).where(Record.case_id == reader.case_id)
        .order_by(RecordPart.category)
    )
    for record_id, category in rows:
        found.setdefault(record_id, []).append(Category(category))
    return found


def _readable(reader: CaseReader, category: Category, row: Row[Any]) -> bool:
    decision = reader.decisions[category]
    if not decision.allowed:
        return False
    written = Written(row.agency_id, row.role or "", row.entered_by)
    return may_read(decision, reader.actor, written, reader.policy)


def _head(reader: CaseReader, row: Row[Any], seen: list[Category]) -> RecordHead:
    title = row.form
    if row.bundle:
        title = reader.system.library.published(reader.unit.conn, row.bundle).form(row.form).title
    return RecordHead(
        row.id, row.form, title, row.version, row.task_id, row.run_id, row.entered_at, row.happened_at,
        row.role, row.agency_id, reader.agencies.name(row.agency_id), tuple(str(c) for c in seen),
        row.version > 1,
    )


def notes(reader: CaseReader) -> tuple[NoteSeen, ...]:
    """Return the notes the reader may read, the newest first."""
    rows: Iterable[Row[Any]] = reader.unit.conn.execute(
        select(Note, User.name.label("by_name")).outerjoin(User, User.id == Note.by_id)
        .where(Note.case_id == reader.case_id, Note.category.in_(_categories(reader)))
        .order_by(Note.at.desc(), Note.id.desc()).limit(MOST)
    )
    found = []
    for row in rows:
        if not reader.may_read(Category(row.category), row.agency_id, row.by_id):
            continue
        try:
            text = open_note(reader.unit, row)
        except KeyGone:
            continue
        found.append(NoteSeen(
            row.id, row.category, text, row.at, row.happened_at, row.by_name or "", row.agency_id,
            reader.agencies.name(row.agency_id),
        ))
    return tuple(found)


def files(reader: CaseReader) -> tuple[FileSeen, ...]:
    """Return the files the reader may open, the newest first."""
    rows = reader.unit.conn.execute(
        select(File, User.name.label("by_name")).outerjoin(User, User.id == File.by_id)
        .where(File.case_id == reader.case_id, File.category.in_(_categories(reader)))
        .order_by(File.at.desc(), File.id.desc()).limit(MOST)
    )
    found = []
    for row in rows:
        if not reader.may_read(Category(row.category), row.agency_id, row.by_id):
            continue
        try:
            sealed = reader.unit.open_sealed(row.case_id, row.category, row.name_sealed, f"file:{row.id}")
        except KeyGone:
            continue
        found.append(FileSeen(
            row.id, row.category, sealed.decode(), row.media_type, row.size, row.at, row.by_name or "",
            row.agency_id, reader.agencies.name(row.agency_id),
        ))
    return tuple(found)


def _categories(reader: CaseReader) -> list[str]:
    return [
        str(category) for category, decision in reader.decisions.items()
        if decision.allowed and category not in ON_ITS_OWN_PAGE
    ]
