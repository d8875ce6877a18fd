"""The second administrator's word on roles that reach far (goal:S21)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Row

from nrm.commands.accounts import require_managed
from nrm.commands.role_grants import decide, what_waits
from nrm.commands.sessions import end_sessions
from nrm.records.grants import ACCOUNT
from nrm.records.same_person import accounts_of
from nrm.records.tables.account import User
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, NotAllowed
from nrm.wiring.system import System

NOTHING_WAITS = "No role waits for a second administrator here."


def confirm_roles(system: System, actor: Actor, *, user_id: str) -> None:
    """Give an account, as the second administrator, the roles that wait for it; its sessions end.

    Raises NotAllowed for who asked and for the owner, by person and not by account; NotFound; Conflict where nothing
    waits or the agency no longer fills the roles.
    """
    with system.database.unit(actor) as unit:
        user = require_managed(system, unit, actor, user_id)
        waits = _required(unit, user_id)
        if waits.asked_by in accounts_of(unit.conn, actor.user_id):
            raise NotAllowed("Another administrator has to confirm it.", rule="two_persons:roles",
                             code="separation_of_duties")
        agency = system.agencies(unit).by_id.get(user.agency_id)
        if agency is None or not set(waits.roles) <= set(agency.serves):
            raise Conflict("The agency no longer fills these roles.")
        ACCOUNT.change(unit, User.id == user_id, roles=sorted({*user.roles, *waits.roles}))
        end_sessions(unit, user_id)
        decide(unit, actor, waits, "confirmed")


def refuse_roles(system: System, actor: Actor, *, user_id: str) -> None:
    """Refuse roles that wait for an account, or take one's own wish back. Raises NotAllowed, NotFound, Conflict."""
    with system.database.unit(actor) as unit:
        require_managed(system, unit, actor, user_id)
        decide(unit, actor, _required(unit, user_id), "refused")


def _required(unit: Unit, user_id: str) -> Row[Any]:
    waits = what_waits(unit, user_id)
    if waits is None:
        raise Conflict(NOTHING_WAITS)
    return waits
