"""Merkle trees as in RFC 9162 section 2.1: heads, inclusion and consistency proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

_sha256 = hashlib.sha256
EMPTY = hashlib.sha256(b"").digest()
"""The head of the tree without leaves."""
Heads = Callable[[int, int], bytes]
"""The head over the leaves from a position up to another one, which is not included."""
Complete = Callable[[int, int], bytes]
"""The node of a level (0: the leaves) at a position; below it stand ``2 ** level`` leaves, all of them there."""


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf: SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two nodes: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_head(leaves: Sequence[bytes]) -> bytes:
    """Return the head of the tree over leaf *data*; of the empty tree, SHA-256 of nothing."""
    return _head([leaf_hash(leaf) for leaf in leaves])


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the path that proves that leaf ``index`` is in the tree (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < len(leaves):
        raise IndexError("there is no such leaf")
    return inclusion_path(_heads(leaves), index, len(leaves))


def consistency_proof(leaves: Sequence[bytes], first: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of the ``first`` leaves is a beginning of this one (2.1.4.1)."""
    if not 0 < first <= len(leaves):
        raise IndexError("the earlier tree has between one leaf and all of them")
    return consistency_path(_heads(leaves), first, len(leaves))


def inclusion_path(head: Heads, index: int, size: int) -> tuple[bytes, ...]:
    """Return the path of :func:`inclusion_proof` from the heads of parts of the tree (at most 64 of them)."""
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(head(middle, end))
            end = middle
        else:
            path.append(head(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_path(head: Heads, first: int, size: int) -> tuple[bytes, ...]:
    """Return the proof of :func:`consistency_proof` from the heads of parts of the tree."""
    start, end, path = 0, size, []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(head(middle, end))
            end = middle
        else:
            path.append(head(start, middle))
            start = middle
    if start:
        path.append(head(start, end))
    return tuple(reversed(path))


def head_of_part(node: Complete, start: int, end: int) -> bytes:
    """Return the head over some leaves from complete nodes; ``start`` is where such a part can begin in a proof."""
    size = end - start
    if size == 0:
        return EMPTY
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(size)
    return node_hash(head_of_part(node, start, middle), head_of_part(node, middle, end))


class Growing:
    """A tree to which leaves are added: knows its head, and holds its complete parts only."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        ones, node, parts = self.size, leaf, self._parts
        while ones & 1:
            # As node_hash; a million leaves are a million calls.
            node = _sha256(b"\x01" + parts.pop() + node).digest()
            ones >>= 1
        parts.append(node)
        self.size += 1

    def head(self) -> bytes:
        """Return the head of the tree as it is now."""
        return _folded(self._parts)

    def head_with(self, beside: Growing) -> bytes:
        """Return the head of a tree whose first leaves are those below this one's, and the rest in ``beside``.

        The leaves of this one are nodes of one level, each over as many leaves as ``beside`` has at most.
        """
        return _folded([*self._parts, *beside._parts])


def _folded(parts: Sequence[bytes]) -> bytes:
    if not parts:
        return EMPTY
    node = parts[-1]
    for part in reversed(parts[:-1]):
        node = node_hash(part, node)
    return node


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Check an inclusion proof (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, current = index, size - 1, leaf_hash(leaf)
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(step, current)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            current = node_hash(current, step)
        node, last = node >> 1, last >> 1
    return last == 0 and current == head


def verify_consistency(first: int, first_head: bytes, second: int, second_head: bytes,
                       proof: Sequence[bytes]) -> bool:
    """Check a consistency proof (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not proof and first_head == second_head
    if not 0 < first < second or not proof:
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_head)
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_head and new == second_head


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _heads(leaves: Sequence[bytes]) -> Heads:
    """The heads of parts of a tree that is in memory."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    return lambda start, end: _head(hashes[start:end])


def _head(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY
    level = list(hashes)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) & 1 else [])
    return level[0]
