"""The stored tree over the history, read: its heads and proofs, from a few hundred hashes whatever its size."""

from __future__ import annotations

import hashlib

import orjson
from sqlalchemy import Connection, select

from nrm.records.tables.tree import TreeLeaf, TreeNode
from nrm.rules.merkle import consistency_path, head_of_part, inclusion_path, leaf_hash
from nrm.vocabulary.errors import StateRefused

_sha256 = hashlib.sha256
STEP = 8
"""So many levels lie between two that are stored."""
WIDTH = 1 << STEP


class TreeBroken(StateRefused):
    """The stored tree lacks a hash it must have: somebody deleted a row."""

    code = "tree_broken"
    title = "The tree over the history is damaged"


def entry_leaf(chain: str, seq: int, digest: str) -> bytes:
    """Return the leaf of an entry: ``leaf_hash(canonical({"chain", "digest", "seq"}))``, faster."""
    return leaf_hash(orjson.dumps({"chain": chain, "digest": digest, "seq": seq}))


def whole(hashes: list[bytes]) -> bytes:
    """Return the node over hashes of one level; their number is a power of two."""
    while len(hashes) > 1:
        every = iter(hashes)
        # As node_hash; a million leaves are a million calls.
        hashes = [_sha256(b"\x01" + left + right).digest() for left, right in zip(every, every, strict=True)]
    return hashes[0]


class StoredTree:
    """The tree as the database has it, within one transaction. What was read once is not read again."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def size(self) -> int:
        """Return how many entries have a place."""
        last = self._conn.execute(
            select(TreeLeaf.position).order_by(TreeLeaf.position.desc()).limit(1)
        ).scalar()
        return 0 if last is None else last + 1

    def root(self, size: int) -> bytes:
        """Return the head of the tree as it was with ``size`` entries. Raises TreeBroken."""
        return self._head(0, size)

    def inclusion(self, position: int, size: int) -> tuple[bytes, ...]:
        """Prove that the entry at ``position`` is in the tree of ``size`` entries. Raises TreeBroken."""
        return inclusion_path(self._head, position, size)

    def consistency(self, first: int, size: int) -> tuple[bytes, ...]:
        """Prove that the tree of ``first`` entries, one at least, is the beginning of that of ``size``."""
        return consistency_path(self._head, first, size)

    def tile(self, level: int, number: int) -> list[bytes]:
        """Return the hashes, up to 256, that stand side by side on a stored level."""
        found = self._read.get((level, number))
        if found is None:
            found = self._read[level, number] = self._tile(level, number * WIDTH)
        return found

    def _head(self, start: int, end: int) -> bytes:
        return head_of_part(self._node, start, end)

    def _node(self, level: int, position: int) -> bytes:
        above = level % STEP
        first, count = position << above, 1 << above
        tile = self.tile(level - above, first // WIDTH)
        begin = first % WIDTH
        if len(tile) < begin + count:
            raise TreeBroken
        return whole(tile[begin : begin + count])

    def _tile(self, level: int, first: int) -> list[bytes]:
        table: type[TreeLeaf | TreeNode] = TreeNode if level else TreeLeaf
        wanted = select(table.position, table.hash).where(table.position.between(first, first + WIDTH - 1))
        if level:
            wanted = wanted.where(TreeNode.level == level)
        rows = self._conn.execute(wanted.order_by(table.position)).all()
        if any(row.position != first + place for place, row in enumerate(rows)):
            raise TreeBroken
        return [bytes.fromhex(row.hash) for row in rows]
