"""Accounts as those who tell people need them: read once for one act, or for one sweep of many cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, literal_column, or_, select
from sqlalchemy.engine import Row

from nrm.records.prepared import Read
from nrm.records.tables.account import User
from nrm.records.unit import Unit

_PERSON: Select[*tuple[Any, ...]] = select(
    User.id, User.agency_id, User.unit, User.roles, User.supervisor_id
).where(User.status == literal_column("'active'"))
_ONE = Read(_PERSON.where(User.id == bindparam("user")))


class People:
    """The active accounts that were asked about, by agency and by id."""

    def __init__(self) -> None:
        self._of_agency: dict[str, list[Row[Any]]] = {}
        self._by_id: dict[str, Row[Any] | None] = {}

    def of_agencies(self, unit: Unit, agency_ids: Sequence[str]) -> list[Row[Any]]:
        """Return the active accounts of some agencies, those of the first agency first."""
        missing = tuple(dict.fromkeys(one for one in agency_ids if one not in self._of_agency))
        if missing:
            self._of_agency |= {agency_id: [] for agency_id in missing}
            for row in active_of(unit, missing):
                self._of_agency[row.agency_id].append(row)
                self._by_id[row.id] = row
        return [row for one in agency_ids for row in self._of_agency[one]]

    def person(self, unit: Unit, user_id: str) -> Row[Any] | None:
        """Return an active account; None where there is none of that id."""
        if user_id not in self._by_id:
            self._by_id[user_id] = _ONE.first(unit.conn, user=user_id)
        return self._by_id[user_id]


def active_of(unit: Unit, agency_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Read the active accounts of some agencies, by id."""
    wanted = or_(*(User.agency_id == agency_id for agency_id in agency_ids))
    return unit.conn.execute(_PERSON.where(wanted).order_by(User.id)).all()
