"""Checking the tree against the entries, every checkpoint against the tree, and all against notes kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import chain as flatten
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, func, select

from nrm.records.tables.history import History
from nrm.records.tables.tree import StoredCheckpoint, TreeLeaf, TreeNode
from nrm.records.tree import STEP, WIDTH, entry_leaf, whole
from nrm.records.tree_keys import PublicKeys
from nrm.rules.merkle import Growing
from nrm.rules.notes import Checkpoint, Note, NoteUnreadable

ROWS_AT_ONCE = 500
MOST_FAULTS = 20
"""So many are told; the first one matters."""


@dataclass(frozen=True, slots=True)
class TreeFound:
    """What checking the tree found: sentences, the earliest fault first."""

    entries: int
    checkpoints: int
    kept: int
    """How many of the notes kept elsewhere speak of this history as it is."""
    faults: tuple[str, ...]
    last_good: Checkpoint | None
    """Nothing that it covers was changed since."""
    unplaced: int
    """Entries that have no place in the tree yet, or one after a place that is missing: no signature covers them."""
    unsigned: int
    """Entries with a place after the last good checkpoint."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class _Stop:
    """A size of the tree at which it must have the head that was signed then."""

    size: int
    signed: Checkpoint | None
    """None: the row's note is unreadable, or not signed by us."""
    at: datetime
    fault: str
    is_kept: bool


def verify_tree(conn: Connection, keys: PublicKeys, kept: Sequence[Note] = ()) -> TreeFound:
    """Check leaves, nodes, checkpoints and their signatures; ``kept``: notes that somebody kept elsewhere.

    One pass over the leaves in their order, beside it the checkpoints in the order in which they were taken.
    """
    check = _Check(conn)
    own, outside = _stored(conn, keys), sorted((_outside(keys, note) for note in kept), key=_size)
    # Of the same size the note from outside first: our own checkpoint proves nothing where that does not fit.
    for stop in merge(outside, own, key=_size):
        check.stop(stop)
    return check.end()


class _Check:
    """The tree as it is computed anew, and what was found so far."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._nodes = _nodes(conn)
        self._faults: list[str] = []
        self._lower, self._upper = Growing(), Growing()
        self._leaves = self._read_leaves()
        self._last_good: Checkpoint | None = None
        self._last_at: datetime | None = None
        self._checkpoints = self._kept = self._placed = 0

    @property
    def _size(self) -> int:
        return self._upper.size * WIDTH + self._lower.size

    def stop(self, stop: _Stop) -> None:
        """Grow to a checkpoint, and compare."""
        self._checkpoints += not stop.is_kept
        if stop.fault or stop.signed is None:
            self._found(stop.fault)
            return
        if not stop.is_kept:
            if self._last_at is not None and stop.at < self._last_at:
                self._found(f"The checkpoint of {_said(stop.at)} stands after a later one.")
            self._last_at = stop.at
        self._grow(stop.size)
        if stop.size != self._size:
            self._found(_cut(stop, self._size))
        elif stop.signed.root != self._upper.head_with(self._lower):
            self._found(_changed(stop, self._last_good))
        else:
            self._kept += stop.is_kept
            self._last_good = self._last_good if self._faults else stop.signed

    def end(self) -> TreeFound:
        """Look at what comes after the last checkpoint, and say what was found."""
        self._grow(None)
        self._check_upper_nodes()
        entries = self._conn.execute(select(func.count()).select_from(History)).scalar_one()
        covered = self._last_good.size if self._last_good else 0
        return TreeFound(
            self._size, self._checkpoints, self._kept, tuple(self._faults[:MOST_FAULTS]), self._last_good,
            entries - self._placed, max(0, self._size - covered),
        )

    def _found(self, fault: str) -> None:
        self._faults.append(fault)

    def _grow(self, size: int | None) -> None:
        while some := list(islice(self._leaves, self._room(size))):
            if len(some) == WIDTH:
                self._add_node(whole(some))
                continue
            for leaf in some:
                self._lower.add(leaf)
            if self._lower.size == WIDTH:
                self._add_node(self._lower.head())
                self._lower = Growing()

    def _room(self, size: int | None) -> int:
        """How many leaves are missing to the end of the node that grows, or to a size of the tree."""
        room = WIDTH - self._lower.size
        return room if size is None else max(0, min(room, size - self._size))

    def _add_node(self, node: bytes) -> None:
        self._compare_node(STEP, self._upper.size, node)
        self._upper.add(node)

    def _read_leaves(self) -> Iterator[bytes]:
        """Yield the leaves in their order, each compared with its entry, up to the first that is missing."""
        expected = 0
        with closing(self._conn.execute(_leaves())) as stored:
            for position, text, chain, seq, digest in flatten.from_iterable(stored.partitions()):
                if position != expected:
                    self._found(f"The entry at place {expected + 1} of the tree is missing from it.")
                    return
                expected += 1
                self._placed += chain is not None
                leaf = _leaf(chain, seq, digest)
                if leaf is None or leaf.hex() != text:
                    self._found(_lost(position, chain, seq))
                    leaf = _hash(text)
                yield leaf

    def _compare_node(self, level: int, position: int, node: bytes) -> None:
        if self._nodes.get((level, position)) != node.hex():
            self._found(f"A node of the tree (level {level}, {position}) is not what stands below it.")

    def _check_upper_nodes(self) -> None:
        """Compare the nodes above the lowest stored level with those below them."""
        for (level, position), _ in sorted(self._nodes.items()):
            if level > STEP:
                below = [self._nodes.get((level - STEP, position * WIDTH + place), "") for place in range(WIDTH)]
                self._compare_node(level, position, whole([_hash(text) for text in below]))


def _stored(conn: Connection, keys: PublicKeys) -> Iterator[_Stop]:
    """Yield the checkpoints of the database in the order in which they were taken."""
    wanted = select(StoredCheckpoint).order_by(StoredCheckpoint.id)
    rows = conn.execute(wanted.execution_options(yield_per=ROWS_AT_ONCE))
    size = 0
    for row in rows:
        signed, fault = None, ""
        try:
            signed = keys.open(row.note)
        except NoteUnreadable as wrong:
            fault = f"The checkpoint of {_said(row.at)} is not one: {wrong}."
        if signed is not None and (signed.size, signed.root.hex(), signed.at) != (row.size, row.root, row.at):
            fault = f"What stands beside the checkpoint of {_said(row.at)} is not what it says."
        elif row.size < size:
            fault = f"The checkpoint of {_said(row.at)} speaks of fewer entries than the one before it."
        size = max(size, row.size)
        yield _Stop(size, signed, row.at, fault, False)


def _outside(keys: PublicKeys, note: Note) -> _Stop:
    """A note that somebody kept; one that we have not signed tells that the key was changed, or the note."""
    fault = ""
    try:
        keys.require(note)
    except NoteUnreadable as wrong:
        fault = f"The note of {_said(note.checkpoint.at)} that was kept elsewhere cannot be used: {wrong}."
    return _Stop(note.checkpoint.size, note.checkpoint, note.checkpoint.at, fault, True)


def _size(stop: _Stop) -> int:
    return stop.size


def _cut(stop: _Stop, size: int) -> str:
    return (
        f"{_named(stop)} speaks of {stop.size} entries, and {size} are there: the end of the history was cut, "
        "or the database was set back to an earlier state."
    )


def _changed(stop: _Stop, last_good: Checkpoint | None) -> str:
    first = last_good.size + 1 if last_good else 1
    since = f" Up to place {last_good.size} ({_said(last_good.at)}) nothing was changed." if last_good else ""
    return f"{_named(stop)} does not fit: the entries at places {first} to {stop.size} are not those of then.{since}"


def _named(stop: _Stop) -> str:
    kept = " that was kept elsewhere" if stop.is_kept else ""
    return f"The {'note' if stop.is_kept else 'checkpoint'} of {_said(stop.at)}{kept}"


def _lost(position: int, chain: str | None, seq: int | None) -> str:
    if chain is None:
        return f"The entry at place {position + 1} of the tree is gone."
    return f"Entry {seq} of {chain} is not the one at place {position + 1} of the tree."


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def _leaf(chain: str | None, seq: int | None, digest: str | None) -> bytes | None:
    if chain is None or seq is None or digest is None:
        return None
    try:
        return entry_leaf(chain, seq, digest)
    except TypeError:  # a value of a kind that cannot have been written
        return None


def _hash(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _leaves() -> Select[*tuple[Any, ...]]:
    return (
        select(TreeLeaf.position, TreeLeaf.hash, History.chain, History.seq, History.digest)
        .outerjoin(History, History.id == TreeLeaf.history_id).order_by(TreeLeaf.position)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )


def _nodes(conn: Connection) -> dict[tuple[int, int], str]:
    return {(row.level, row.position): row.hash for row in conn.execute(select(TreeNode))}
