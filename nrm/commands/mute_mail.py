"""Whether one wants ordinary mail; mail about time limits and danger comes all the same."""

from __future__ import annotations

from sqlalchemy import update

from nrm.commands.settling.ledger import Ledger
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


def mute_mail(system: System, actor: Actor, *, muted: bool) -> None:
    """Remember for one's own account whether ordinary mail is not wanted."""
    with system.database.unit(actor) as unit:
        unit.conn.execute(update(User).where(User.id == actor.user_id).values(muted=muted))
        Ledger(unit, INSTALLATION).enter("user.changed", f"user:{actor.user_id}", payload={"muted": muted})
