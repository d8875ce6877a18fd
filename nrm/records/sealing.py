"""Records: the answers to a form, one ciphertext per data category, corrected by new versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import uuid4

import orjson
from sqlalchemy import insert, select

from nrm.records.keys import KeyGone
from nrm.records.prepared import Write
from nrm.records.tables.record import Record, RecordPart
from nrm.records.types import canonical_json
from nrm.records.unit import Unit
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import NotFound

_RECORD = Write(insert(Record))
_PART = Write(insert(RecordPart))

Answers = dict[str, object]
"""Field path -> value."""


def write_record(
    unit: Unit,
    *,
    case_id: str,
    form: str,
    form_digest: str,
    parts: Mapping[Category, Mapping[str, object]],
    agency_id: str,
    run_id: str | None = None,
    task_id: str | None = None,
    bundle: str | None = None,
    role: str | None = None,
    happened_at: datetime | None = None,
    supersedes: str | None = None,
    reason_code: str | None = None,
) -> str:
    """Write a record and its sealed parts; return its id. With ``supersedes`` it is the next version.

    Empty parts are not written. NotFound when the superseded record is not of this case; Conflict (at
    the end of the unit) when someone corrected that version already.
    """
    record_id = str(uuid4())
    series, version = (record_id, 1) if supersedes is None else _next_version(unit, case_id, supersedes)
    filled = {category: answers for category, answers in parts.items() if answers}
    _RECORD.run(unit.conn, {
        "id": record_id, "case_id": case_id, "run_id": run_id, "task_id": task_id, "form": form,
        "form_digest": form_digest, "bundle": bundle, "version": version, "series_id": series,
        "supersedes_id": supersedes, "reason_code": reason_code, "happened_at": happened_at,
        "entered_at": unit.now, "entered_by": unit.actor.user_id, "agency_id": agency_id, "role": role,
        "answers_none": not filled,
    })
    rows = [
        {"record_id": record_id, "category": category.value,
         "sealed": unit.seal(case_id, category, canonical_json(dict(answers)).encode(), _place(record_id))}
        for category, answers in sorted(filled.items())
    ]
    _PART.run_all(unit.conn, rows)
    return record_id


def read_parts(unit: Unit, record_id: str, categories: Collection[Category]) -> dict[Category, Answers]:
    """Return category -> answers of one record, of the asked categories only."""
    return read_many(unit, [record_id], categories).get(record_id, {})


def read_many(
    unit: Unit, record_ids: Collection[str], categories: Collection[Category]
) -> dict[str, dict[Category, Answers]]:
    """Return record id -> category -> answers in one query. Erased parts are left out.

    SealBroken when a part was altered or stands in the wrong row.
    """
    rows = unit.conn.execute(
        select(Record.id, Record.case_id, RecordPart.category, RecordPart.sealed)
        .join(RecordPart, RecordPart.record_id == Record.id)
        .where(Record.id.in_(list(record_ids)), RecordPart.category.in_([str(c) for c in categories]))
    )
    found: dict[str, dict[Category, Answers]] = {}
    for record_id, case_id, category, sealed in rows:
        try:
            data = unit.open_sealed(case_id, category, sealed, _place(record_id))
        except KeyGone:
            continue
        found.setdefault(record_id, {})[Category(category)] = orjson.loads(data)
    return found


def _next_version(unit: Unit, case_id: str, supersedes: str) -> tuple[str, int]:
    row = unit.conn.execute(
        select(Record.series_id, Record.version).where(Record.id == supersedes, Record.case_id == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row.series_id, row.version + 1


def _place(record_id: str) -> str:
    return f"record_part:{record_id}"
