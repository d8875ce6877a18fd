"""Referrals as both sides see them: what one's agency was asked, what one's cases asked of others, and one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Row

from nrm.queries.case_reader import CaseReader
from nrm.queries.known import Known, known_elements
from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import cases_in_scope, not_kept, require_having, roles_with
from nrm.records.grants import REFERRAL
from nrm.records.keys import KeyGone
from nrm.records.tables.case import Case
from nrm.records.tables.referral import Referral
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.rules.referral_steps import CHANGEABLE, REVOCABLE, ReferralStatus
from nrm.rules.relations import ACCEPTED, WAITING
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

RECEIVED, SENT = "received", "sent"
BOXES = (RECEIVED, SENT)
HOW_SOON = {"1h": "Within an hour", "1d": "Within a day", "7d": "Within a week", "30d": "Within a month"}
"""The urgencies a referral can have, in words."""
SEEN_BY_RECIPIENT = ACCEPTED | WAITING
"""States in which the provider may open a referral; before and after it knows of its state alone."""


@dataclass(frozen=True, slots=True)
class AgencyThen:
    """An agency as it was when the referral was sent."""

    name: str
    kind: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class ReferralCard:
    """One referral in a list. ``other`` is the agency on the other side, as it was called then."""

    id: str
    case_code: str
    """Empty for a recipient that may not open it."""
    service: str
    urgency: str
    status: str
    reason_code: str | None
    other: str
    made_at: datetime | None
    sent_at: datetime | None
    answered_at: datetime | None
    due_at: datetime | None
    may_open: bool


@dataclass(frozen=True, slots=True)
class ReferralSeen:
    """One referral. Before acceptance the recipient is given the ``minimum`` and nothing of ``told``."""

    id: str
    case_id: str
    case_code: str
    box: str
    service: str
    urgency: str
    status: str
    reason_code: str | None
    sender: AgencyThen
    recipient: AgencyThen
    made_at: datetime | None
    sent_at: datetime | None
    answered_at: datetime | None
    done_at: datetime | None
    minimum: Mapping[str, object] = field(hash=False)
    """``age_band``, ``district``, ``needs``, ``language``, ``sex``: those that are there."""
    question: str
    answer: str
    note: str
    alternatives: tuple[str, ...]
    """Names of agencies that give services in the district too; for the referrer."""
    fields: tuple[str, ...]
    """The dictionary elements that it names."""
    told: tuple[Known, ...]
    """What the recipient sees of them, once it has accepted."""
    task_id: str | None
    """The open task of it that is with the reader."""
    due_at: datetime | None
    may_withdraw: bool
    may_change: bool


def referrals(
    system: System, actor: Actor, *, box: str = RECEIVED, status: str | None = None, after: str | None = None,
    limit: int | None = None,
) -> Page[ReferralCard]:
    """List referrals, the newest first: ``received`` by the actor's agency, or ``sent`` in cases one refers in.

    Raises NotAllowed, InvalidInput.
    """
    policy = system.configuration.policy
    require_having(actor, policy, Permission.REFERRAL_READ)
    wanted = [_box(actor, system, box), Referral.made_at.is_not(None), not_kept(Referral.case_id, actor)]
    if status is not None:
        if status not in set(ReferralStatus):
            raise InvalidInput(fields={"status": ["Choose one of the listed states."]})
        wanted.append(Referral.status == status)
    place = read_cursor(after, datetime, str)
    if place is not None:
        wanted.append(following((Referral.made_at, Referral.id), place, descending=True))
    query = (
        select(Referral, Case.code).join(Case, Case.id == Referral.case_id).where(*wanted)
        .order_by(Referral.made_at.desc(), Referral.id.desc())
    )
    with system.database.reader(actor) as unit:
        rows: Sequence[Any] = unit.conn.execute(query.limit(take(limit))).all()
        shown, more = one_page(rows, page_size(limit))
        dues = _dues(unit, shown)
    cards = tuple(_card(row, box, dues) for row in shown)
    return Page(cards, cursor(shown[-1].made_at, shown[-1].id) if more else None)


def boxes_of(system: System, actor: Actor) -> tuple[str, ...]:
    """Return which lists somebody has: what their agency was asked, what they ask others."""
    policy = system.configuration.policy
    received = any(policy.roles[r].provider for r in roles_with(actor, Permission.REFERRAL_READ, policy))
    sent = bool(roles_with(actor, Permission.REFERRAL_SEND, policy))
    return tuple(box for box, has in ((RECEIVED, received), (SENT, sent)) if has)


def referral_seen(reader: CaseReader, referral: Row[Any]) -> ReferralSeen:
    """Return one referral as its reader may see it. Raises NotFound for who is on neither side of it."""
    sends = reader.may(Permission.REFERRAL_SEND)
    receives = _receives(reader, referral)
    if not (sends or receives):
        raise NotFound
    words = opened_words(reader.unit, referral)
    task = _task(reader, referral)
    box = SENT if sends else RECEIVED
    return ReferralSeen(
        referral.id, referral.case_id, str(reader.standing.case.code), box, referral.service, referral.urgency,
        referral.status, referral.reason_code, _then(referral.from_then), _then(referral.to_then), referral.made_at,
        referral.sent_at, referral.answered_at, referral.done_at, dict(words.get("minimum") or {}),
        words.get("question", ""), words.get("answer", ""), words.get("note", ""),
        tuple(reader.agencies.name(one) for one in referral.alternatives) if sends else (), tuple(referral.fields),
        () if sends or referral.status not in ACCEPTED else _told(reader, referral.fields),
        task.id if task is not None else None, _due(reader.unit, referral),
        sends and referral.status in REVOCABLE and reader.may(Permission.REFERRAL_REVOKE),
        sends and referral.status in CHANGEABLE,
    )


def find_referral(unit: Unit, referral_id: str) -> Row[Any]:
    """Return the row of a referral. Raises NotFound."""
    row = unit.conn.execute(select(Referral).where(Referral.id == referral_id)).first()
    if row is None:
        raise NotFound
    return row


def opened_words(unit: Unit, referral: Row[Any]) -> dict[str, Any]:
    """Return the sealed words of a referral: ``minimum``, ``question``, ``answer``, ``note``; none after erasure."""
    if referral.sealed is None:
        return {}
    try:
        words: dict[str, Any] = orjson.loads(unit.open_sealed(
            referral.case_id, Category.PLAN, referral.sealed, sealed_place(str(referral.id))
        ))
    except KeyGone:
        return {}
    return words


def sealed_place(referral_id: str) -> str:
    """Return the place to which the sealed words of a referral are bound."""
    return f"referral:{referral_id}"


def _box(actor: Actor, system: System, box: str) -> ColumnElement[bool]:
    if box not in BOXES:
        raise InvalidInput(fields={"box": [f"Choose one of: {', '.join(BOXES)}."]})
    if box not in boxes_of(system, actor):
        return Referral.id.is_(None)
    if box == SENT:
        return cases_in_scope(actor, Permission.REFERRAL_SEND, system.configuration.policy)
    return (Referral.to_agency == actor.agency_id) & (Referral.status != ReferralStatus.DRAFT)


def _card(row: Row[Any], box: str, dues: Mapping[str, datetime]) -> ReferralCard:
    may_open = box == SENT or row.status in SEEN_BY_RECIPIENT
    other = row.to_then if box == SENT else row.from_then
    return ReferralCard(
        row.id, row.code if may_open else "", row.service, row.urgency, row.status, row.reason_code, _then(other).name,
        row.made_at, row.sent_at, row.answered_at, dues.get(row.run_id or "") if row.status in WAITING else None,
        may_open,
    )


def _receives(reader: CaseReader, referral: Row[Any]) -> bool:
    provides = any(
        reader.policy.roles[role].provider for role in roles_with(reader.actor, Permission.REFERRAL_READ, reader.policy)
    )
    asked = referral.to_agency == reader.actor.agency_id and referral.status in SEEN_BY_RECIPIENT
    return provides and asked and REFERRAL.holds(reader.unit.ring, referral)


def _told(reader: CaseReader, fields: Iterable[str]) -> tuple[Known, ...]:
    """What the recipient sees of the named fields: decided by the same rules as everywhere."""
    named = set(fields)
    known = known_elements(reader.unit, reader.system.library, reader.standing, reader.policy)
    return tuple(one for element, one in known.items() if element in named)


def _task(reader: CaseReader, referral: Row[Any]) -> Row[Any] | None:
    """The open task of the referral that is with the reader's role and agency."""
    actor = reader.actor
    if referral.run_id is None:
        return None
    rows: Iterable[Any] = reader.unit.conn.execute(select(Task.id, Task.role, Task.assignee_id).where(
        Task.run_id == referral.run_id, IS_OPEN, Task.agency_id == actor.agency_id, Task.role.in_(sorted(actor.roles))
    ).order_by(Task.opened_at))
    return next((row for row in rows if row.assignee_id in (None, actor.user_id)), None)


def _due(unit: Unit, referral: Row[Any]) -> datetime | None:
    return _dues(unit, [referral]).get(referral.run_id or "") if referral.status in WAITING else None


def _dues(unit: Unit, rows: Iterable[Row[Any]]) -> dict[str, datetime]:
    """Return until when each run's provider has to answer."""
    runs = [row.run_id for row in rows if row.run_id and row.status in WAITING]
    if not runs:
        return {}
    found = unit.conn.execute(
        select(Task.run_id, Task.due_at).where(Task.run_id.in_(runs), IS_OPEN, Task.due_at.is_not(None))
    )
    return {row.run_id: row.due_at for row in found}


def _then(kept: Mapping[str, str] | None) -> AgencyThen:
    return AgencyThen(**kept) if kept else AgencyThen("")
