"""The keyed index: exact search on names and numbers that the database cannot read."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.tables.key import KeyedIndex
from nrm.records.unit import Unit


def index_key(unit: Unit, element: str, value: str) -> str:
    """Return the keyed hash of a value that ``nrm.rules.normalise`` has normalised."""
    return unit.ring.mac(f"index {element}", value)


def write_index(unit: Unit, case_id: str, element: str, values: Iterable[str]) -> None:
    """Make a case findable by normalised values of an element; what is there already stays."""
    rows = [
        {"case_id": case_id, "element": element, "hmac": index_key(unit, element, value)}
        for value in sorted(set(values))
        if value
    ]
    if rows:
        unit.conn.execute(upsert(KeyedIndex).on_conflict_do_nothing(), rows)


def clear_index(unit: Unit, case_id: str, element: str) -> None:
    """Take a case's values of an element out of the index (a correction writes the new ones)."""
    unit.conn.execute(delete(KeyedIndex).where(KeyedIndex.case_id == case_id, KeyedIndex.element == element))


def find_cases(unit: Unit, element: str, value: str, *, limit: int = 50) -> list[str]:
    """Return ids of cases that have this normalised value, of all cases: the caller applies the scope."""
    wanted = (
        select(KeyedIndex.case_id)
        .where(KeyedIndex.element == element, KeyedIndex.hmac == index_key(unit, element, value))
        .order_by(KeyedIndex.case_id)
        .limit(limit)
    )
    return list(unit.conn.execute(wanted).scalars())


def indexed(unit: Unit, case_id: str, element: str) -> frozenset[str]:
    """Return the keyed hashes of one case for an element: to be compared with those of other words."""
    return frozenset(unit.conn.execute(
        select(KeyedIndex.hmac).where(KeyedIndex.case_id == case_id, KeyedIndex.element == element)
    ).scalars())
