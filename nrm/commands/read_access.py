"""Looking at access: who opened a case, and why somebody can or cannot see it. Each look is an entry itself."""

from __future__ import annotations

from sqlalchemy import select

from nrm.commands.reading import reading
from nrm.queries.case_reader import CaseReader
from nrm.queries.readers import ReadersPage, readers_of
from nrm.queries.standing import Standing
from nrm.queries.why_seen import WhyView, why_view
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def read_readers(
    system: System, actor: Actor, *, case_id: str, before_seq: int | None = None, limit: int | None = None
) -> ReadersPage:
    """Return who opened a case, the newest reading first. Raises NotFound, NotAllowed."""
    with reading(system, actor, Permission.READERS_LIST, case_id, "readers") as read:
        return readers_of(CaseReader(system, read.unit, read.standing), before_seq=before_seq, limit=limit)


def why_me(system: System, actor: Actor, *, case_id: str) -> WhyView:
    """Say why one sees what one sees of a case. Raises NotFound, NotAllowed for who cannot open it at all."""
    with reading(system, actor, Permission.CASE_READ, case_id, "access") as read:
        return why_view(read.standing, system.configuration.policy, system.agencies(read.unit), in_full=False)


def why_them(system: System, actor: Actor, *, case_id: str, user_id: str) -> WhyView:
    """Say in full why somebody can or cannot see a case now: for an auditor, of anybody and any case.

    Raises NotFound, NotAllowed.
    """
    with reading(system, actor, Permission.AUDIT_READ, case_id, f"access:{user_id}") as read:
        standing = _standing_of(system, read.unit, user_id, case_id)
        return why_view(standing, system.configuration.policy, system.agencies(read.unit), in_full=True)


def _standing_of(system: System, unit: Unit, user_id: str, case_id: str) -> Standing:
    user = unit.conn.execute(select(User).where(User.id == user_id)).first()
    if user is None:
        raise NotFound
    case = unit.conn.execute(select(Case).where(Case.id == case_id)).one()
    who = Actor(user.id, user.agency_id, frozenset(user.roles) if user.status == "active" else frozenset(), user.unit)
    return Standing(unit, system.configuration.policy, system.agencies(unit), who, case, unit.now)
