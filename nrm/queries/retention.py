"""Closed cases and until when they are kept; of one case its holds, what an erasure would take, and its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from nrm.queries.paging import Page, cursor, one_page, page_size, read_cursor, take
from nrm.queries.scope import cases_in_scope, require_having
from nrm.records.erasing import what_goes
from nrm.records.history import open_payload
from nrm.records.keys import KeyGone, SealBroken
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.erasure import CaseKeeping, Erasure, LegalHold
from nrm.records.tables.history import History
from nrm.records.tables.tree import StoredCheckpoint, TreeLeaf
from nrm.records.unit import Unit
from nrm.rules.retention import Hold
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.vocabulary.phrases import read_phrase
from nrm.wiring.system import System

STATES = ("due", "waiting", "held", "kept", "erased")
"""due: the time has come; waiting: for a second person or the worker; held: by a legal hold; kept: all that are."""
KINDS: Mapping[str, str] = {
    "keys": "Keys that open what was written", "record": "Records", "record_part": "Answers by category",
    "note": "Notes", "file": "Files", "file_chunk": "Pieces of files", "draft": "Drafts", "task": "Tasks",
    "run": "Processes of the case", "step": "Steps of its processes", "fact_version": "Facts",
    "fact_current": "Facts as they stand", "deadline": "Clocks", "pause": "Pauses of clocks",
    "consent_version": "Consents", "disclosure": "What agencies received", "referral": "Referrals",
    "plan_line": "Plan lines", "team_member": "Seats of the team", "keyed_index": "Search words",
    "outbox": "Letters", "notice": "Notices", "message": "Messages", "incident": "Incidents",
}
OTHER_KIND = "Other rows"


@dataclass(frozen=True, slots=True)
class KeptCase:
    """One closed case in the list: until when it is kept, and what stands against or for its erasure."""

    case_id: str
    case_code: str
    agency_name: str
    closed_at: datetime | None
    until: date | None
    is_due: bool
    is_held: bool
    erasure: str
    """Status of its newest erasure; empty where none was proposed."""
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class GroundLine:
    """Why a case is kept until a day."""

    until: date
    sentence: str


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One legal hold."""

    id: str
    ground: str
    until: date | None
    by_name: str
    at: datetime
    lifted_at: datetime | None
    stands: bool


@dataclass(frozen=True, slots=True)
class ErasureLine:
    """An erasure from proposal to receipt. ``counts``: table -> how many rows went, ``keys`` among them."""

    id: str
    basis: str
    status: str
    reason: str
    """Why, in the words of who proposed it; empty once they are erased."""
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    done_at: datetime | None
    counts: Mapping[str, int]
    history_seq: int | None
    digest: str
    checkpoint: str
    """The root of the first signed checkpoint that holds that entry; empty while there is none."""


@dataclass(frozen=True, slots=True)
class WhatGoes:
    """How much of one kind an erasure takes, or took."""

    kind: str
    count: int


def kept_cases(
    system: System, actor: Actor, *, state: str = "due", after: str | None = None, limit: int | None = None
) -> Page[KeptCase]:
    """List closed cases of one state in the actor's scope, the one whose time came first on top.

    Raises NotAllowed without the permission, InvalidInput for an unknown state or cursor.
    """
    policy = system.configuration.policy
    require_having(actor, policy, Permission.RETENTION_READ)
    if state not in STATES:
        raise InvalidInput(fields={"state": [f"Choose one of: {', '.join(STATES)}."]})
    place = read_cursor(after, str, str)
    with system.database.reader(actor) as unit:
        today = unit.now.date()
        query = _listed().where(cases_in_scope(actor, Permission.RETENTION_READ, policy), _of(state, today))
        on = Erasure.done_at if state == "erased" else CaseKeeping.until_on
        if place is not None:
            query = query.where(_behind(on, state, place))
        rows = unit.conn.execute(query.order_by(on, Case.id).limit(take(limit))).all()
        shown, more = one_page(rows, page_size(limit))
        held = _held(unit, [row.id for row in shown], today)
        agencies = system.agencies(unit)
        lines = tuple(
            KeptCase(
                row.id, row.code, agencies.name(row.agency_id), row.closed_at, row.until_on,
                row.erased_at is None and row.until_on is not None and row.until_on < today, row.id in held,
                row.status or "", row.erased_at,
            )
            for row in shown
        )
    last = shown[-1] if more else None
    return Page(lines, None if last is None else cursor(_day(last, state).isoformat(), last.id))


def grounds_of(unit: Unit, case_id: str) -> tuple[GroundLine, ...]:
    """Return why a closed case is kept, the longest ground first; nothing for an open or erased one."""
    why = unit.conn.execute(select(CaseKeeping.why).where(CaseKeeping.case_id == case_id)).scalar()
    stored: list[dict[str, Any]] = why if isinstance(why, list) else []
    return tuple(GroundLine(date.fromisoformat(one["until"]), read_phrase(one["sentence"])) for one in stored)


def holds_of(unit: Unit, case_id: str) -> tuple[HoldLine, ...]:
    """Return the legal holds of a case, the newest first."""
    rows = unit.conn.execute(
        select(LegalHold, User.name).outerjoin(User, User.id == LegalHold.by_id)
        .where(LegalHold.case_id == case_id).order_by(LegalHold.at.desc(), LegalHold.id)
    )
    today = unit.now.date()
    return tuple(
        HoldLine(row.id, row.ground, row.until_on, row.name or "", row.at, row.lifted_at,
                 Hold(row.ground, row.until_on, row.lifted_at is not None).stands(today))
        for row in rows
    )


def newest_erasure(unit: Unit, case_id: str) -> ErasureLine | None:
    """Return the erasure of a case that was proposed last, or None."""
    by, decided = aliased(User), aliased(User)
    row = unit.conn.execute(
        select(Erasure, by.name.label("by_name"), decided.name.label("decided_name"))
        .outerjoin(by, by.id == Erasure.proposed_by).outerjoin(decided, decided.id == Erasure.decided_by)
        .where(Erasure.case_id == case_id).order_by(Erasure.proposed_at.desc(), Erasure.id).limit(1)
    ).first()
    if row is None:
        return None
    return ErasureLine(
        row.id, row.basis, row.status, _reason(unit, case_id, row.id), row.by_name or "", row.proposed_at,
        row.decided_name or "", row.decided_at, row.done_at, row.counts, row.history_seq, row.digest or "",
        "" if row.history_seq is None else _checkpoint(unit, case_id, row.history_seq),
    )


def preview(unit: Unit, case_id: str, code: str) -> tuple[WhatGoes, ...]:
    """Return what an erasure would take, by kind."""
    return by_kind(what_goes(unit.conn, case_id, code))


def by_kind(counts: Mapping[str, int]) -> tuple[WhatGoes, ...]:
    """Return rows by table as kinds that people know, in their order; the rest as one kind at the end."""
    known = [WhatGoes(words, counts[table]) for table, words in KINDS.items() if counts.get(table)]
    rest = sum(count for table, count in counts.items() if table not in KINDS)
    return (*known, WhatGoes(OTHER_KIND, rest)) if rest else tuple(known)


def _listed() -> Select[*tuple[Any, ...]]:
    newer = aliased(Erasure)
    is_newest = ~select(newer.id).where(
        newer.case_id == Erasure.case_id, newer.proposed_at > Erasure.proposed_at
    ).exists()
    return (
        select(Case.id, Case.code, Case.agency_id, Case.closed_at, Case.erased_at, CaseKeeping.until_on,
               Erasure.status, Erasure.done_at)
        .outerjoin(CaseKeeping, CaseKeeping.case_id == Case.id)
        .outerjoin(Erasure, and_(Erasure.case_id == Case.id, is_newest))
    )


def _of(state: str, today: date) -> ColumnElement[bool]:
    if state == "erased":
        return and_(Case.erased_at.is_not(None), Erasure.done_at.is_not(None))
    there = and_(Case.erased_at.is_(None), CaseKeeping.until_on.is_not(None))
    holds = select(LegalHold.id).where(
        LegalHold.case_id == Case.id, LegalHold.lifted_at.is_(None),
        or_(LegalHold.until_on.is_(None), LegalHold.until_on >= today),
    ).exists()
    waits = Erasure.status.in_(("proposed", "approved"))
    states: dict[str, ColumnElement[bool]] = {
        "due": and_(CaseKeeping.until_on < today, ~holds, or_(Erasure.status.is_(None), ~waits)),
        "waiting": waits,
        "held": holds,
    }
    return and_(there, states[state]) if state in states else there


def _behind(on: Any, state: str, place: tuple[object, ...]) -> ColumnElement[bool]:
    try:
        at: date = datetime.fromisoformat(str(place[0])) if state == "erased" else date.fromisoformat(str(place[0]))
    except ValueError:
        sentence = "This page mark cannot be read. Begin with the first page."
        raise InvalidInput(fields={"after": [sentence]}) from None
    return and_(on >= at, or_(on > at, Case.id > str(place[1])))


def _day(row: Row[Any], state: str) -> date:
    day: date = row.done_at if state == "erased" else row.until_on
    return day


def _held(unit: Unit, case_ids: list[str], today: date) -> set[str]:
    rows = unit.conn.execute(select(LegalHold).where(LegalHold.case_id.in_(case_ids)))
    return {
        row.case_id for row in rows if Hold(row.ground, row.until_on, row.lifted_at is not None).stands(today)
    }


def _checkpoint(unit: Unit, chain: str, seq: int) -> str:
    """The root of the first signed checkpoint over an entry; empty where there is none yet."""
    place = (
        select(TreeLeaf.position).join(History, History.id == TreeLeaf.history_id)
        .where(History.chain == chain, History.seq == seq).scalar_subquery()
    )
    return unit.conn.execute(
        select(StoredCheckpoint.root).where(StoredCheckpoint.size > place).order_by(StoredCheckpoint.id).limit(1)
    ).scalar() or ""


def _reason(unit: Unit, case_id: str, erasure_id: str) -> str:
    row = unit.conn.execute(select(History.seq, History.sealed).where(
        History.chain == case_id, History.act == "erasure.proposed", History.object == f"erasure:{erasure_id}"
    )).first()
    if row is None or row.sealed is None:
        return ""
    try:
        return str(open_payload(unit.keys, case_id, row.seq, row.sealed)[0].get("reason", ""))
    except (KeyGone, SealBroken):
        return ""
