"""Roles that reach far wait for a second administrator (goal:S21); confirm_roles.py gives them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.settling.ledger import Ledger
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.two_persons import RoleGrant
from nrm.records.unit import Unit
from nrm.rules.far_roles import reaches_far
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


def far_of(system: System, actor: Actor, wanted: Collection[str], held: Collection[str]) -> list[str]:
    """Return the roles among those wanted that a second administrator has to confirm; none at the machine."""
    if actor.is_system:
        return []
    roles = system.configuration.policy.roles
    return sorted(role for role in set(wanted) - set(held) if reaches_far(roles[role]))


def wait_for_second(system: System, unit: Unit, actor: Actor, user_id: str, roles: list[str]) -> None:
    """Let roles of an account wait for a second administrator, in place of what waited before; none: nothing waits."""
    waits = what_waits(unit, user_id)
    if waits is not None and list(waits.roles) == roles:
        return
    if waits is not None:
        decide(unit, actor, waits, "refused")
    if not roles:
        return
    unit.conn.execute(insert(RoleGrant), [{
        "id": system.new_id(), "user_id": user_id, "roles": roles, "status": "asked", "asked_by": actor.user_id,
        "asked_at": unit.now, "decided_by": None, "decided_at": None,
    }])
    Ledger(unit, INSTALLATION).enter("roles.asked", f"user:{user_id}", payload={"roles": roles})


def what_waits(unit: Unit, user_id: str) -> Row[Any] | None:
    """Return the row of what waits for an account (columns of ``RoleGrant``), locked."""
    return unit.conn.execute(
        select(RoleGrant).where(RoleGrant.user_id == user_id, RoleGrant.status == "asked").with_for_update()
    ).first()


def decide(unit: Unit, actor: Actor, waits: Row[Any], status: str) -> None:
    """Enter what became of roles that waited: ``confirmed`` or ``refused``."""
    unit.conn.execute(update(RoleGrant).where(RoleGrant.id == waits.id).values(
        status=status, decided_by=actor.user_id, decided_at=unit.now,
    ))
    Ledger(unit, INSTALLATION).enter(
        f"roles.{status}", f"user:{waits.user_id}", rule="two_persons:roles", payload={"roles": list(waits.roles)},
    )
