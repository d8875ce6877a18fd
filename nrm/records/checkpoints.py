"""The rows of signed checkpoints and of the places that keep them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row

from nrm.records.tables.tree import AnchorReceipt, AnchorState, StoredCheckpoint
from nrm.records.tree import StoredTree, TreeBroken
from nrm.records.tree_keys import PublicKeys
from nrm.records.unit import Unit
from nrm.rules.merkle import verify_consistency
from nrm.rules.notes import Checkpoint, NoteUnreadable
from nrm.vocabulary.errors import StateRefused

LONGEST_WAIT = timedelta(minutes=30)
"""Between two tries: an anchor that is back confirms long before the alarm."""


class HistoryDiffers(StateRefused):
    """The stored tree does not continue what was signed: it is left as it is, and nothing more is signed."""

    code = "history_differs"
    title = "The history does not continue what was signed of it"


def newest_checkpoint(unit: Unit) -> Row[Any] | None:
    """Return the last checkpoint (columns of ``StoredCheckpoint``), or None."""
    return unit.conn.execute(select(StoredCheckpoint).order_by(StoredCheckpoint.id.desc()).limit(1)).first()


def require_continued(unit: Unit, last: Row[Any] | None, keys: PublicKeys) -> None:
    """Refuse a tree that is not a continuation of its last checkpoint. Raises HistoryDiffers."""
    tree = StoredTree(unit.conn)
    size = tree.size()
    if last is None:
        return
    try:
        signed = keys.open(last.note)
        if size < signed.size or signed.size != last.size or tree.root(signed.size) != signed.root:
            raise HistoryDiffers
        if signed.size:
            proof = tree.consistency(signed.size, size)
            if not verify_consistency(signed.size, signed.root, size, tree.root(size), proof):
                raise HistoryDiffers
    except (NoteUnreadable, TreeBroken):
        raise HistoryDiffers from None


def keep_checkpoint(unit: Unit, checkpoint: Checkpoint, note: str) -> Row[Any]:
    """Write a signed checkpoint and return its row."""
    unit.conn.execute(insert(StoredCheckpoint).values(
        size=checkpoint.size, at=checkpoint.at, root=checkpoint.root.hex(), note=note,
    ))
    row = newest_checkpoint(unit)
    assert row is not None  # it was just written
    return row


def resting_anchors(unit: Unit, checkpoint_id: int) -> frozenset[str]:
    """Return the places that have a checkpoint already, or must not be asked yet."""
    return frozenset(unit.conn.execute(
        select(AnchorState.place).where(or_(AnchorState.checkpoint_id == checkpoint_id, AnchorState.next_at > unit.now))
    ).scalars())


def take_anchor(unit: Unit, place: str) -> Row[Any] | None:
    """Lock the row of a place whose time has come; None where it has not, or where somebody else is giving to it."""
    unit.conn.execute(upsert(AnchorState).values(place=place, tries=0, next_at=unit.now).on_conflict_do_nothing())
    return unit.conn.execute(
        select(AnchorState).where(AnchorState.place == place, AnchorState.next_at <= unit.now)
        .with_for_update(skip_locked=True)
    ).first()


def begin_giving(unit: Unit, state: Row[Any]) -> int:
    """Count a try before it is made, and say when the next may be; return its number, the mark of this try."""
    tries: int = state.tries + 1
    again_at = unit.now + min(timedelta(minutes=2 ** min(tries - 1, 9)), LONGEST_WAIT)
    unit.conn.execute(
        update(AnchorState).where(AnchorState.place == state.place).values(tries=tries, next_at=again_at)
    )
    return tries


def was_given(
    unit: Unit, place: str, checkpoint_id: int, receipt: dict[str, object], *, next_at: datetime
) -> None:
    """Keep a receipt: the place has confirmed. A second one for the same checkpoint changes nothing."""
    unit.conn.execute(
        upsert(AnchorReceipt).values(place=place, checkpoint_id=checkpoint_id, at=unit.now, receipt=receipt)
        .on_conflict_do_nothing()
    )
    unit.conn.execute(
        update(AnchorState).where(
            AnchorState.place == place, func.coalesce(AnchorState.checkpoint_id, 0) <= checkpoint_id
        ).values(tries=0, next_at=next_at, error=None, checkpoint_id=checkpoint_id, confirmed_at=unit.now)
    )


def was_not_given(unit: Unit, place: str, tries: int, error: str) -> None:
    """Keep why a try failed, unless another one has begun since."""
    unit.conn.execute(
        update(AnchorState).where(AnchorState.place == place, AnchorState.tries == tries).values(error=error)
    )
