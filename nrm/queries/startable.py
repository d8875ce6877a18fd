"""Which processes a person may start by hand in a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from nrm.decisions.feel import parse_expression
from nrm.queries.case_reader import CaseReader
from nrm.records.facts import current_facts
from nrm.records.tables.bundle import BundleRow
from nrm.records.unit import Unit
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
