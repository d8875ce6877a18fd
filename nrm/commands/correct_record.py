"""Correct a completed record: a new version with a reason; facts are derived again; what it touches is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from nrm.commands.answered_files import require_own_files
from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.form_acts.dates import BIRTH_ACT, birth_facts
from nrm.commands.name_index import index_answers
from nrm.diagrams.forms import Form
from nrm.queries.known import readable_records
from nrm.records.sealing import read_parts, write_record
from nrm.records.tables.record import Record
from nrm.records.tables.task import IS_OPEN, Task
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

REASONS = ("typing_mistake", "the_person_corrected", "new_information", "wrong_person", "translation", "other")


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction: the new version, the facts it changed, and the open tasks someone should look at again."""

    record_id: str
    version: int
    changed_facts: tuple[str, ...]
    look_again: tuple[str, ...]


def correct_record(
    system: System, actor: Actor, *, record_id: str, answers: Mapping[str, object], reason: str,
    seen_version: int | None = None,
) -> Corrected:
    """Write a new version of a record.

    Answers in categories the actor does not see stay as they were. A gateway that was passed is not
    passed again: a coordinator is told which open tasks rest on a changed fact.

    Raises InvalidInput, NotFound, NotAllowed, Conflict where a newer version exists already.
    """
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(select(Record.case_id).where(Record.id == record_id)).first()
    if row is None:
        raise NotFound
    with case_act(system, actor, Permission.RECORD_CORRECT, row.case_id) as act:
        seen = seen_categories(act, record_id)
        if reason not in REASONS:
            raise InvalidInput(fields={"reason": ["Say why the record changes: choose one of the listed reasons."]})
        _require_newest(act, record_id, seen_version)
        return _correct(act, record_id, answers, reason, seen)


def _correct(
    act: CaseAct, record_id: str, answers: Mapping[str, object], reason: str, seen: frozenset[Category]
) -> Corrected:
    unit = act.unit
    old = unit.conn.execute(select(Record).where(Record.id == record_id)).one()
    published = act.system.library.published(unit.conn, old.bundle)
    form = published.form(old.form)
    hidden = {c: a for c, a in read_parts(unit, record_id, list(Category)).items() if c not in seen}
    validated = form.validate(_with_hidden(form, answers, hidden), dictionary=published.dictionary)
    require_own_files(unit, old.case_id, form, validated.answers)
    parts = {**validated.by_category, **hidden}
    new_id = write_record(
        unit, case_id=old.case_id, form=old.form, form_digest=old.form_digest, parts=parts,
        agency_id=act.actor.agency_id, run_id=old.run_id, task_id=old.task_id, bundle=old.bundle, role=old.role,
        happened_at=old.happened_at, supersedes=record_id, reason_code=reason,
    )
    index_answers(unit, old.case_id, form, validated.answers)
    derived = birth_facts(validated.answers, unit.now.date()) if form.act == BIRTH_ACT else {}
    changed = act.settlement.facts.set(
        old.run_id, published, {**validated.facts, **derived}, source=f"record:{new_id}",
    )
    look_again = tuple(unit.conn.execute(
        select(Task.id).where(Task.case_id == old.case_id, IS_OPEN).order_by(Task.due_at)
    ).scalars()) if changed else ()
    act.enter("record.corrected", f"record:{new_id}", outcome=reason, bundle=old.bundle, payload={
        "before": record_id, "form": old.form, "facts": sorted(changed),
    })
    return Corrected(new_id, old.version + 1, tuple(sorted(changed)), look_again)


def _require_newest(act: CaseAct, record_id: str, seen_version: int | None) -> None:
    series = select(Record.series_id).where(Record.id == record_id).scalar_subquery()
    newest = act.unit.conn.execute(
        select(Record.id, Record.version).where(Record.series_id == series).order_by(Record.version.desc()).limit(1)
    ).one()
    if newest.id != record_id or seen_version not in (None, newest.version):
        raise Conflict(
            "This record was corrected in the meantime. Look at the newest version first.", code="record_changed",
        )


def seen_categories(act: CaseAct, record_id: str) -> frozenset[Category]:
    """Return what the actor sees of a record. Raises NotAllowed where that is nothing."""
    lines = list(readable_records(
        act.unit, act.system.library, act.standing, act.system.configuration.policy, record_id=record_id,
    ))
    if not lines or not lines[0].answers:
        raise NotAllowed("You cannot correct what you do not see.", rule="record:not_readable")
    return frozenset(lines[0].answers)


def _with_hidden(
    form: Form, answers: Mapping[str, object], hidden: Mapping[Category, Mapping[str, object]]
) -> dict[str, object]:
    """Put what the actor does not see beside what they wrote, so that the whole record is checked."""
    merged = dict(answers)
    for part in hidden.values():
        for key, value in part.items():
            if key in form.fields:
                merged.setdefault(key, value)
    return merged
