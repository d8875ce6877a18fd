"""The data keys of cases: one per case and category, fetched once per unit of work, destroyed for erasure."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.keys import KEY_BYTES, KeyGone, KeyRing, open_bytes, seal_bytes
from nrm.records.prepared import Read, Write
from nrm.records.tables.key import CaseKey, KeyedIndex
from nrm.vocabulary.categories import Category

STATE = "state"
DRAFT = "draft"
HISTORY = "history"
PLAIN_CATEGORIES = (STATE, DRAFT, HISTORY)
"""Keys beyond the data categories. Notes and files are sealed under their own category."""


DESTROYED = "destroyed"
"""Stands as the key-encryption key of a data key that is no more."""

KEYS_OF = Read(select(CaseKey.category, CaseKey.wrapped, CaseKey.kek_id).where(
    CaseKey.case_id == bindparam("wanted")
))


_REWRAPPED = Write(
    update(CaseKey).where(CaseKey.case_id == bindparam("case"), CaseKey.category == bindparam("of"))
)


class CaseKeys:
    """Seals and opens under the keys of cases, for the length of one transaction."""

    def __init__(self, conn: Connection, ring: KeyRing) -> None:
        self._conn = conn
        self._ring = ring
        self._rows: dict[str, dict[str, tuple[bytes, str]]] = {}
        self._open: dict[tuple[str, str], AESGCM] = {}

    def seal(self, case_id: str, category: str, data: bytes, about: str, now: datetime) -> bytes:
        """Seal under the case's key of the category, making the key at first need. KeyGone if destroyed."""
        key = self._key(case_id, category) or self._make(case_id, category, now)
        return seal_bytes(key, data, f"{about}:{case_id}:{category}")

    def open(self, case_id: str, category: str, sealed: bytes, about: str) -> bytes:
        """Open. KeyGone when the key was destroyed or never was, SealBroken when altered or moved."""
        key = self._key(case_id, category)
        if key is None:
            raise KeyGone
        return open_bytes(key, sealed, f"{about}:{case_id}:{category}")

    def destroyed(self, case_id: str, category: str) -> bool:
        """Whether the key was destroyed; a key that was never made is not destroyed."""
        row = self._of_case(case_id).get(category)
        return row is not None and not row[0]

    def were_read(self, case_id: str, rows: Sequence[Row[Any]]) -> None:
        """Take over the keys of a case (rows of ``KEYS_OF``) that were read in this transaction."""
        self._rows[case_id] = {row.category: (row.wrapped, row.kek_id) for row in rows}

    def destroy_all(self, case_id: str, now: datetime) -> int:
        """Destroy every key of a case and its keyed index, and let none be made again. Returns how many there were."""
        destroyed = self.destroy(case_id)
        self._conn.execute(upsert(CaseKey).on_conflict_do_nothing(), [
            {"case_id": case_id, "category": category, "wrapped": b"", "kek_id": DESTROYED, "made_at": now}
            for category in (*PLAIN_CATEGORIES, *Category)
        ])
        return destroyed

    def destroy(self, case_id: str, categories: Collection[str] | None = None) -> int:
        """Destroy the keys of a case (of some categories, or all) and its keyed index.

        A tombstone stays, so that erased and tampered can be told apart. Returns how many were destroyed.
        """
        kept = CaseKey.wrapped != b""
        which = [CaseKey.case_id == case_id, kept]
        if categories is not None:
            which.append(CaseKey.category.in_(list(categories)))
        done = self._conn.execute(update(CaseKey).where(*which).values(wrapped=b"", kek_id=DESTROYED))
        self._conn.execute(delete(KeyedIndex).where(KeyedIndex.case_id == case_id))
        self._rows.pop(case_id, None)
        self._open = {place: key for place, key in self._open.items() if place[0] != case_id}
        return done.rowcount

    def _of_case(self, case_id: str) -> dict[str, tuple[bytes, str]]:
        rows = self._rows.get(case_id)
        if rows is None:
            self.were_read(case_id, KEYS_OF.all(self._conn, wanted=case_id))
            rows = self._rows[case_id]
        return rows

    def _key(self, case_id: str, category: str) -> AESGCM | None:
        key = self._open.get((case_id, category))
        if key is None:
            row = self._of_case(case_id).get(category)
            if row is None:
                return None
            key = AESGCM(self._ring.unwrap(case_id, category, *row))
            self._open[case_id, category] = key
        return key

    def _make(self, case_id: str, category: str, now: datetime) -> AESGCM:
        wrapped = self._ring.wrap(case_id, category, os.urandom(KEY_BYTES))
        row = upsert(CaseKey).values(
            case_id=case_id, category=category, wrapped=wrapped, kek_id=self._ring.kek_id, made_at=now
        )
        self._conn.execute(row.on_conflict_do_nothing())
        # Another transaction may have been first: what the table holds is the key.
        self._rows.pop(case_id, None)
        key = self._key(case_id, category)
        if key is None:
            raise KeyGone
        return key


def rewrap(conn: Connection, ring: KeyRing, limit: int = 1000) -> int:
    """Wrap up to ``limit`` data keys of older key-encryption keys under the present one. Returns how many.

    Rows that somebody else holds are left for the next time: a key that is destroyed meanwhile stays destroyed.
    """
    old = conn.execute(
        select(CaseKey.case_id, CaseKey.category, CaseKey.wrapped, CaseKey.kek_id)
        .where(CaseKey.kek_id.in_(ring.kek_ids[1:])).limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    _REWRAPPED.run_all(conn, [
        {
            "case": row.case_id, "of": row.category, "kek_id": ring.kek_id,
            "wrapped": ring.wrap(row.case_id, row.category, ring.unwrap(*row)),
        }
        for row in old
    ])
    return len(old)


def keys_by_kek(conn: Connection) -> dict[str, int]:
    """Return how many data keys each key-encryption key wraps, by its id; destroyed ones are left out."""
    counted = select(CaseKey.kek_id, func.count()).where(CaseKey.kek_id != DESTROYED).group_by(CaseKey.kek_id)
    return {row[0]: row[1] for row in conn.execute(counted)}
