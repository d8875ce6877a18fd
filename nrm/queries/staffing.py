"""The people of an agency as the rules of substitutes see them, and what each task asks of whoever has it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, select
from sqlalchemy.engine import Connection, Row

from nrm.records.same_person import accounts_of
from nrm.records.tables.account import User
from nrm.records.tables.case import KeptAway
from nrm.records.tables.task import Task
from nrm.records.tables.working_time import Absence
from nrm.rules.left_behind import Staff
from nrm.rules.routing import ServingAgency, unit_of
from nrm.rules.substitutes import Asked, Colleague, Span, did_before

AWAY: ColumnElement[bool] = Absence.status == literal_column("'running'")
STANDS: ColumnElement[bool] = Absence.status.in_([literal_column("'planned'"), literal_column("'running'")])
MANY = 500
"""So many ids go into one question: databases take a bounded number of values."""


def colleagues_of(conn: Connection, agency_id: str, *, during: Span | None = None) -> dict[str, Colleague]:
    """Return everybody of an agency, closed accounts too, by id; away now, or at any time ``during`` a span."""
    return _colleagues(conn, User.agency_id == agency_id, during)


def colleagues_by_id(conn: Connection, user_ids: Collection[str]) -> dict[str, Colleague]:
    """Return the accounts of some ids; away now."""
    found: dict[str, Colleague] = {}
    for some in in_parts(user_ids):
        found.update(_colleagues(conn, User.id.in_(some), None))
    return found


def everybody(conn: Connection) -> dict[str, Colleague]:
    """Return every account of the installation; away now."""
    return _colleagues(conn, User.id.is_not(None), None)


def _colleagues(conn: Connection, who: ColumnElement[bool], during: Span | None) -> dict[str, Colleague]:
    absent = AWAY if during is None else and_(
        STANDS, Absence.from_at < during.to_at, Absence.to_at > during.from_at
    )
    away = set(conn.execute(select(Absence.user_id).where(absent)).scalars())
    rows = conn.execute(select(User.id, User.agency_id, User.roles, User.status, User.unit).where(who))
    return {
        row.id: Colleague(
            row.id, row.agency_id, frozenset(row.roles), row.status == "active", row.id in away, row.unit,
        )
        for row in rows
    }


def last_in(conn: Connection, agency: ServingAgency | None, user_id: str, roles: Collection[str]) -> tuple[str, ...]:
    """Return those of some roles that an agency serves and that nobody would fill there without one person."""
    if agency is None:
        return ()
    others = Staff(active=True, people=tuple(
        one for one in colleagues_of(conn, agency.id).values() if one.id != user_id
    ))
    return tuple(
        role for role in sorted(roles) if role in agency.serves and not others.fill(role, unit_of(agency, role))
    )


def asked_by(conn: Connection, tasks: Iterable[Row[Any]]) -> dict[str, Asked]:
    """Return what each task asks of its holder. ``tasks`` have id, case_id, role, agency_id, not_by."""
    tasks = list(tasks)
    kept = kept_from(conn, {task.case_id for task in tasks})
    did = _doers(conn, {task.case_id for task in tasks if task.not_by})
    return {
        task.id: Asked(
            task.role, task.agency_id, kept.get(task.case_id, frozenset()),
            did_before(did.get(task.case_id, {}), task.not_by),
        )
        for task in tasks
    }


def asked_now(conn: Connection, *, case_id: str, role: str, agency_id: str, not_by: Collection[str]) -> Asked:
    """Return what a task that is about to open asks of its holder."""
    did = _doers(conn, {case_id}).get(case_id, {}) if not_by else {}
    return Asked(role, agency_id, kept_from(conn, {case_id}).get(case_id, frozenset()), did_before(did, not_by))


def absent_until(conn: Connection, user_ids: Collection[str]) -> dict[str, datetime]:
    """Return until when those of some people are away who are away now."""
    found: dict[str, datetime] = {}
    for some in in_parts(user_ids):
        rows = conn.execute(select(Absence.user_id, Absence.to_at).where(AWAY, Absence.user_id.in_(some)))
        found.update((row.user_id, row.to_at) for row in rows)
    return found


def in_parts(ids: Collection[str]) -> Iterable[list[str]]:
    """Give ids in lists short enough for one question."""
    ordered = sorted(ids)
    return (ordered[start:start + MANY] for start in range(0, len(ordered), MANY))


def kept_from(conn: Connection, case_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Return by case whom a conflict of interest keeps from it."""
    found: dict[str, set[str]] = {}
    for some in in_parts(case_ids):
        for row in conn.execute(select(KeptAway.case_id, KeptAway.user_id).where(KeptAway.case_id.in_(some))):
            found.setdefault(row.case_id, set()).add(row.user_id)
    return {case_id: frozenset(users) for case_id, users in found.items()}


def _doers(conn: Connection, case_ids: Collection[str]) -> Mapping[str, Mapping[str, Collection[str]]]:
    """Return by case who completed each element: every account of these people."""
    found: dict[str, dict[str, set[str]]] = {}
    for some in in_parts(case_ids):
        rows = conn.execute(
            select(Task.case_id, Task.element, Task.done_by).where(Task.case_id.in_(some), Task.status == "done")
        )
        for row in rows:
            found.setdefault(row.case_id, {}).setdefault(row.element, set()).add(str(row.done_by))
    accounts = {one: accounts_of(conn, one) for by in found.values() for done in by.values() for one in done}
    for by in found.values():
        for element, done in by.items():
            by[element] = {account for one in done for account in accounts[one]}
    return found
