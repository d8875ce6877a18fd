"""What batches do, by kind: with each line in its case, and once when no line waits any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy.engine import Row

from nrm.commands import handing_over, moving_items, recounting
from nrm.commands.settling.settlement import Settlement
from nrm.records.unit import Unit
from nrm.wiring.system import System

Carry = Callable[[Settlement, Row[Any]], Mapping[str, object]]
"""Does a line (``params``; of its batch ``batch_params``, ``kind``, ``by_id``) in its locked case.

Returns what is kept as its result: ``skipped`` with a sentence where there was nothing to do. May raise: the line is
tried again later.
"""
Ending = Callable[[System, Unit, Row[Any]], None]

KINDS: Mapping[str, Carry] = MappingProxyType({
    "hand_over": handing_over.hand_over,
    "hand_back": handing_over.hand_back,
    "move_tasks": moving_items.move_item,
    "leaving": moving_items.move_item,
    "rehoming": moving_items.move_item,
    "recount": recounting.recount_case,
})
ENDINGS: Mapping[str, Ending] = MappingProxyType({
    "hand_over": handing_over.handed_over,
    "hand_back": handing_over.handed_back,
    "move_tasks": moving_items.moved,
    "leaving": moving_items.left,
    "rehoming": moving_items.moved,
    "recount": recounting.recount_newcomers,
})
