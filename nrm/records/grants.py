"""The rows that give somebody access to a case, or a right to an account: what the proof beside each of them covers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Row

from nrm.records.keys import KeyRing
from nrm.records.proofs import Proof
from nrm.records.tables.account import ApiToken, Session, User
from nrm.records.tables.case import Case, KeptAway, TeamMember
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.factor import Factor
from nrm.records.tables.need_to_know import BreakGlass
from nrm.records.tables.referral import FormerSeat, Referral
from nrm.records.tables.task import Task
from nrm.records.unit import Unit

ALTERED = "grant.altered"
"""The act in the history: of the case, or of the installation for what belongs to an account."""

SEAT = Proof("seat", TeamMember, ("id", "case_id", "role", "agency_id", "user_id", "from_at", "to_at", "named"))
FORMER_SEAT = Proof("former_seat", FormerSeat, ("id", "case_id", "role", "agency_id", "user_id", "until_at"))
REFERRAL = Proof("referral", Referral, (
    "id", "case_id", "to_agency", "service", "status", "shared_categories", "fields", "sent_at", "answered_at",
    "done_at",
))
EMERGENCY = Proof("emergency", BreakGlass, ("id", "case_id", "user_id", "stay", "from_at", "until_at"))
TASK = Proof("task", Task, ("id", "case_id", "role", "agency_id", "unit", "assignee_id", "not_by", "status"))
ACCOUNT = Proof("account", User, (
    "id", "login", "email", "agency_id", "unit", "roles", "password_hash", "status",
))
SESSION = Proof("session", Session, ("token_hash", "user_id", "expires_at", "factor", "fresh_until", "surface"))
TOKEN = Proof("token", ApiToken, ("id", "user_id", "token_hash", "expires_at", "revoked_at"))
FACTOR = Proof("factor", Factor, ("id", "user_id", "kind", "credential_id", "public_key", "confirmed_at"))
CASE = Proof("case", Case, ("id", "agency_id", "kept_away"))
"""``kept_away``: the sorted ids of the accounts in :class:`KeptAway`, so that a lock that is gone is missed."""


def is_proven_case(ring: KeyRing, case: Row[Any], kept_away: Collection[str]) -> bool:
    """Whether a case (columns of ``Case``) has the agency, and keeps away the accounts, that the system wrote."""
    return CASE.fits(ring, _case_said(case, kept_away), case.mac)


def add_case(unit: Unit, row: Mapping[str, object]) -> None:
    """Add a case, from which nobody is kept away."""
    mac = CASE.made(unit.ring, {**row, "kept_away": []})
    unit.conn.execute(insert(Case), [{**row, "mac": mac}])


def give_case(unit: Unit, case_id: str, agency_id: str, **values: object) -> None:
    """Give a locked case another managing agency, its clocks with it; ``values``: other columns of ``case``."""
    with case_signed_anew(unit, case_id):
        unit.conn.execute(update(Case).where(Case.id == case_id).values(agency_id=agency_id, **values))
    unit.conn.execute(update(Deadline).where(Deadline.case_id == case_id).values(managed_by=agency_id))


@contextmanager
def case_signed_anew(unit: Unit, case_id: str) -> Iterator[None]:
    """Let a locked case get another agency, or keep others away; what was not proven before is not after it."""
    was_proven = is_proven_case(unit.ring, *_case_now(unit.conn, case_id))
    yield
    if was_proven:
        mac = CASE.made(unit.ring, _case_said(*_case_now(unit.conn, case_id)))
        unit.conn.execute(update(Case).where(Case.id == case_id).values(mac=mac))


def _case_said(case: Row[Any], kept_away: Collection[str]) -> dict[str, object]:
    return {"id": case.id, "agency_id": case.agency_id, "kept_away": sorted(kept_away)}


def _case_now(conn: Connection, case_id: str) -> tuple[Row[Any], list[str]]:
    case = conn.execute(select(Case).where(Case.id == case_id)).one()
    return case, list(conn.execute(select(KeptAway.user_id).where(KeptAway.case_id == case_id)).scalars())
