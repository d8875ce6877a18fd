"""Which accounts are one person's: said by an administrator, or of the same address of mail (table:D-22, goal:S21)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, insert, or_, select
from sqlalchemy.engine import Connection

from nrm.records.grants import case_signed_anew
from nrm.records.tables.account import User
from nrm.records.tables.case import KeptAway
from nrm.records.tables.history import History
from nrm.records.tables.need_to_know import PersonAccount
from nrm.records.unit import Unit

NOTED, LIFTED = "conflict.noted", "conflict.lifted"
"""The acts in the history by which somebody is kept from a case, and let back."""
ROUNDS = 5
"""So often accounts of accounts are looked for: chains of one person's accounts are short."""


def accounts_of(conn: Connection, user_id: str) -> frozenset[str]:
    """Return every account of the person an account is of, itself included."""
    found = frozenset({user_id})
    for _ in range(ROUNDS):
        more = found | _beside(conn, found)
        if more == found:
            break
        found = more
    return found


def is_same_person(conn: Connection, one: str | None, other: str) -> bool:
    """Whether two accounts are one person's; what needs two people needs two persons."""
    return one is not None and (one == other or one in accounts_of(conn, other))


def kept_by_history(conn: Connection, case_id: str, at: datetime) -> frozenset[str]:
    """Return whom a conflict of interest kept from a case at an instant, with all their accounts; lifted ones too."""
    noted = conn.execute(
        select(History.act, History.object).where(
            History.chain == case_id, History.at <= at, History.act.in_((NOTED, LIFTED)),
        ).order_by(History.seq)
    )
    last = {row.object.removeprefix("user:"): row.act for row in noted}
    return frozenset().union(*(accounts_of(conn, user_id) for user_id, act in last.items() if act == NOTED))


def _beside(conn: Connection, some: Collection[str]) -> frozenset[str]:
    persons = select(PersonAccount.person_id).where(PersonAccount.user_id.in_(some))
    emails = select(func.lower(User.email)).where(User.id.in_(some), User.email.is_not(None), User.email != "")
    named = select(PersonAccount.user_id).where(PersonAccount.person_id.in_(persons))
    return frozenset(conn.execute(
        select(User.id).where(or_(User.id.in_(named), func.lower(User.email).in_(emails)))
    ).scalars())


def spread_conflicts(unit: Unit, user_id: str) -> None:
    """Keep every account of a person from the cases one of them is kept from: after accounts were made one's."""
    conn = unit.conn
    accounts = accounts_of(conn, user_id)
    rows = conn.execute(select(KeptAway).where(KeptAway.user_id.in_(accounts))).all()
    there = {(row.case_id, row.user_id) for row in rows}
    missing = {
        (row.case_id, account): {
            "case_id": row.case_id, "user_id": account, "since": row.since, "noted_by": row.noted_by,
            "reason": row.reason,
        }
        for row in rows for account in accounts if (row.case_id, account) not in there
    }
    for case_id in sorted({case_id for case_id, _ in missing}):
        unit.lock_case(case_id)
        with case_signed_anew(unit, case_id):
            conn.execute(insert(KeptAway), [row for (of, _), row in missing.items() if of == case_id])
