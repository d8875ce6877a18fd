"""Merkle trees as in RFC 9162 section 2.1: heads, inclusion and consistency proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


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
    return _path([leaf_hash(leaf) for leaf in leaves], index)


def consistency_proof(leaves: Sequence[bytes], first: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of the ``first`` leaves is a beginning of this one (2.1.4.1)."""
    if not 0 < first <= len(leaves):
        raise IndexError("the earlier tree has between one leaf and all of them")
    return _subproof([leaf_hash(leaf) for leaf in leaves], first, True)


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


def _head(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    level = list(hashes)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) & 1 else [])
    return level[0]


def _path(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    if len(hashes) == 1:
        return ()
    k = _split(len(hashes))
    if index < k:
        return (*_path(hashes[:k], index), _head(hashes[k:]))
    return (*_path(hashes[k:], index - k), _head(hashes[:k]))


def _subproof(hashes: Sequence[bytes], first: int, complete: bool) -> tuple[bytes, ...]:
    if first == len(hashes):
        return () if complete else (_head(hashes),)
    k = _split(len(hashes))
    if first <= k:
        return (*_subproof(hashes[:k], first, complete), _head(hashes[k:]))
    return (*_subproof(hashes[k:], first - k, False), _head(hashes[:k]))
