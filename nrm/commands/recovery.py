"""Recovery: who lost password or factor comes back by two administrators, after a wait in which they can stop it.

One asks, another approves, the owner is told each time; then a link replaces what was lost. Nobody does it alone,
and nobody for themselves.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.account_notices import tell_owner
from nrm.commands.accounts import require_managed
from nrm.commands.invitations import make_invitation
from nrm.commands.sessions import end_sessions
from nrm.commands.settling.ledger import Ledger
from nrm.records.grants import ACCOUNT
from nrm.records.same_person import accounts_of
from nrm.records.tables.account import User
from nrm.records.tables.factor import Factor, Recovery
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, NotAllowed
from nrm.wiring.system import System

OPEN = ("asked", "approved")
NONE = "There is no recovery under way."


def ask_recovery(system: System, actor: Actor, *, user_id: str) -> None:
    """Ask for the recovery of somebody else's account. Raises NotAllowed, NotFound, Conflict where it is asked."""
    with system.database.unit(actor) as unit:
        require_managed(system, unit, actor, user_id)
        if _under_way(unit, user_id) is not None:
            raise Conflict("The recovery of this account has been asked for already.")
        unit.conn.execute(insert(Recovery), [{
            "id": system.new_id(), "user_id": user_id, "status": "asked", "asked_by": actor.user_id,
            "asked_at": unit.now,
        }])
        _enter(unit, "recovery.asked", user_id)
        tell_owner(unit, user_id, "recovery_asked")


def approve_recovery(system: System, actor: Actor, *, user_id: str) -> None:
    """Approve what another administrator asked; the waiting period begins.

    Raises NotAllowed for who asked, by person and not by account; NotFound, Conflict.
    """
    with system.database.unit(actor) as unit:
        require_managed(system, unit, actor, user_id)
        row = _require(unit, user_id, "asked")
        if {row.asked_by, user_id} & accounts_of(unit.conn, actor.user_id):
            raise NotAllowed("Another administrator has to approve it.", rule="two_persons:recovery")
        _change(unit, row, status="approved", approved_by=actor.user_id, approved_at=unit.now,
                ready_at=unit.now + system.settings.recovery_wait)
        _enter(unit, "recovery.approved", user_id)
        tell_owner(unit, user_id, "recovery_approved")


def stop_recovery(system: System, actor: Actor, *, user_id: str) -> None:
    """Stop a recovery: its owner, or who manages the account. Raises NotAllowed, NotFound, Conflict."""
    with system.database.unit(actor) as unit:
        if user_id != actor.user_id:
            require_managed(system, unit, actor, user_id)
        row = _under_way(unit, user_id)
        if row is None:
            raise Conflict(NONE)
        _change(unit, row, status="stopped", ended_by=actor.user_id, ended_at=unit.now)
        _enter(unit, "recovery.stopped", user_id)
        if user_id != actor.user_id:
            tell_owner(unit, user_id, "recovery_stopped")


def finish_recovery(system: System, actor: Actor, *, user_id: str) -> str:
    """After the wait: password, factors and sessions are gone, and a link is made. Returns its token, shown once.

    Raises NotAllowed, NotFound, Conflict before the waiting period is over.
    """
    with system.database.unit(actor) as unit:
        require_managed(system, unit, actor, user_id)
        row = _require(unit, user_id, "approved")
        if row.ready_at > unit.now:
            raise Conflict("The waiting period is not over yet.")
        _change(unit, row, status="done", ended_by=actor.user_id, ended_at=unit.now)
        unit.conn.execute(delete(Factor).where(Factor.user_id == user_id))
        ACCOUNT.change(unit, User.id == user_id, password_hash=None, must_change=False)
        end_sessions(unit, user_id)
        _enter(unit, "recovery.done", user_id)
        tell_owner(unit, user_id, "recovery_done")
        return make_invitation(system, unit, user_id)


def _under_way(unit: Unit, user_id: str) -> Row[Any] | None:
    return unit.conn.execute(
        select(Recovery).where(Recovery.user_id == user_id, Recovery.status.in_(OPEN)).with_for_update()
    ).first()


def _require(unit: Unit, user_id: str, status: str) -> Row[Any]:
    row = _under_way(unit, user_id)
    if row is None:
        raise Conflict(NONE)
    if row.status != status:
        raise Conflict("This recovery is no longer where you saw it. Look at it again.")
    return row


def _change(unit: Unit, row: Row[Any], **values: object) -> None:
    unit.conn.execute(update(Recovery).where(Recovery.id == row.id).values(**values))


def _enter(unit: Unit, act: str, user_id: str) -> None:
    Ledger(unit, INSTALLATION).enter(act, f"user:{user_id}")
