"""The ledger of consents: answers are added, and followed by further versions; nothing in it is ever changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.engine import Connection, Row

from nrm.records.tables.consent import Consent as Newest
from nrm.records.tables.consent import ConsentVersion
from nrm.records.unit import Unit
from nrm.rules.consent import Consent, ConsentStatus, GivenBy
from nrm.vocabulary.categories import Category


def add_consents(unit: Unit, rows: Sequence[Mapping[str, object]]) -> None:
    """Add answers, each with its first version.

    A row holds ``id, case_id, purpose, recipient, categories, status, given_by`` and whichever other columns have a
    value; who entered it and when is the unit's actor and instant.
    """
    unit.conn.execute(insert(ConsentVersion), [{**_NOTHING, **_now(unit), **row, "version": 1} for row in rows])


def follow(unit: Unit, which: ColumnElement[bool], **changes: object) -> Sequence[Row[Any]]:
    """Add a further version to every answer whose newest fits a condition on :data:`Consent`; the rest of it stays.

    Returns the versions that were followed. Of two who follow the same version at once, one is refused.
    """
    rows = unit.conn.execute(select(Newest).where(which).order_by(Newest.id)).all()
    if rows:
        unit.conn.execute(insert(ConsentVersion), [
            {**row._asdict(), **_now(unit), **changes, "version": row.version + 1} for row in rows
        ])
    return rows


def read_consents(conn: Connection, case_id: str) -> tuple[Consent, ...]:
    """Return the newest version of every answer of a case, as the rules know them."""
    rows = conn.execute(select(Newest).where(Newest.case_id == case_id).order_by(Newest.from_at, Newest.id))
    return tuple(map(as_rule, rows))


def as_rule(row: Row[Any]) -> Consent:
    """Return a version as the rules know it."""
    return Consent(
        row.purpose, row.recipient, frozenset(map(Category, row.categories)), ConsentStatus(row.status),
        GivenBy(row.given_by), row.from_at, row.until_at, row.withdrawn_at, row.id, row.version,
    )


_NOTHING: Mapping[str, object] = {
    "until_at": None, "withdrawn_at": None, "basis": None, "approver_id": None, "record_id": None,
}


def _now(unit: Unit) -> dict[str, object]:
    return {"entered_by": unit.actor.user_id, "entered_at": unit.now}
