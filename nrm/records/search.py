"""The keyed index: exact search on names and numbers that the database cannot read."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.tables.key import KeyedIndex
from nrm.records.unit import Unit


def index_keys(unit: Unit, element: str, value: str) -> tuple[str, ...]:
    """Return the keyed hashes of a value that ``nrm.rules.normalise`` has normalised: one for each search key."""
    return unit.ring.search_macs(element, value)


def write_index(unit: Unit, case_id: str, element: str, values: Iterable[str]) -> None:
    """Make a case findable by normalised values of an element; what is there already stays."""
    key_id = unit.ring.search_ids[0]
    rows = [
        {"case_id": case_id, "element": element, "hmac": index_keys(unit, element, value)[0], "key_id": key_id}
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
        .where(KeyedIndex.element == element, KeyedIndex.hmac.in_(index_keys(unit, element, value)))
        .distinct().order_by(KeyedIndex.case_id)
        .limit(limit)
    )
    return list(unit.conn.execute(wanted).scalars())


def indexed(unit: Unit, case_id: str, element: str) -> frozenset[str]:
    """Return the keyed hashes of one case for an element: to be compared with those of other words."""
    return frozenset(unit.conn.execute(
        select(KeyedIndex.hmac).where(KeyedIndex.case_id == case_id, KeyedIndex.element == element)
    ).scalars())


def cases_of_older_keys(unit: Unit, *, after: str, limit: int) -> list[str]:
    """Return ids of cases, in order, that still have hashes of another search key than the one that writes."""
    return list(unit.conn.execute(
        select(KeyedIndex.case_id).where(KeyedIndex.key_id != unit.ring.search_ids[0], KeyedIndex.case_id > after)
        .distinct().order_by(KeyedIndex.case_id).limit(limit)
    ).scalars())


def clear_older_keys(unit: Unit, case_id: str) -> None:
    """Take the hashes of other search keys than the one that writes out of a case's index."""
    unit.conn.execute(delete(KeyedIndex).where(
        KeyedIndex.case_id == case_id, KeyedIndex.key_id != unit.ring.search_ids[0],
    ))


def hashes_by_key(conn: Connection) -> dict[str, int]:
    """Return how many hashes of the index each search key made, by its id."""
    counted = select(KeyedIndex.key_id, func.count()).group_by(KeyedIndex.key_id)
    return {row[0]: row[1] for row in conn.execute(counted)}


MARK = "contact.mark"


def mark(unit: Unit, key: str) -> str:
    """Return the keyed hash of an address or telephone that is compared, never searched for.

    Not under the search keys, which change: of a worker's own nothing else is kept to make it anew.
    """
    return unit.ring.mac("mark", key)


def write_marks(unit: Unit, case_id: str, keys: Iterable[str]) -> None:
    """Keep the marks of a case; they go with its index."""
    key_id = unit.ring.search_ids[0]
    rows = [{"case_id": case_id, "element": MARK, "hmac": mark(unit, key), "key_id": key_id} for key in keys]
    if rows:
        unit.conn.execute(upsert(KeyedIndex).on_conflict_do_nothing(), rows)
