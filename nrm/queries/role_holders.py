"""Where somebody active fills a role: what a ladder that tells the role depends on."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import select

from nrm.records.tables.account import User
from nrm.records.unit import Unit
from nrm.wiring.system import System


def unfilled_roles(system: System, unit: Unit) -> Callable[[str], Collection[str] | None]:
    """Return what names, for a role, the districts with cases in which nobody active fills it; None: no district."""
    agencies, names = system.agencies(unit), system.configuration.districts
    filled: dict[str, set[str]] = {}
    for row in unit.conn.execute(select(User.agency_id, User.roles).where(User.status == "active")):
        if row.agency_id in agencies.active_ids:
            for role in row.roles:
                filled.setdefault(role, set()).update(agencies.agency(row.agency_id).districts)
    with_cases = [district for district in names if agencies.managing(district) is not None]

    def unfilled(role: str) -> Collection[str] | None:
        if role not in filled:
            return None
        return [names[one] for one in with_cases if one not in filled[role]]

    return unfilled
