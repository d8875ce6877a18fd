"""Rotating the key that wraps data keys: a new key file first, then wrapping anew in batches that can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nrm.commands.settling.ledger import Ledger
from nrm.queries.scope import require_role
from nrm.records.case_keys import keys_by_kek, rewrap
from nrm.records.tables.history import INSTALLATION
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import Conflict
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

BATCH = 1000


@dataclass(frozen=True, slots=True)
class KeyCount:
    """How many data keys one key-encryption key wraps. Shows its id, which tells nothing of the key."""

    kek_id: str
    count: int
    wraps: bool
    """Whether new data keys are wrapped with it."""
    is_known: bool
    """Whether the key file holds it: what it wraps opens only then."""


def key_state(system: System, actor: Actor) -> tuple[KeyCount, ...]:
    """Return how many data keys are under which key, the one that wraps first. Raises NotAllowed."""
    if not actor.is_system:
        require_role(actor, Permission.ADMIN_SETTINGS, system.configuration.policy)
    with system.database.reader(actor) as unit:
        counts = keys_by_kek(unit.conn)
    known = system.keys.kek_ids
    ids = (*known, *sorted(set(counts) - set(known)))
    return tuple(KeyCount(one, counts.get(one, 0), one == system.keys.kek_id, one in known) for one in ids)


def begin_rotation(system: System, path: Path) -> None:
    """Write the new key file: a new key that wraps, and the present ones, so that everything opens meanwhile.

    Nothing is wrapped anew yet: every process has to read the new file first. Raises Conflict where the file exists.
    """
    write_key_file(system, system.keys.write_successor, path, act="keys.rotation_begun", before=system.keys.kek_id)


def write_key_file(system: System, write: Callable[[Path], object], path: Path, *, act: str, before: str) -> None:
    """Write a new key file and enter it, with the id of the key that was first. Raises Conflict where one is there."""
    try:
        write(path)
    except FileExistsError:
        raise Conflict("There is a file of that name, and a key file is never overwritten.") from None
    with system.database.unit(SYSTEM) as unit:
        Ledger(unit, INSTALLATION).enter(act, INSTALLATION, payload={"from": before})


def rotate(
    system: System, *, batch: int = BATCH, told: Callable[[int], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Wrap every data key under the key file's first key, batch by batch; return how many were.

    Each batch is a transaction: whoever is interrupted begins again and goes on. ``told`` hears how many each did.
    """
    done = 0
    while not stopping():
        with system.database.unit(SYSTEM) as unit:
            some = rewrap(unit.conn, unit.ring, batch)
        if not some:
            break
        done += some
        told(some)
    if done:
        with system.database.unit(SYSTEM) as unit:
            Ledger(unit, INSTALLATION).enter(
                "keys.rotated", INSTALLATION, payload={"to": system.keys.kek_id, "keys": done},
            )
    return done
