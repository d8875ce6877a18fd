"""Whether the signed history stands as it should: it goes on, and somebody outside has confirmed it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from nrm.records.checkpoints import HistoryDiffers, newest_checkpoint, require_continued
from nrm.records.tables.history import History
from nrm.records.tables.tree import AnchorState, StoredCheckpoint
from nrm.records.tree_keys import PublicKeys, public_file
from nrm.records.unit import Unit
from nrm.wiring.system import System

UNCONFIRMED = timedelta(hours=2)
"""So long may something that happened be known to nobody outside."""
SILENT = timedelta(hours=26)
"""So long may nobody outside have confirmed anything: a day without acts ends with a checkpoint too."""


def history_differs(system: System, unit: Unit) -> bool:
    """Whether the stored tree does not continue its last checkpoint; False where nothing signs."""
    key = system.settings.signing_key_file
    if key is None or not public_file(key).is_file():
        return False
    try:
        require_continued(unit, newest_checkpoint(unit), PublicKeys.read(public_file(key)))
    except HistoryDiffers:
        return True
    return False


def is_unconfirmed(system: System, unit: Unit) -> bool:
    """Whether what happened more than two hours ago is confirmed by no place outside.

    A demo without places outside needs none.
    """
    if not system.settings.anchors and system.settings.is_demo:
        return False
    confirmed = unit.conn.execute(
        select(StoredCheckpoint.at, AnchorState.confirmed_at)
        .join(StoredCheckpoint, StoredCheckpoint.id == AnchorState.checkpoint_id)
        .where(AnchorState.place.in_([anchor.place for anchor in system.settings.anchors]))
        .order_by(AnchorState.checkpoint_id.desc()).limit(1)
    ).first()
    wanted = select(func.min(History.at))
    if confirmed is not None:
        if unit.now - confirmed.confirmed_at > SILENT:
            return True
        wanted = wanted.where(History.at > confirmed.at)
    oldest = unit.conn.execute(wanted).scalar()
    return oldest is not None and unit.now - oldest > UNCONFIRMED
