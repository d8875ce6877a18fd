"""Who opened a case: name, agency, role in it, when, by which rule; for its team and for those who watch access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.queries.case_reader import CaseReader
from nrm.queries.paging import page_size
from nrm.records.tables.account import User
from nrm.records.tables.history import History
from nrm.rules.relations import Relation

READING = ("read", "revealed")
LIMIT = 50


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One reading. ``what``: case, task, history, or what was opened on press; ``rule``: what allowed it."""

    seq: int
    at: datetime
    user_id: str
    name: str
    agency_name: str
    roles: tuple[str, ...]
    what: str
    rule: str
    in_emergency: bool


@dataclass(frozen=True, slots=True)
class ReadersPage:
    """Some readings of one case, the newest first; ``before_seq`` begins the next page, None on the last."""

    case_id: str
    case_code: str
    lines: tuple[ReadLine, ...]
    before_seq: int | None


def readers_of(reader: CaseReader, *, before_seq: int | None = None, limit: int | None = None) -> ReadersPage:
    """Return who opened the reader's case."""
    size = page_size(limit or LIMIT)
    query = select(
        History.seq, History.at, History.actor, History.agency, History.object, History.rule, User.name, User.roles,
    ).outerjoin(User, User.id == History.actor).where(
        History.chain == reader.case_id, History.act.in_(READING), History.outcome == "ok"
    )
    if before_seq is not None:
        query = query.where(History.seq < before_seq)
    rows = reader.unit.conn.execute(query.order_by(History.seq.desc()).limit(size + 1)).all()
    lines = tuple(
        ReadLine(
            row.seq, row.at, row.actor, row.name or "", reader.agencies.name(row.agency),
            tuple(reader.role_title(role) for role in sorted(row.roles or ())), row.object.split(":")[0],
            row.rule or "", (row.rule or "").startswith(f"{Relation.GLASS}:"),
        )
        for row in rows[:size]
    )
    return ReadersPage(
        reader.case_id, str(reader.standing.case.code), lines, lines[-1].seq if len(rows) > size else None,
    )
