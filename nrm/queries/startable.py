"""Which processes a person may start by hand in a case, and which facts hold there now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from nrm.decisions.feel import parse_expression
from nrm.queries.case_reader import CaseReader
from nrm.records.facts import current_facts
from nrm.records.tables.bundle import BundleRow
from nrm.records.unit import Unit
from nrm.vocabulary.categories import Category
from nrm.vocabulary.permissions import Permission
from nrm.wiring.library import Library, Published


@dataclass(frozen=True, slots=True)
class Startable:
    """A process of the case's *start…* menu."""

    process: str
    title: str
    documentation: str
    may_start_now: bool
    """Whether its start condition holds; not known counts as no."""


@dataclass(frozen=True, slots=True)
class FactSeen:
    """One fact of the case in words."""

    name: str
    title: Mapping[str, str]
    value: object


def current_processes(unit: Unit, library: Library) -> tuple[Published, ...]:
    """Return every process as it is published now, by id."""
    rows = unit.conn.execute(
        select(BundleRow.digest).where(BundleRow.status == "current").order_by(BundleRow.process)
    ).scalars().all()
    return tuple(library.published(unit.conn, digest) for digest in rows)


def may_start_now(published: Published, facts: Mapping[str, object]) -> bool:
    """Whether the process's start condition holds; not known counts as no."""
    condition = published.process.start_when
    return not condition or parse_expression(condition).evaluate(facts).value is True


def startable(reader: CaseReader) -> tuple[Startable, ...]:
    """Return the processes the reader's roles start by hand, with whether each may start now."""
    if not reader.may(Permission.CASE_START_RUN):
        return ()
    set_now = {name: value for name, (value, _) in current_facts(reader.unit.conn, reader.case_id).items()}
    found = []
    for published in current_processes(reader.unit, reader.system.library):
        process = published.process
        if "person" not in process.starts:
            continue
        if process.start_roles and not reader.actor.roles & set(process.start_roles):
            continue
        now = may_start_now(published, {**published.initial_facts, **set_now})
        found.append(Startable(process.id, process.title, process.documentation, now))
    return tuple(found)


def facts_seen(reader: CaseReader) -> tuple[FactSeen, ...]:
    """Return the facts of the case that the reader may see.

    A fact a form sets is seen by who sees that question's category; one a table decides by who sees risk,
    story and decisions. Without the process no fact is shown.
    """
    if not reader.sees_process:
        return ()
    processes = current_processes(reader.unit, reader.system.library)
    behind = categories_of_facts(processes)
    dictionary = {name: fact for published in processes for name, fact in published.dictionary.items()}
    found = []
    for name, (value, _) in sorted(current_facts(reader.unit.conn, reader.case_id).items()):
        fact = dictionary.get(name)
        if fact is None or value is None:
            continue
        decided = _DECIDED if fact.sensitivity == "sensitive" else frozenset({Category.PROCESS})
        if all(reader.sees_all(category) for category in behind.get(name, decided)):
            found.append(FactSeen(name, fact.label, value))
    return tuple(found)


_DECIDED = frozenset({Category.RISK, Category.NARRATIVE, Category.DECISION})


def categories_of_facts(processes: tuple[Published, ...]) -> dict[str, frozenset[Category]]:
    """Return fact name -> the data categories of the questions that set it."""
    found: dict[str, set[Category]] = {}
    for published in processes:
        for form_id in published.bundle.form_ids:
            for name, fields in published.form(form_id).facts.items():
                found.setdefault(name, set()).update(field.category for field in fields)
    return {name: frozenset(categories) for name, categories in found.items()}
