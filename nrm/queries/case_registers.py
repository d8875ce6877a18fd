"""The registers of a case as a reader may see them: team, plan, consents, referrals, linked cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import or_, select
from sqlalchemy.engine import Row

from nrm.queries.case_reader import CaseReader
from nrm.records.keys import KeyGone
from nrm.records.tables.account import User
from nrm.records.tables.case import Case, Link, TeamMember
from nrm.records.tables.consent import Consent
from nrm.records.tables.referral import PlanLine, Referral
from nrm.rules.consent import Recipient
from nrm.vocabulary.categories import Category

EVERYONE = "*"


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One seat of the team in force now."""

    role: str
    role_title: str
    agency_id: str
    agency_name: str
    user_id: str | None
    user_name: str | None
    from_at: datetime
    basis: str
    named: bool
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class PlanLineSeen:
    """One line of the plan. A provider sees its own lines with the words meant for it, without money."""

    id: str
    no: int
    service: str
    agency_id: str | None
    agency_name: str
    urgent: bool
    status: str
    words: Mapping[str, object] = field(default_factory=dict, hash=False)
    cost_minor: int | None = None
    currency: str | None = None
    funding: str | None = None
    start_on: date | None = None
    due_on: date | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One answer of the register: what for, to whom, which categories, how long."""

    id: str
    purpose: str
    recipient: str
    recipient_name: str
    categories: tuple[str, ...]
    status: str
    given_by: str
    from_at: datetime
    until_at: datetime | None
    withdrawn_at: datetime | None
    basis: str | None
    in_force: bool
    waits_for_second: bool
    """A legal basis somebody proposed and nobody has confirmed."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """One service asked of one agency, and how it stands."""

    id: str
    service: str
    from_agency: str
    to_agency: str | None
    to_agency_name: str
    urgency: str
    status: str
    reason_code: str | None
    sent_at: datetime | None
    answered_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A case that belongs together with this one; by code, and only where the reader works on it too."""

    case_id: str
    code: str
    kind: str


def team(reader: CaseReader) -> tuple[SeatLine, ...]:
    """Return the team. Who does not see the process sees their own agency and the managing one.

    An agency of the team can tell where the person stays, so the whole team is not for everybody in it.
    """
    rows = reader.unit.conn.execute(
        select(TeamMember, User.name.label("user_name")).outerjoin(User, User.id == TeamMember.user_id)
        .where(TeamMember.case_id == reader.case_id, TeamMember.to_at.is_(None))
        .order_by(TeamMember.role, TeamMember.from_at, TeamMember.id)
    )
    near = (reader.actor.agency_id, reader.standing.case.agency_id)
    return tuple(
        SeatLine(
            row.role, reader.role_title(row.role), row.agency_id, reader.agencies.name(row.agency_id),
            row.user_id, row.user_name, row.from_at, row.basis, row.named, row.chosen,
        )
        for row in rows if reader.sees_process or row.agency_id in near
    )


def plan(reader: CaseReader) -> tuple[PlanLineSeen, ...]:
    """Return the plan's lines: all of them, or those that name the reader's agency."""
    decision = reader.decisions[Category.PLAN]
    whole = reader.sees_all(Category.PLAN)
    if not decision.allowed:
        return ()
    query = select(PlanLine).where(PlanLine.case_id == reader.case_id).order_by(PlanLine.no)
    if not whole:
        query = query.where(PlanLine.agency_id == reader.actor.agency_id)
    return tuple(_plan_line(reader, row, whole) for row in reader.unit.conn.execute(query))


def _plan_line(reader: CaseReader, row: Row[Any], whole: bool) -> PlanLineSeen:
    words = _words(reader, row)
    name = reader.agencies.name(row.agency_id)
    if not whole:
        told = {key: words[key] for key in ("need_to_know",) if words.get(key)}
        return PlanLineSeen(row.id, row.no, row.service, row.agency_id, name, row.urgent, row.status, told)
    return PlanLineSeen(
        row.id, row.no, row.service, row.agency_id, name, row.urgent, row.status,
        {key: value for key, value in words.items() if value not in (None, "")}, row.cost_minor,
        row.currency, row.funding, row.start_on, row.due_on, row.version,
    )


def _words(reader: CaseReader, row: Row[Any]) -> dict[str, object]:
    if row.sealed is None:
        return {}
    try:
        data = reader.unit.open_sealed(row.case_id, Category.PLAN, row.sealed, f"plan_line:{row.id}")
    except KeyGone:
        return {}
    words: dict[str, object] = orjson.loads(data)
    return words


def consents(reader: CaseReader) -> tuple[ConsentLine, ...]:
    """Return the register of consents: all of it, or what concerns the reader's agency."""
    query = select(Consent).where(Consent.case_id == reader.case_id).order_by(Consent.from_at, Consent.id)
    if not reader.sees_all(Category.DECISION):
        kind = reader.agencies.kind(reader.actor.agency_id)
        mine = (reader.actor.agency_id, f"*{kind}")
        query = query.where(Consent.recipient.in_(mine))
    return tuple(_consent(reader, row) for row in reader.unit.conn.execute(query))


def _consent(reader: CaseReader, row: Row[Any]) -> ConsentLine:
    now = reader.unit.now
    in_force = row.status in ("given", "override") and (row.until_at is None or row.until_at > now)
    name = "" if row.recipient.startswith(EVERYONE) else reader.agencies.name(row.recipient)
    return ConsentLine(
        row.id, row.purpose, row.recipient, name, tuple(row.categories), row.status, row.given_by, row.from_at,
        row.until_at, row.withdrawn_at, row.basis, in_force, row.status == "proposed", row.version,
    )


def referrals(reader: CaseReader) -> tuple[ReferralLine, ...]:
    """Return the referrals: all of them, or those from and to the reader's agency."""
    query = select(Referral).where(Referral.case_id == reader.case_id).order_by(Referral.sent_at, Referral.id)
    if not reader.sees_all(Category.PLAN):
        mine = reader.actor.agency_id
        query = query.where(or_(Referral.to_agency == mine, Referral.from_agency == mine))
    return tuple(
        ReferralLine(
            row.id, row.service, row.from_agency, row.to_agency, reader.agencies.name(row.to_agency),
            row.urgency, row.status, row.reason_code, row.sent_at, row.answered_at, row.done_at,
        )
        for row in reader.unit.conn.execute(query)
    )


def linked(reader: CaseReader, others_in_scope: Any) -> tuple[LinkLine, ...]:
    """Return the linked cases that the reader works on as well."""
    rows = reader.unit.conn.execute(
        select(Link.other_case_id, Link.kind, Case.code).join(Case, Case.id == Link.other_case_id)
        .where(Link.case_id == reader.case_id, others_in_scope).order_by(Case.code, Link.kind)
    )
    return tuple(LinkLine(row.other_case_id, row.code, row.kind) for row in rows)


__all__ = [
    "ConsentLine", "LinkLine", "PlanLineSeen", "Recipient", "ReferralLine", "SeatLine", "consents", "linked",
    "plan", "referrals", "team",
]
