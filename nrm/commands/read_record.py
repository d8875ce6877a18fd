"""Read one record: the answers of the categories the reader may see, in the form's own words and order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from nrm.commands.correct_record import REASONS
from nrm.commands.reading import Reading, reading
from nrm.diagrams.forms import Form
from nrm.queries.case_reader import ON_ITS_OWN_PAGE
from nrm.queries.known import RecordLine, readable_records, shown
from nrm.records.tables.account import User
from nrm.records.tables.record import Record, RecordPart
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answer; ``rows`` where the question is a list of rows."""

    key: str
    label: str
    value: object
    shown: str
    category: str
    rows: tuple[tuple[Answer, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """One version of a record: when and why it was written."""

    id: str
    version: int
    entered_at: datetime
    reason_code: str | None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One record as its reader may see it. ``hidden``: categories it has that the reader does not see."""

    id: str
    case_id: str
    case_code: str
    form: Form
    title: str
    version: int
    is_newest: bool
    happened_at: datetime | None
    entered_at: datetime
    entered_by_name: str
    agency_name: str
    role: str | None
    reason_code: str | None
    answers: tuple[Answer, ...]
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    """Field key -> value, as the form takes it: to fill the correction with."""
    hidden: tuple[str, ...] = ()
    versions: tuple[RecordVersion, ...] = ()
    may_correct: bool = False
    reasons: tuple[str, ...] = REASONS


def read_record(system: System, actor: Actor, *, record_id: str) -> RecordPage:
    """Open one record; leaves the read entry.

    The place of stay is never among the answers: it has a page of its own. Raises NotFound where the
    reader may see nothing of it.
    """
    with system.database.reader(actor) as unit:
        case_id = unit.conn.execute(select(Record.case_id).where(Record.id == record_id)).scalar()
    if case_id is None:
        raise NotFound
    with reading(system, actor, Permission.CASE_READ, case_id, f"record:{record_id}") as read:
        return _page(read, record_id)


def _page(read: Reading, record_id: str) -> RecordPage:
    system, unit = read.system, read.unit
    policy = system.configuration.policy
    only = set(Category) - ON_ITS_OWN_PAGE
    found = list(readable_records(
        unit, system.library, read.standing, policy, record_id=record_id, only=only, newest_only=False,
    ))
    if not found or not found[0].answers:
        raise NotFound
    line = found[0]
    form = system.library.published(unit.conn, line.bundle).form(line.form)
    versions = _versions(read, record_id)
    values = form.merge(line.answers)
    name = unit.conn.execute(select(User.name).where(User.id == line.entered_by)).scalar()
    newest = versions[0].id == record_id
    return RecordPage(
        line.id, read.case.id, read.case.code, form, line.title, line.version, newest, line.happened_at,
        line.entered_at, name or "", system.agencies(unit).name(line.agency_id), line.role, line.reason_code,
        _answers(form, line), values, _hidden(read, line), versions,
        newest and read.standing.decide(Permission.RECORD_CORRECT).allowed,
    )


def _versions(read: Reading, record_id: str) -> tuple[RecordVersion, ...]:
    series = select(Record.series_id).where(Record.id == record_id).scalar_subquery()
    rows = read.unit.conn.execute(
        select(Record.id, Record.version, Record.entered_at, Record.reason_code)
        .where(Record.series_id == series).order_by(Record.version.desc())
    )
    return tuple(RecordVersion(*row) for row in rows)


def _answers(form: Form, line: RecordLine) -> tuple[Answer, ...]:
    merged = form.merge(line.answers)
    return tuple(
        _answer(form, key, merged[key]) for key in form.fields if key in merged
    )


def _answer(form: Form, key: str, value: object) -> Answer:
    field = form.fields[key]
    rows: tuple[tuple[Answer, ...], ...] = ()
    if field.type == "dynamiclist" and isinstance(value, list):
        inner = field.answered()
        rows = tuple(
            tuple(
                Answer(name, inner[name].label or name, one, shown(inner[name], one), str(inner[name].category))
                for name, one in row.items() if name in inner
            )
            for row in value if isinstance(row, Mapping)
        )
    return Answer(key, field.label or key, value, shown(field, value), str(field.category), rows)


def _hidden(read: Reading, line: RecordLine) -> tuple[str, ...]:
    written = read.unit.conn.execute(select(RecordPart.category).where(RecordPart.record_id == line.id)).scalars()
    return tuple(sorted(set(written) - {str(category) for category in line.answers}))
