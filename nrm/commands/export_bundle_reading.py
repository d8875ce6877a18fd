"""What a bundle of history tells, read from the database: entries, their places in the tree, proofs and checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.engine import Row

from nrm.commands.export_bundle_writing import Contents, Line, growth_line, inclusion_line
from nrm.commands.history_paper import HistoryPaper
from nrm.records.checkpoints import newest_checkpoint
from nrm.records.history import open_payload
from nrm.records.keys import KeyGone, SealBroken
from nrm.records.tables.bundle import BundleRow
from nrm.records.tables.history import History
from nrm.records.tables.tree import AnchorReceipt, StoredCheckpoint, TreeLeaf
from nrm.records.tree import StoredTree, TreeBroken
from nrm.records.unit import Unit
from nrm.rules.chain import VERSION, instant

ROWS_AT_ONCE, IDS_AT_ONCE = 2_000, 500
ALL_OF = timedelta(days=1)
"""So far back from the last one every checkpoint is put in; of earlier days the last."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be told: the whole installation (``chain`` None), a chain, or some entries of it.

    ``held``: sizes of checkpoints that somebody keeps and wants to compare. ``words``: show what was sealed.
    """

    chain: str | None = None
    seqs: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    words: bool = False

    @property
    def scope(self) -> str:
        """How the manifest names it."""
        if self.chain is None:
            return "installation"
        return f"{'entries' if self.seqs else 'case'}:{self.chain}"


class Past:
    """The history as one reading transaction sees it, under its last checkpoint."""

    def __init__(self, unit: Unit, wanted: Wanted) -> None:
        self._unit = unit
        self._wanted = wanted
        # Read first: whatever is written from here on is not under it.
        self._last = newest_checkpoint(unit)
        self._size = 0 if self._last is None else int(self._last.size)

    def contents(self, origin: str, keys: Sequence[str], paper: HistoryPaper | None = None) -> Contents:
        """Put together what a bundle tells; entries and leaves are read while it is written."""
        tree = self._leaves() if self._wanted.chain is None else self._proofs()
        return Contents(
            self._wanted.scope, origin, keys, self._made_at(), self._entries(), [row.note for row in self._checkpoints],
            self._anchors(), tree, self._versions, self._disclosed() if self._wanted.words else (), paper,
        )

    # entries

    def _entries(self) -> Iterator[Line]:
        if self._wanted.chain is not None:
            yield from self._of_chain
            return
        yield from self._lines(_placed().where(TreeLeaf.position < self._size).order_by(TreeLeaf.position))
        loose = or_(TreeLeaf.position.is_(None), TreeLeaf.position >= self._size)
        yield from self._lines(_placed().where(loose).order_by(History.chain, History.seq))

    @cached_property
    def _of_chain(self) -> list[Line]:
        query = _placed().where(History.chain == self._wanted.chain).order_by(History.seq)
        if self._wanted.seqs:
            query = query.where(History.seq.in_(self._wanted.seqs))
        return list(self._lines(query))

    def _lines(self, query: Select[*tuple[Any, ...]]) -> Iterator[Line]:
        rows = self._unit.conn.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
        for row in rows:
            yield {**row._mapping, "at": instant(row.at), "version": VERSION}  # noqa: SLF001 - a named tuple's own way

    def _made_at(self) -> str:
        """The time of the newest entry or checkpoint in the bundle: the same history is told at the same time."""
        query = select(func.max(History.at))
        if self._wanted.chain is not None:
            query = query.where(History.chain == self._wanted.chain)
        newest = self._unit.conn.execute(query).scalar()
        times = [at for at in (newest, self._last and self._last.at) if at is not None]
        return instant(max(times)) if times else ""

    def _versions(self, named: frozenset[str]) -> Line:
        found: dict[str, object] = {}
        for some in _some(sorted(named)):
            for row in self._unit.conn.execute(select(BundleRow).where(BundleRow.digest.in_(some))):
                found[row.digest] = {
                    "number": row.number, "process": row.process, "published_at": instant(row.published_at),
                }
        return found

    def _disclosed(self) -> list[Line]:
        query: Select[*tuple[Any, ...]] = select(History.chain, History.seq, History.sealed).where(
            History.chain == self._wanted.chain, History.seq.in_(self._wanted.seqs), History.sealed.is_not(None),
        ).order_by(History.seq)
        return [shown for row in self._unit.conn.execute(query) if (shown := self._opened(row)) is not None]

    def _opened(self, row: Row[Any]) -> Line | None:
        try:
            payload, salt = open_payload(self._unit.keys, row.chain, row.seq, row.sealed)
        except (KeyGone, SealBroken):
            return None
        return {"chain": row.chain, "payload": payload, "salt": salt.hex(), "seq": row.seq}

    # the tree

    def _leaves(self) -> Iterator[bytes]:
        query = select(TreeLeaf.hash).where(TreeLeaf.position < self._size).order_by(TreeLeaf.position)
        for row in self._unit.conn.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
            yield row.hash.encode() + b"\n"

    def _proofs(self) -> Iterator[bytes]:
        """A proof that the stored tree cannot give is left out: whoever checks the bundle is told."""
        tree = StoredTree(self._unit.conn)
        for position in self._positions:
            try:
                yield inclusion_line(position, self._size, tree.inclusion(position, self._size))
            except TreeBroken:
                continue
        for first in sorted({row.size for row in self._checkpoints} | set(self._wanted.held)):
            try:
                if 0 < first < self._size:
                    yield growth_line(first, self._size, tree.consistency(first, self._size))
            except TreeBroken:
                continue

    @cached_property
    def _positions(self) -> list[int]:
        places = [one["position"] for one in self._of_chain]
        return sorted(place for place in places if isinstance(place, int) and place < self._size)

    # checkpoints

    @cached_property
    def _checkpoints(self) -> list[Row[Any]]:
        """The checkpoints that are put in (columns of ``StoredCheckpoint``), by size and time."""
        if self._last is None:
            return []
        ids = {self._last.id} | (self._of_days() if self._wanted.chain is None else self._covering())
        rows = [
            row for some in _some(sorted(ids)) for row in self._unit.conn.execute(
                select(StoredCheckpoint).where(StoredCheckpoint.id.in_(some), StoredCheckpoint.id <= self._last.id)
            )
        ]
        return sorted(rows, key=lambda row: (row.size, row.at, row.id))

    def _of_days(self) -> set[int]:
        """All of the last day, and of each day before it the last one and the last each anchor took."""
        assert self._last is not None  # asked only where there is one
        found: dict[object, int] = {}
        every = select(StoredCheckpoint.id, StoredCheckpoint.at).order_by(StoredCheckpoint.id)
        kept = select(AnchorReceipt.checkpoint_id, AnchorReceipt.at, AnchorReceipt.place).order_by(
            AnchorReceipt.checkpoint_id
        )
        for row in self._unit.conn.execute(every):
            found[row.id if self._last.at - row.at < ALL_OF else row.at.date()] = row.id
        for receipt in self._unit.conn.execute(kept):
            found[receipt.place, receipt.at.date()] = receipt.checkpoint_id
        return set(found.values())

    def _covering(self) -> set[int]:
        """For each entry the first checkpoint that has it, and the first of these that an anchor took."""
        first = select(StoredCheckpoint.id, StoredCheckpoint.size).order_by(StoredCheckpoint.size, StoredCheckpoint.id)
        kept = first.join(AnchorReceipt, AnchorReceipt.checkpoint_id == StoredCheckpoint.id)
        found = set()
        for query in (first, kept):
            reached = 0
            for position in self._positions:
                if position < reached:
                    continue
                row = self._unit.conn.execute(query.where(StoredCheckpoint.size > position).limit(1)).first()
                if row is None:
                    break
                found.add(row.id)
                reached = row.size
        return found

    def _anchors(self) -> Iterator[Line]:
        ids = [row.id for row in self._checkpoints]
        found: list[Row[Any]] = []
        for some in _some(ids):
            found += self._unit.conn.execute(
                select(AnchorReceipt.place, AnchorReceipt.at, AnchorReceipt.receipt, StoredCheckpoint.size)
                .join(StoredCheckpoint, StoredCheckpoint.id == AnchorReceipt.checkpoint_id)
                .where(AnchorReceipt.checkpoint_id.in_(some))
            )
        for row in sorted(found, key=lambda row: (row.size, row.at, row.place)):
            yield {"at": instant(row.at), "place": row.place, "receipt": row.receipt, "size": row.size}


def _placed() -> Select[*tuple[Any, ...]]:
    return select(
        History.chain, History.seq, History.at, History.actor, History.agency, History.act, History.object,
        History.outcome, History.rule, History.bundle, History.commitment, History.link, History.digest,
        TreeLeaf.position,
    ).outerjoin(TreeLeaf, and_(TreeLeaf.history_id == History.id))


def _some(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The ids, some at a time."""
    return (ids[at:at + IDS_AT_ONCE] for at in range(0, len(ids), IDS_AT_ONCE))
