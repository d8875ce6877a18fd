"""The tree grows: entries get their places in it, one sequencer at a time, at a cost that follows what is new."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, insert, select

from nrm.records.tables.history import History
from nrm.records.tables.tree import TreeLeaf, TreeNode
from nrm.records.tree import STEP, WIDTH, StoredTree, entry_leaf, whole
from nrm.records.unit import Unit

LATE = 5_000
"""An entry whose act commits late has a lower number than others that have their places: so far back is looked."""
_LOCK = 0x6E726D32


def lock_tree(unit: Unit) -> None:
    """Let nobody else give places until this unit ends. On SQLite a writing unit is alone anyway."""
    if unit.conn.dialect.name == "postgresql":
        unit.conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def has_unplaced(unit: Unit) -> bool:
    """Whether an entry waits for its place."""
    return unit.conn.execute(_unplaced(_from(unit)).limit(1)).first() is not None


def place_entries(unit: Unit, most: int, *, from_the_first: bool = False) -> int:
    """Give up to ``most`` entries their places, in the order of their numbers; return how many. Needs the lock.

    ``from_the_first`` looks at every entry, however long ago it was written.
    """
    rows = unit.conn.execute(_unplaced(0 if from_the_first else _from(unit)).limit(most)).all()
    if not rows:
        return 0
    size = StoredTree(unit.conn).size()
    unit.conn.execute(insert(TreeLeaf), [
        {"position": position, "history_id": row.id, "hash": entry_leaf(row.chain, row.seq, row.digest).hex()}
        for position, row in enumerate(rows, size)
    ])
    _add_nodes(unit, size, size + len(rows))
    return len(rows)


def _from(unit: Unit) -> int:
    """The number of an entry before which none can still wait for its place."""
    newest = unit.conn.execute(select(func.max(TreeLeaf.history_id))).scalar()
    return 0 if newest is None else newest - LATE


def _unplaced(after: int) -> Select[*tuple[Any, ...]]:
    # The bound is said on both sides: neither database then looks at more of either table.
    placed = select(TreeLeaf.history_id).where(TreeLeaf.history_id == History.id, TreeLeaf.history_id > after).exists()
    return (
        select(History.id, History.chain, History.seq, History.digest).where(History.id > after, ~placed)
        .order_by(History.id)
    )


def _add_nodes(unit: Unit, before: int, size: int) -> None:
    """Store the nodes that became whole, level by level."""
    tree, level = StoredTree(unit.conn), STEP
    while size >> level:
        rows = [
            {"level": level, "position": position, "hash": whole(tree.tile(level - STEP, position)[:WIDTH]).hex()}
            for position in range(before >> level, size >> level)
        ]
        if rows:
            unit.conn.execute(insert(TreeNode), rows)
        level += STEP
