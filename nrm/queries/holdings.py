"""What somebody, or an agency, holds: open tasks, seats of teams, referrals, managed cases. Codes and labels only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection, Row

from nrm.queries.staffing import STANDS
from nrm.records.tables.case import Case, TeamMember
from nrm.records.tables.referral import Referral
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.tables.working_time import Absence, Duty
from nrm.rules.referral_steps import OPEN

CLOSED = ("closed", "closed_referred")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that has to be with somebody. ``what``: task, seat, referral or case; ``label``: neutral words."""

    what: str
    id: str
    case_id: str
    case_code: str
    label: str
    role: str
    agency_id: str
    district: str
    user_id: str | None = None
    version: int = 0
    process: str = ""
    due_at: datetime | None = None
    is_late: bool = False
    task: Row[Any] | None = None
    """The row, of a task: what it asks of whoever has it."""


def tasks_where(
    conn: Connection, *conditions: ColumnElement[bool], now: datetime, most: int | None = None
) -> list[Item]:
    """Return open tasks, the one due first on top."""
    query = select(Task).where(IS_OPEN, *conditions).order_by(Task.due_at, Task.id).limit(most)
    return [
        Item(
            "task", row.id, row.case_id, row.case_code, row.title, row.role, row.agency_id, row.district,
            row.assignee_id, row.version, row.process, row.due_at, row.due_at is not None and row.due_at < now, row,
        )
        for row in conn.execute(query)
    ]


def held_by(conn: Connection, user_id: str, now: datetime) -> list[Item]:
    """Return the open tasks somebody has and the seats they are named for, in cases that are not closed."""
    return [
        *tasks_where(conn, Task.assignee_id == user_id, now=now),
        *_seats(conn, TeamMember.user_id == user_id),
    ]


def held_by_agency(conn: Connection, agency_id: str, now: datetime) -> list[Item]:
    """Return everything that is with an agency."""
    return [
        *tasks_where(conn, Task.agency_id == agency_id, now=now),
        *_seats(conn, TeamMember.agency_id == agency_id),
        *_referrals(conn, agency_id),
        *_cases(conn, agency_id),
    ]


def holds_work(conn: Connection, user_id: str) -> bool:
    """Whether somebody has an open task, or a seat in a case that is not closed."""
    task = select(Task.id).where(IS_OPEN, Task.assignee_id == user_id).limit(1)
    seat = select(TeamMember.id).join(Case, Case.id == TeamMember.case_id).where(
        TeamMember.user_id == user_id, TeamMember.to_at.is_(None), Case.status.not_in(CLOSED)
    ).limit(1)
    return conn.execute(task).first() is not None or conn.execute(seat).first() is not None


def has_ties(conn: Connection, user_id: str, now: datetime) -> bool:
    """Whether somebody has work, is on duty at some time to come, or stands in for a colleague."""
    duty = select(Duty.id).where(Duty.user_id == user_id, Duty.removed_at.is_(None), Duty.to_at > now).limit(1)
    stands_in = select(Absence.id).where(Absence.substitute_id == user_id, STANDS).limit(1)
    return (
        holds_work(conn, user_id) or conn.execute(duty).first() is not None
        or conn.execute(stands_in).first() is not None
    )


def _seats(conn: Connection, condition: ColumnElement[bool]) -> list[Item]:
    rows = conn.execute(
        select(TeamMember, Case.code, Case.district).join(Case, Case.id == TeamMember.case_id)
        .where(condition, TeamMember.to_at.is_(None), Case.status.not_in(CLOSED)).order_by(Case.code, TeamMember.id)
    )
    return [
        Item("seat", row.id, row.case_id, row.code, "Seat in the team", row.role, row.agency_id, row.district,
             row.user_id)
        for row in rows
    ]


def _referrals(conn: Connection, agency_id: str) -> list[Item]:
    rows = conn.execute(
        select(Referral.id, Referral.case_id, Case.code, Case.district)
        .join(Case, Case.id == Referral.case_id)
        .where(Referral.to_agency == agency_id, Referral.status.in_(OPEN)).order_by(Case.code, Referral.id)
    )
    return [
        Item("referral", row.id, row.case_id, row.code, "Referral", "PROV", agency_id, row.district) for row in rows
    ]


def _cases(conn: Connection, agency_id: str) -> list[Item]:
    rows = conn.execute(
        select(Case.id, Case.code, Case.district)
        .where(Case.agency_id == agency_id, Case.status.not_in(CLOSED)).order_by(Case.code)
    )
    return [Item("case", row.id, row.id, row.code, "Managed case", "", agency_id, row.district) for row in rows]
