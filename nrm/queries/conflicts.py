"""Who is kept from a case, who might have to be, and who could be: for those who note conflicts of interest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from nrm.queries.case_reader import CaseReader
from nrm.records.same_person import accounts_of
from nrm.records.search import MARK, index_keys, indexed
from nrm.records.tables.account import User
from nrm.records.tables.case import KeptAway, TeamMember
from nrm.records.tables.need_to_know import WorkerMark
from nrm.records.tables.task import IS_OPEN, Task
from nrm.rules.conflicts import hint_keys, may_lift
from nrm.vocabulary.access_words import ConflictReason
from nrm.vocabulary.categories import Category

NAME_INDEX = "person.name"
MOST = 500
"""So many people are offered and looked at; more work at no agency of a team."""


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One account that is kept from the case."""

    user_id: str
    name: str
    agency_name: str
    since: datetime
    reason: str
    sentence: str
    noted_by_name: str
    may_lift: bool
    """Whether the reader may let them back: neither they themselves, nor who noted it."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who has to do with the case, or could have.

    ``hint``: a word of their name is a name of the case; ``same_contact``: they gave an address or telephone of their
    own by which the person of the case is reached.
    """

    user_id: str
    name: str
    agency_name: str
    hint: bool
    same_contact: bool = False


@dataclass(frozen=True, slots=True)
class ConflictsView:
    """Who is kept from one case, and who could be. A hint is no verdict: many people share a name."""

    case_id: str
    case_code: str
    kept: tuple[KeptLine, ...]
    workers: tuple[Worker, ...]


def conflicts_view(reader: CaseReader) -> ConflictsView:
    """Return who is kept from the case; hints for those alone who see all of the person's identity."""
    kept = _kept(reader)
    away = {line.user_id for line in kept}
    workers = tuple(one for one in _workers(reader) if one.user_id not in away)
    return ConflictsView(reader.case_id, str(reader.standing.case.code), kept, workers)


def _kept(reader: CaseReader) -> tuple[KeptLine, ...]:
    conn, noter = reader.unit.conn, aliased(User)
    rows = conn.execute(
        select(KeptAway, User.name, User.agency_id, noter.name.label("noter"))
        .outerjoin(User, User.id == KeptAway.user_id).outerjoin(noter, noter.id == KeptAway.noted_by)
        .where(KeptAway.case_id == reader.case_id).order_by(KeptAway.since, KeptAway.user_id)
    ).all()
    mine = accounts_of(conn, reader.actor.user_id) if rows else frozenset[str]()
    return tuple(
        KeptLine(
            row.user_id, row.name or "", reader.agencies.name(row.agency_id), row.since, row.reason,
            ConflictReason(row.reason).sentence, row.noter or "",
            may_lift(mine, accounts_of(conn, row.user_id), {row.noted_by}),
        )
        for row in rows
    )


def _workers(reader: CaseReader) -> tuple[Worker, ...]:
    """Everybody of the agencies that manage the case, have a seat in its team or an open task."""
    seats = select(TeamMember.agency_id).where(TeamMember.case_id == reader.case_id, TeamMember.to_at.is_(None))
    tasks = select(Task.agency_id).where(Task.case_id == reader.case_id, IS_OPEN)
    rows = reader.unit.conn.execute(
        select(User.id, User.name, User.agency_id).where(
            User.status == "active",
            User.agency_id.in_([str(reader.standing.case.agency_id)]) | User.agency_id.in_(seats)
            | User.agency_id.in_(tasks),
        ).order_by(User.name, User.id).limit(MOST)
    ).all()
    hinted, marked = _hinted(reader, {row.id: row.name for row in rows}), _marked(reader)
    return tuple(
        Worker(row.id, row.name, reader.agencies.name(row.agency_id), row.id in hinted, row.id in marked)
        for row in rows
    )


def _hinted(reader: CaseReader, names: dict[str, str]) -> frozenset[str]:
    """Whose name shares a word with the names of the case: keyed hashes are compared, no name is read."""
    if not reader.sees_all(Category.IDENTITY):
        return frozenset()
    known = indexed(reader.unit, reader.case_id, NAME_INDEX)
    return frozenset(
        user_id for user_id, name in names.items()
        if any(not known.isdisjoint(index_keys(reader.unit, NAME_INDEX, word)) for word in hint_keys(name))
    )


def _marked(reader: CaseReader) -> frozenset[str]:
    """Who gave an address or telephone that is one of the case's: for those alone who may read how it is reached."""
    if not reader.sees_all(Category.CONTACT):
        return frozenset()
    marks = indexed(reader.unit, reader.case_id, MARK)
    return frozenset(reader.unit.conn.execute(
        select(WorkerMark.user_id).where(WorkerMark.hmac.in_(sorted(marks)))
    ).scalars())
