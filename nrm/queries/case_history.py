"""The history of a case as a reader may see it: who did what and when, never what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import InstrumentedAttribute

from nrm.queries.case_reader import CaseReader
from nrm.queries.decisions_told import MADE, DecisionTold, reasons_of
from nrm.queries.paging import page_size
from nrm.records.tables.account import User
from nrm.records.tables.history import History
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.visibility import Extent
from nrm.wiring.system import System

LIMIT = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a history. ``about`` says in words what ``object`` is, where it is a task."""

    seq: int
    at: datetime
    actor_id: str
    actor_name: str
    agency_id: str
    agency_name: str
    act: str
    object: str
    about: str
    outcome: str
    rule: str | None
    bundle: str | None
    digest: str
    link: str
    decided: DecisionTold | None = None
    """What a decision table came to in this entry, as far as the reader may see it."""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some entries, the newest first; ``before_seq`` begins the next page, None on the last."""

    case_id: str
    case_code: str
    entries: tuple[Entry, ...]
    before_seq: int | None
    own_only: bool
    """Whether only the acts of the reader's own agency are shown."""


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries: those of one person, of one agency, of one kind of act."""

    actor: str | None = None
    agency: str | None = None
    act: str | None = None


@dataclass(frozen=True, slots=True)
class EntryChoices:
    """What the entries of one chain can be filtered by: (id, name) of people and agencies, and the acts."""

    actors: tuple[tuple[str, str], ...]
    agencies: tuple[tuple[str, str], ...]
    acts: tuple[str, ...]


def entry_choices(system: System, unit: Unit, chain: str) -> EntryChoices:
    """Return who and what occurs in a chain."""
    rows = unit.conn.execute(
        select(History.actor, User.name, History.agency, History.act).distinct()
        .outerjoin(User, User.id == History.actor).where(History.chain == chain)
    ).all()
    agencies = system.agencies(unit)
    people = {(row.actor, row.name) for row in rows if row.name}
    return EntryChoices(
        tuple(sorted(people, key=itemgetter(1))),
        tuple(sorted({(row.agency, agencies.name(row.agency)) for row in rows if row.agency}, key=itemgetter(1))),
        tuple(sorted({row.act for row in rows})),
    )


def case_history(
    system: System, unit: Unit, *, case_id: str, case_code: str, extent: Extent, agency_id: str,
    before_seq: int | None = None, limit: int | None = None, wanted: EntryFilter | None = None,
) -> HistoryPage:
    """Return entries of one case, newest first; with an extent of OWN those of one agency only."""
    own_only = extent is not Extent.ALL
    size = page_size(limit or LIMIT)
    query = _entries(case_id)
    for column, value in _asked(wanted or EntryFilter()):
        query = query.where(column == value)
    if own_only:
        query = query.where(History.agency == agency_id)
    if before_seq is not None:
        query = query.where(History.seq < before_seq)
    rows = unit.conn.execute(query.order_by(History.seq.desc()).limit(size + 1)).all()
    shown = rows[:size]
    return HistoryPage(
        case_id, case_code, entries_of(system, unit, shown),
        shown[-1].seq if len(rows) > size else None, own_only,
    )


def _asked(wanted: EntryFilter) -> Iterator[tuple[InstrumentedAttribute[str], str]]:
    for column, value in (
        (History.actor, wanted.actor), (History.agency, wanted.agency), (History.act, wanted.act),
    ):
        if value:
            yield column, value


def with_reasons(page: HistoryPage, reader: CaseReader, *, checks: bool) -> HistoryPage:
    """Return the page with what decision tables came to; ``checks``: as who checks the history reads it."""
    told = reasons_of(reader, [entry.seq for entry in page.entries if entry.act == MADE], checks=checks)
    return replace(page, entries=tuple(replace(entry, decided=told.get(entry.seq)) for entry in page.entries))


def whole_history(system: System, unit: Unit, chain: str) -> tuple[Entry, ...]:
    """Return every entry of a chain, the first one first: for the export."""
    return entries_of(system, unit, unit.conn.execute(_entries(chain).order_by(History.seq)).all())


def _entries(chain: str) -> Select[*tuple[Any, ...]]:
    return select(
        History.seq, History.at, History.actor, History.agency, History.act, History.object, History.outcome,
        History.rule, History.bundle, History.digest, History.link, User.name.label("name"),
    ).outerjoin(User, User.id == History.actor).where(History.chain == chain)


def entries_of(system: System, unit: Unit, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[Entry, ...]:
    """Return rows of the history as entries, with names of people and agencies and titles of tasks."""
    agencies = system.agencies(unit)
    titles = _titles(unit, rows)
    return tuple(
        Entry(
            row.seq, row.at, row.actor, row.name or "", row.agency, agencies.name(row.agency), row.act,
            row.object, titles.get(row.object, ""), row.outcome, row.rule, row.bundle, row.digest, row.link,
        )
        for row in rows
    )


def _titles(unit: Unit, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, str]:
    """Return object -> what it is called: titles of tasks, names of the people whose accounts it is about."""
    found: dict[str, str] = {}
    for kind, column, title in (("task", Task.id, Task.title), ("user", User.id, User.name)):
        ids = {row.object.removeprefix(f"{kind}:") for row in rows if row.object.startswith(f"{kind}:")}
        if ids:
            named = unit.conn.execute(select(column, title).where(column.in_(sorted(ids))))
            found |= {f"{kind}:{row[0]}": row[1] for row in named}
    return found
