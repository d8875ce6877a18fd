"""Who received what of a case, under which version of a consent; and who is still to be told to give it back (X1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.standing import Standing
from nrm.records.tables.consent import Disclosure, Recall
from nrm.records.unit import Unit
from nrm.rules.consent import Recipient, covers
from nrm.vocabulary.categories import Category
from nrm.wiring.directory import Agencies
from nrm.wiring.system import System

NO_ANSWER = "none"


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


def received(system: System, unit: Unit, standing: Standing) -> tuple[Received, ...]:
    """Return for each agency what it received of the case, in the order of their names."""
    case_id = str(standing.case.id)
    agencies = system.agencies(unit)
    rows = unit.conn.execute(
        select(Disclosure).where(Disclosure.case_id == case_id)
        .order_by(Disclosure.agency_id, Disclosure.at, Disclosure.id)
    ).all()
    told = {
        row.agency_id: row for row in unit.conn.execute(
            select(Recall).where(Recall.case_id == case_id).order_by(Recall.at, Recall.id)
        )
    }
    found = [
        _of(agencies, standing, agency_id, list(group), told.get(agency_id))
        for agency_id, group in groupby(rows, key=lambda row: row.agency_id)
    ]
    return tuple(sorted(found, key=lambda one: (one.agency_name, one.agency_id)))


def _of(
    agencies: Agencies, standing: Standing, agency_id: str, rows: Sequence[Row[Any]], told: Row[Any] | None
) -> Received:
    recipient = Recipient(agency_id, agencies.kind(agency_id))
    lines = _first_of_each(_line(standing, recipient, row) for row in rows)
    answered = told is not None and told.answer != NO_ANSWER
    since = told.at if told is not None and answered else None
    to_tell = any(not line.is_covered and (since is None or line.at > since) for line in lines)
    return Received(
        agency_id, agencies.name(agency_id), lines, told.told_on if told else None, told.answer if told else "",
        to_tell,
    )


def _first_of_each(lines: Iterable[DisclosureLine]) -> tuple[DisclosureLine, ...]:
    """Leave out what says the same of another answer: whoever agreed twice has not sent anything twice."""
    found: dict[tuple[object, ...], DisclosureLine] = {}
    for line in lines:
        found.setdefault((line.way, line.purpose, line.categories, line.consent_version), line)
    return tuple(found.values())


def _line(standing: Standing, recipient: Recipient, row: Row[Any]) -> DisclosureLine:
    covered = covers(
        standing.consents, recipient, row.purpose, map(Category, row.categories), standing.now,
        child=standing.treated_as_child,
    )
    return DisclosureLine(
        row.way, row.purpose, tuple(row.categories), tuple(row.elements), row.consent_id or "",
        row.consent_version or 0, row.at, covered.allowed,
    )
