"""A worker's own address and telephone, so that a conflict of interest is noticed: only keyed hashes are kept."""

from __future__ import annotations

from sqlalchemy import delete, insert

from nrm.commands.settling.ledger import Ledger
from nrm.commands.throttling import TRIES_PER_ACCOUNT, count_tries
from nrm.records.search import mark
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.need_to_know import WorkerMark
from nrm.rules.conflicts import contact_keys
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.system import System

LONGEST = 500


def give_marks(system: System, actor: Actor, *, text: str) -> int:
    """Keep hashes of the addresses and telephones in a text, in place of those before; return how many there are.

    Nobody reads the text again. Raises InvalidInput where there is neither in it, TooManyTries.
    """
    keys = contact_keys(text[:LONGEST])
    if not keys or len(text) > LONGEST:
        raise InvalidInput(fields={"own": ["Write a street with its number, or a telephone number."]})
    count_tries(system, {f"marks:{actor.user_id}": TRIES_PER_ACCOUNT})
    with system.database.unit(actor) as unit:
        unit.conn.execute(delete(WorkerMark).where(WorkerMark.user_id == actor.user_id))
        unit.conn.execute(insert(WorkerMark), [
            {"user_id": actor.user_id, "hmac": mark(unit, key), "at": unit.now} for key in keys
        ])
        Ledger(unit, INSTALLATION).enter("marks.given", f"user:{actor.user_id}", payload={"count": len(keys)})
    return len(keys)


def forget_marks(system: System, actor: Actor) -> None:
    """Keep no hash of one's own address and telephone any more."""
    with system.database.unit(actor) as unit:
        unit.conn.execute(delete(WorkerMark).where(WorkerMark.user_id == actor.user_id))
        Ledger(unit, INSTALLATION).enter("marks.forgotten", f"user:{actor.user_id}")
