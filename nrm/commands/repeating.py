"""A request that is sent twice is carried out once: its key is claimed before the act, its answer kept after it.

The claim is a transaction of its own. A crash between the act and the keeping of its answer leaves the key
*in flight*: the second request is refused instead of acting twice.
"""

from __future__ import annotations

from sqlalchemy import delete

from nrm.records.repeats import Replay, begin_once, finish_once
from nrm.records.tables.account import Idempotency
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


def begin(system: System, actor: Actor, *, route: str, key: str, payload: bytes) -> Replay | None:
    """Claim a key: None to go on, or the answer that was given the first time.

    Raises InvalidInput where the key was used for another payload, Conflict while the first is under way.
    """
    with system.database.unit(actor) as unit:
        return begin_once(unit, route, key, payload)


def finish(system: System, actor: Actor, *, route: str, key: str, status: int, body: bytes) -> None:
    """Keep the answer of an act that was done, sealed, for 24 hours."""
    with system.database.unit(actor) as unit:
        finish_once(unit, route, key, status, body)


def give_up(system: System, actor: Actor, *, route: str, key: str) -> None:
    """Release a key whose act was refused: nothing was done, so it may be asked again."""
    with system.database.unit(actor) as unit:
        unit.conn.execute(delete(Idempotency).where(
            Idempotency.user_id == actor.user_id, Idempotency.route == route, Idempotency.key == key,
            Idempotency.status.is_(None),
        ))


__all__ = ["Replay", "begin", "finish", "give_up"]
