"""Who received what of a case, under which version of a consent; and who is still to be told to give it back (X1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.engine import Row

from nrm.queries.recall_clocks import RecallClock, recall_clocks
from nrm.queries.standing import Standing
from nrm.records.tables.consent import Disclosure, Recall
from nrm.records.unit import Unit
from nrm.rules.consent import Recipient, covers
from nrm.vocabulary.categories import Category
from nrm.wiring.directory import Agencies
from nrm.wiring.system import System

NO_ANSWER = "none"
PERSON = "person"
"""Who receives where no agency does: the person themselves, or who speaks for them. Nobody has to agree to that."""
THE_PERSON = "The person themselves"


@dataclass(frozen=True, slots=True)
class DisclosureLine:
    """Something an agency received. ``consent_version`` is 0 where it rested on no consent."""

    way: str
    purpose: str
    categories: tuple[str, ...]
    elements: tuple[str, ...]
    consent_id: str
    consent_version: int
    at: datetime
    is_covered: bool
    """Whether the person's word, or a legal basis, covers it still."""


@dataclass(frozen=True, slots=True)
class Received:
    """What one agency received, the first first; whether it was told to stop, and what it answered."""

    agency_id: str
    agency_name: str
    lines: tuple[DisclosureLine, ...]
    told_on: date | None = None
    answer: str = ""
    to_tell: bool = False
    """It holds something that nothing covers any more, and has not answered since it came to that."""
    to_confirm: bool = False
    """The same, and it has not confirmed itself what became of it."""
    confirmed_at: datetime | None = None
    basis: str = ""
    """Why it has to keep what it received, in its own word."""
    clock: RecallClock | None = None
    """Until when it has to confirm that; None for what was asked back before there were clocks."""


def received(system: System, unit: Unit, standing: Standing) -> tuple[Received, ...]:
    """Return for each agency what it received of the case, in the order of their names."""
    return _received(system, unit, standing, true())


def received_by(system: System, unit: Unit, standing: Standing, agency_id: str) -> Received | None:
    """Return what one agency received of the case, or None."""
    found = _received(system, unit, standing, Disclosure.agency_id == agency_id)
    return found[0] if found else None


def _received(
    system: System, unit: Unit, standing: Standing, which: ColumnElement[bool]
) -> tuple[Received, ...]:
    case_id = str(standing.case.id)
    agencies = system.agencies(unit)
    rows = unit.conn.execute(
        select(Disclosure).where(Disclosure.case_id == case_id, which)
        .order_by(Disclosure.agency_id, Disclosure.at, Disclosure.id)
    ).all()
    told: dict[str, list[Row[Any]]] = {}
    for row in unit.conn.execute(select(Recall).where(Recall.case_id == case_id).order_by(Recall.at, Recall.id)):
        told.setdefault(row.agency_id, []).append(row)
    clocks = recall_clocks(unit, case_id) if rows else {}
    found = [
        replace(
            _of(agencies, standing, agency_id, list(group), told.get(agency_id, [])), clock=clocks.get(agency_id),
        )
        for agency_id, group in groupby(rows, key=lambda row: row.agency_id)
    ]
    return tuple(sorted(found, key=lambda one: (one.agency_name, one.agency_id)))


def _of(
    agencies: Agencies, standing: Standing, agency_id: str, rows: Sequence[Row[Any]], recalls: Sequence[Row[Any]]
) -> Received:
    recipient = Recipient(agency_id, agencies.kind(agency_id))
    lines = _first_of_each(_line(standing, recipient, row) for row in rows)
    told = recalls[-1] if recalls else None
    answered = told if told is not None and told.answer != NO_ANSWER else None
    own = next((row for row in reversed(recalls) if row.own), None)
    return Received(
        agency_id, THE_PERSON if agency_id == PERSON else agencies.name(agency_id), lines,
        told.told_on if told else None, told.answer if told else "", _is_open(lines, answered),
        agency_id != PERSON and _is_open(lines, own), own.at if own else None, (own.basis or "") if own else "",
    )


def _is_open(lines: Iterable[DisclosureLine], answer: Row[Any] | None) -> bool:
    """Whether something that nothing covers came after an answer, or there is none."""
    return any(not line.is_covered and (answer is None or line.at > answer.at) for line in lines)


def _first_of_each(lines: Iterable[DisclosureLine]) -> tuple[DisclosureLine, ...]:
    """Leave out what says the same of another answer: whoever agreed twice has not sent anything twice."""
    found: dict[tuple[object, ...], DisclosureLine] = {}
    for line in lines:
        found.setdefault((line.way, line.purpose, line.categories, line.consent_version), line)
    return tuple(found.values())


def _line(standing: Standing, recipient: Recipient, row: Row[Any]) -> DisclosureLine:
    is_covered = row.agency_id == PERSON or covers(
        standing.consents, recipient, row.purpose, map(Category, row.categories), standing.now,
        child=standing.treated_as_child,
    ).allowed
    return DisclosureLine(
        row.way, row.purpose, tuple(row.categories), tuple(row.elements), row.consent_id or "",
        row.consent_version or 0, row.at, is_covered,
    )
