"""Giving signed checkpoints to the places outside that keep them: at least once, and never in a transaction.

A try is counted and committed before it is made, and what came of it is recorded after (as with letters). A place gets
the newest checkpoint only: it stands for all before it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.engine import Row

from nrm.commands.send_outbox import channel_of
from nrm.deployment.anchors import Anchor, AnchorKind
from nrm.notices.anchor_places import NotAnchored, Receipt, give_by_mail, give_to_file, give_to_server
from nrm.records.checkpoints import (
    begin_giving,
    newest_checkpoint,
    resting_anchors,
    take_anchor,
    was_given,
    was_not_given,
)
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System

Give = Callable[[System, Anchor, Row[Any]], Receipt]
"""Gives a checkpoint (columns of ``StoredCheckpoint``) to a place. Raises NotAnchored."""


def give_to_anchors(system: System, *, stopping: Callable[[], bool] = lambda: False) -> tuple[int, int]:
    """Give the newest checkpoint to every place that has not confirmed it; returns how many took it, and did not."""
    given = failed = 0
    if not system.settings.anchors:
        return given, failed
    with system.database.reader(SYSTEM) as unit:
        newest = newest_checkpoint(unit)
        resting = frozenset() if newest is None else resting_anchors(unit, newest.id)
    for anchor in system.settings.anchors:
        if newest is not None and anchor.place not in resting and not stopping():
            came = _one(system, anchor, newest)
            given += came is True
            failed += came is False
    return given, failed


def _one(system: System, anchor: Anchor, newest: Row[Any]) -> bool | None:
    """Whether a place took a checkpoint; None where somebody else has just given it."""
    with system.database.unit(SYSTEM) as unit:
        state = take_anchor(unit, anchor.place)
        if state is None or state.checkpoint_id == newest.id:
            return None
        tries = begin_giving(unit, state)
    try:
        receipt = GIVING[anchor.kind](system, anchor, newest)
    except NotAnchored as failure:
        with system.database.unit(SYSTEM) as unit:
            was_not_given(unit, anchor.place, tries, failure.kind)
        return False
    with system.database.unit(SYSTEM) as unit:
        was_given(unit, anchor.place, newest.id, dict(receipt), next_at=unit.now + anchor.pace)
    return True


def _to_file(_: System, anchor: Anchor, checkpoint: Row[Any]) -> Receipt:
    return give_to_file(Path(anchor.target), checkpoint.note)


def _by_mail(system: System, anchor: Anchor, checkpoint: Row[Any]) -> Receipt:
    return give_by_mail(
        channel_of(system), to=anchor.target, subject=f"{system.settings.origin}: checkpoint {checkpoint.size}",
        note=checkpoint.note, at=checkpoint.at,
        message_id=str(uuid5(NAMESPACE_URL, f"{system.settings.origin}/{checkpoint.id}")),
    )


def _to_server(_: System, anchor: Anchor, checkpoint: Row[Any]) -> Receipt:
    return give_to_server(anchor.target, checkpoint.note)


GIVING = {AnchorKind.FILE: _to_file, AnchorKind.MAIL: _by_mail, AnchorKind.HTTP: _to_server}
