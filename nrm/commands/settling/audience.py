"""Who is told: supervisors and holders of a role, as user ids."""

from __future__ import annotations

from sqlalchemy import or_, select

from nrm.records.tables.account import User
from nrm.records.unit import Unit

SUPERVISING = (("SUP",), ("COORD",))
"""Who supervises: a supervisor; where an agency has none, its coordinator."""


def people_of(unit: Unit, agency_ids: tuple[str, ...], roles: tuple[str, ...]) -> list[str]:
    """Return the active people of some agencies who fill one of the roles."""
    rows = unit.conn.execute(
        select(User.id, User.roles).where(
            or_(*(User.agency_id == agency_id for agency_id in agency_ids)), User.status == "active"
        ).order_by(User.id)
    )
    return [row.id for row in rows if set(row.roles) & set(roles)]


def supervisors_of(unit: Unit, agency_id: str, managing_agency_id: str) -> list[str]:
    """Return the supervisors of an agency; where it has none, those of the case-managing agency.

    A coordinator stands in only where there is no supervisor: who is told of a missed limit at a later rung
    is not told of it before (limit:ladder L1, L2).
    """
    for agency in (agency_id, managing_agency_id):
        for roles in SUPERVISING:
            if found := people_of(unit, (agency,), roles):
                return found
    return []


def everyone_of_role(unit: Unit, role: str) -> list[str]:
    """Return every active person of a national role, wherever they sit."""
    rows = unit.conn.execute(select(User.id, User.roles).where(User.status == "active").order_by(User.id))
    return [row.id for row in rows if role in row.roles]
