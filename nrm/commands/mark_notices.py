"""Mark one's own notices as read."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update

from nrm.records.tables.notice import Notice
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


def mark_notices(system: System, actor: Actor, *, notice_ids: Collection[str] | None = None) -> int:
    """Mark some of the actor's notices as read, or all; returns how many were new. Others' stay untouched."""
    wanted = update(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    if notice_ids is not None:
        wanted = wanted.where(Notice.id.in_(list(notice_ids)))
    with system.database.unit(actor) as unit:
        return unit.conn.execute(wanted.values(read_at=unit.now)).rowcount
