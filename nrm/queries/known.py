"""What is already known of the person, as the reader may see it: the latest answer per dictionary element.

Nobody is asked twice (domain 2.8): the task page shows these beside the form and fills them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.diagrams.forms import Field, Form
from nrm.queries.standing import Standing
from nrm.records.sealing import read_many
from nrm.records.tables.record import Record
from nrm.records.unit import Unit
from nrm.rules.policy import Policy
from nrm.rules.visibility import Decision, Extent, Written, may_read
from nrm.vocabulary.categories import Category
from nrm.wiring.library import Library


@dataclass(frozen=True, slots=True)
class Known:
    """One answer that is known: what was asked, what was said, where, when and in which role it was recorded."""

    element: str
    label: str
    value: object
    shown: str
    category: Category
    form: str
    record_id: str
    recorded_at: datetime
    role: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record as the reader may see it: its form and the answers of the readable categories."""

    id: str
    form: str
    title: str
    version: int
    task_id: str | None
    run_id: str | None
    bundle: str
    happened_at: datetime | None
    entered_at: datetime
    entered_by: str
    agency_id: str
    role: str | None
    reason_code: str | None
    answers: Mapping[Category, Mapping[str, object]]


def readable_records(
    unit: Unit, library: Library, standing: Standing, policy: Policy, *, record_id: str | None = None,
    only: Iterable[Category] | None = None, newest_only: bool = True,
) -> Iterator[RecordLine]:
    """Yield a case's records, oldest first, with what the reader may see of each.

    ``only`` narrows the categories. To a provider a referral opens single values, never a record.
    """
    decisions = standing.readable()
    wanted = set(Category) if only is None else set(only)
    query = select(Record).where(Record.case_id == standing.case.id).order_by(Record.entered_at, Record.id)
    if record_id is not None:
        query = query.where(Record.id == record_id)
    rows = unit.conn.execute(query).all()
    newest = {row.series_id: row.id for row in sorted(rows, key=lambda row: row.version)}
    allowed = [category for category, decision in decisions.items() if decision.allowed and category in wanted]
    parts = read_many(unit, [row.id for row in rows], allowed)
    for row in rows:
        if newest_only and newest[row.series_id] != row.id:
            continue
        form = library.published(unit.conn, row.bundle).form(row.form) if row.bundle else None
        answers = {
            category: part for category, found in parts.get(row.id, {}).items()
            if (part := _readable_part(decisions[category], standing, policy, row, form, found))
        }
        yield RecordLine(
            row.id, row.form, form.title if form else row.form, row.version, row.task_id, row.run_id,
            row.bundle or "", row.happened_at, row.entered_at, row.entered_by, row.agency_id, row.role,
            row.reason_code, answers,
        )


def _readable_part(
    decision: Decision, standing: Standing, policy: Policy, row: Row[Any], form: Form | None,
    part: Mapping[str, object],
) -> Mapping[str, object]:
    """Return what the reader may see of one part: all, the values a referral names, or nothing."""
    if not decision.allowed:
        return {}
    if decision.extent is Extent.REFERRED and row.agency_id != standing.actor.agency_id:
        fields = form.fields if form else {}
        named = {key for key, field in fields.items() if field.element in standing.named_elements}
        return {key: value for key, value in part.items() if key in named}
    written = Written(row.agency_id, row.role or "", row.entered_by)
    return part if may_read(decision, standing.actor, written, policy) else {}


def known_elements(
    unit: Unit, library: Library, standing: Standing, policy: Policy, *, only: Iterable[Category] | None = None
) -> dict[str, Known]:
    """Return the latest answer per element that the reader may see; an empty answer never hides an older one."""
    decisions = standing.readable()
    found: dict[str, Known] = {}
    for record in readable_records(unit, library, standing, policy, only=only):
        form = library.published(unit.conn, record.bundle).form(record.form)
        for answers in record.answers.values():
            for key, value in answers.items():
                field = form.fields.get(key)
                if field is None or not field.element or value in (None, "", [], {}):
                    continue
                found[field.element] = Known(
                    field.element, field.label, value, shown(field, value), field.category, form.title, record.id,
                    record.entered_at, record.role, decisions[field.category].rule,
                )
    return found


def shown(field: Field, value: object) -> str:
    """Return an answer as a person reads it: option labels instead of their codes."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(shown(field, item) for item in value if not isinstance(item, dict)) or f"{len(value)}"
    if isinstance(value, str) and field.options:
        return field.option_label(value)
    return str(value)
