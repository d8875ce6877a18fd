"""Signed checkpoints of the history: taken each minute in which something happened, and once a day in any case."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Row

from nrm.commands.reading import reading
from nrm.queries.checkpoints import EntryProof, entry_proof
from nrm.queries.scope import require_role
from nrm.records.checkpoints import keep_checkpoint, newest_checkpoint, require_continued
from nrm.records.tables.history import INSTALLATION
from nrm.records.tree import StoredTree
from nrm.records.tree_growth import has_unplaced, lock_tree, place_entries
from nrm.records.tree_keys import PublicKeys, Signer, public_file
from nrm.records.unit import Unit
from nrm.rules.notes import Checkpoint
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

EVERY = timedelta(seconds=50)
"""With the worker's tick, what happened is signed within a minute."""
AT_LEAST_EVERY = timedelta(hours=24)
ENTRIES = 5_000
"""Get their places in one transaction."""
MOST = 20
"""Such transactions of one round: the other kinds of work never wait for more."""


def checkpoint_if_due(system: System) -> bool:
    """Take a checkpoint where one is due; returns whether entries still wait for their places.

    Nothing happens in an installation without a signing key. Raises HistoryDiffers, and signs nothing, where the
    stored tree does not continue the last checkpoint.
    """
    key_file = system.settings.signing_key_file
    if key_file is None or not key_file.is_file():
        return False
    with system.database.reader(SYSTEM) as unit:
        if not _is_due(unit, newest_checkpoint(unit)):
            return False
    signer, keys = _keys(system, key_file)
    return _grow_and_sign(system, signer, keys, most=MOST, only_due=True) is None


def take_checkpoint(system: System) -> Row[Any]:
    """Take a checkpoint of everything that is there now and return its row (columns of ``StoredCheckpoint``).

    Raises ConfigurationRefused without a signing key, HistoryDiffers as :func:`checkpoint_if_due`.
    """
    key_file = system.settings.signing_key_file
    if key_file is None:
        raise ConfigurationRefused("nothing signs the history: name a signing_key_file", file="settings.yaml")
    signer, keys = _keys(system, key_file)
    taken = _grow_and_sign(system, signer, keys, most=None, only_due=False)
    assert taken is not None  # without a bound nothing waits any more
    return taken


def _keys(system: System, key_file: Path) -> tuple[Signer, PublicKeys]:
    signer = Signer.read(key_file, system.settings.origin)
    keys = PublicKeys.read(public_file(key_file))
    if signer.public not in keys.keys:
        raise ConfigurationRefused("it is not the public half of the signing key", file=public_file(key_file).name)
    return signer, keys


def _is_due(unit: Unit, last: Row[Any] | None) -> bool:
    """Whether a checkpoint is due; the machine's clock may have been set back."""
    if last is None:
        return has_unplaced(unit)
    return _is_old(unit, last) or (abs(unit.now - last.at) >= EVERY and has_unplaced(unit))


def _is_old(unit: Unit, last: Row[Any]) -> bool:
    return bool(abs(unit.now - last.at) >= AT_LEAST_EVERY)


def _grow_and_sign(
    system: System, signer: Signer, keys: PublicKeys, *, most: int | None, only_due: bool
) -> Row[Any] | None:
    """Give entries their places, some at a time, and sign at the end; None where ``most`` transactions did not do."""
    done = 0
    while most is None or done < most:
        with system.database.unit(SYSTEM) as unit:
            lock_tree(unit)
            last = newest_checkpoint(unit)
            if only_due and last is not None and not _is_due(unit, last):
                return last  # somebody else has just done it
            if not done:
                require_continued(unit, last, keys)
            if _placed_all(unit, everything=not only_due or (last is not None and _is_old(unit, last))):
                return _sign(unit, signer, last)
        done += 1
    return None


def _placed_all(unit: Unit, *, everything: bool) -> bool:
    """Give some entries their places; returns whether none waits. ``everything``: look also where none should be."""
    if place_entries(unit, ENTRIES) == ENTRIES:
        return False
    return not everything or place_entries(unit, ENTRIES, from_the_first=True) < ENTRIES


def _sign(unit: Unit, signer: Signer, last: Row[Any] | None) -> Row[Any]:
    tree = StoredTree(unit.conn)
    size = tree.size()
    at = unit.now if last is None else max(unit.now, last.at)
    checkpoint = Checkpoint(signer.public.name, size, tree.root(size), at)
    return keep_checkpoint(unit, checkpoint, signer.sign(checkpoint))


def prove_entry(system: System, actor: Actor, *, case_id: str, seq: int) -> EntryProof:
    """Prove that an entry of a case is in the last checkpoint; this is a reading of the history.

    Raises NotFound, NotAllowed, Conflict where no checkpoint covers the entry yet.
    """
    with reading(system, actor, Permission.AUDIT_READ, case_id, "history") as read:
        return entry_proof(read.unit, case_id, seq)


def prove_installation_entry(system: System, actor: Actor, *, seq: int) -> EntryProof:
    """As :func:`prove_entry`, of the installation's own history. Raises also NotAllowed."""
    require_role(actor, Permission.AUDIT_VERIFY, system.configuration.policy)
    with system.database.reader(actor) as unit:
        return entry_proof(unit, INSTALLATION, seq)
