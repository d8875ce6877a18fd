"""Rows that prove themselves: a keyed hash says that the system wrote what a row grants, and to whom.

Who can write to the database but has no key file can make a row say anything; it then grants nothing (goal:S20).
What was altered stays so: a later change of the row takes its values, but signs nothing that nobody said.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, insert, inspect, select, update
from sqlalchemy.engine import Row

from nrm.records.keys import KeyRing
from nrm.records.tables.base import Base
from nrm.records.types import canonical_json
from nrm.records.unit import Unit


@dataclass(frozen=True, slots=True)
class Proof:
    """What the column ``mac`` of a table covers."""

    purpose: str
    """Of the derived key: a row of one table never passes for one of another."""
    table: type[Base]
    said: tuple[str, ...]
    """The columns whose values it covers, in order."""

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        """What has to be read of a row to see whether it is proven."""
        return tuple(inspect(self.table).columns[name] for name in (*self.said, "mac"))

    def made(self, ring: KeyRing, row: Mapping[str, Any]) -> str:
        """Return the keyed hash over a row. KeyError where a column is missing."""
        return ring.mac(self.purpose, canonical_json([_plain(row[name]) for name in self.said]))

    def holds(self, ring: KeyRing, row: Any) -> bool:
        """Whether a row (with :attr:`columns`) says what the system wrote."""
        return self.fits(ring, row._asdict(), row.mac)

    def fits(self, ring: KeyRing, row: Mapping[str, Any], mac: str | None) -> bool:
        """Whether a keyed hash is that of a row."""
        return hmac.compare_digest(self.made(ring, row), mac or "")

    def signed(self, ring: KeyRing, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row that is about to be written, with its keyed hash."""
        return {**row, "mac": self.made(ring, row)}

    def renewed(self, ring: KeyRing, row: Row[Any], changes: Mapping[str, object]) -> str:
        """Return the keyed hash of a row with some values changed; of one that proves nothing, its own."""
        return self.made(ring, {**row._asdict(), **changes}) if self.holds(ring, row) else str(row.mac)

    def add(self, unit: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows, signed; each gives every column that is covered. Nothing happens for none."""
        if rows:
            unit.conn.execute(insert(self.table), [self.signed(unit.ring, row) for row in rows])

    def change(self, unit: Unit, which: ColumnElement[bool], /, **values: object) -> int:
        """Change the rows that fit a condition, and sign those that were proven; return how many there are."""
        found = unit.conn.execute(select(self.table.__table__).where(which).with_for_update()).all()
        for row in found:
            self.change_row(unit, row, **values)
        return len(found)

    def change_row(self, unit: Unit, row: Row[Any], /, **values: object) -> None:
        """Change a row that was read under its lock, whole; it is signed if it was proven."""
        values["mac"] = self.renewed(unit.ring, row, values)
        keys = [column == getattr(row, str(column.key)) for column in inspect(self.table).primary_key]
        unit.conn.execute(update(self.table).where(*keys).values(values))


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
