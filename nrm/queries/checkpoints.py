"""Signed checkpoints for auditors: what was signed, who outside has it, and proofs that anybody can check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from nrm.deployment.anchors import too_few
from nrm.queries.paging import Page, cursor, one_page, page_size, read_cursor, take
from nrm.queries.scope import require_role
from nrm.records.checkpoints import newest_checkpoint
from nrm.records.tables.history import History
from nrm.records.tables.tree import AnchorReceipt, AnchorState, StoredCheckpoint, TreeLeaf
from nrm.records.tree import StoredTree
from nrm.records.tree_keys import PublicKeys, public_file
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

NOT_SIGNED = "No checkpoint covers this entry yet. Try again in a minute."


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """A signed head of the history: the tree of ``size`` entries had ``root`` (hex). ``places``: who confirmed it."""

    id: int
    size: int
    at: datetime
    root: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnchorLine:
    """How it stands with a place outside: what it confirmed last, or why it does not."""

    place: str
    kind: str
    confirmed_at: datetime | None
    confirmed_size: int | None
    is_behind: bool
    """A newer checkpoint waits for it."""
    tries: int
    error: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, with which keys (the newest first), who keeps what is signed, and what is wrong with that choice."""

    origin: str
    keys: tuple[str, ...]
    anchors: tuple[AnchorLine, ...]
    finding: str


@dataclass(frozen=True, slots=True)
class EntryProof:
    """That an entry is in the signed history: its leaf, its place, the path to the root of the checkpoint ``note``."""

    chain: str
    seq: int
    digest: str
    position: int
    path: tuple[str, ...]
    size: int
    note: str


@dataclass(frozen=True, slots=True)
class GrowthProof:
    """That the first checkpoint's tree is the beginning of the second one's (RFC 9162, 2.1.4)."""

    first: str
    second: str
    path: tuple[str, ...]


def checkpoints_list(
    system: System, actor: Actor, *, after: str | None = None, limit: int | None = None
) -> Page[CheckpointLine]:
    """Return the checkpoints, the newest first. Raises NotAllowed, InvalidInput for a damaged cursor."""
    _require(system, actor)
    place = read_cursor(after, int)
    wanted = select(StoredCheckpoint).order_by(StoredCheckpoint.id.desc())
    if place is not None:
        wanted = wanted.where(StoredCheckpoint.id < place[0])
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(wanted.limit(take(limit))).all()
        shown, more = one_page(rows, page_size(limit))
        places = _places(unit, [row.id for row in shown])
    items = tuple(CheckpointLine(row.id, row.size, row.at, row.root, places.get(row.id, ())) for row in shown)
    return Page(items, cursor(shown[-1].id) if more else None)


def signing(system: System, actor: Actor) -> Signing:
    """Say who signs and who keeps what is signed. Raises NotAllowed."""
    _require(system, actor)
    settings = system.settings
    key = settings.signing_key_file
    keys = PublicKeys.read(public_file(key)).keys if key is not None and public_file(key).is_file() else ()
    with system.database.reader(actor) as unit:
        anchors = tuple(_anchors(system, unit))
    return Signing(settings.origin, tuple(str(one) for one in keys), anchors, too_few(settings.anchors))


def note_of(system: System, actor: Actor, *, checkpoint_id: int) -> str:
    """Return the signed note of a checkpoint. Raises NotAllowed, NotFound."""
    _require(system, actor)
    with system.database.reader(actor) as unit:
        note = unit.conn.execute(
            select(StoredCheckpoint.note).where(StoredCheckpoint.id == checkpoint_id)
        ).scalar()
    if note is None:
        raise NotFound
    return note


def growth_proof(system: System, actor: Actor, *, first: int, second: int) -> GrowthProof:
    """Prove that nothing before a checkpoint changed up to a later one; both by their sizes, from one entry on.

    Raises NotAllowed, InvalidInput where there are no such checkpoints.
    """
    _require(system, actor)
    with system.database.reader(actor) as unit:
        notes = [_note_of_size(unit, size) for size in (first, second)]
        wrong = {
            name: ["There is no checkpoint of so many entries."]
            for name, note in zip(("first", "second"), notes, strict=True) if note is None
        }
        if not wrong and not 0 < first <= second:
            wrong = {"first": ["Name the earlier checkpoint first."]}
        if wrong:
            raise InvalidInput(fields=wrong)
        path = StoredTree(unit.conn).consistency(first, second)
    return GrowthProof(str(notes[0]), str(notes[1]), tuple(node.hex() for node in path))


def entry_proof(unit: Unit, chain: str, seq: int) -> EntryProof:
    """Prove that an entry is in the last checkpoint; whoever asks has been let in before.

    Raises NotFound for an entry that is not there, Conflict for one that is not signed yet.
    """
    row = unit.conn.execute(
        select(History.digest, TreeLeaf.position).outerjoin(TreeLeaf, TreeLeaf.history_id == History.id)
        .where(History.chain == chain, History.seq == seq)
    ).first()
    if row is None:
        raise NotFound
    newest = newest_checkpoint(unit)
    if newest is None or row.position is None or row.position >= newest.size:
        raise Conflict(NOT_SIGNED, code="not_signed_yet")
    path = StoredTree(unit.conn).inclusion(row.position, newest.size)
    return EntryProof(
        chain, seq, row.digest, row.position, tuple(node.hex() for node in path), newest.size, newest.note,
    )


def _require(system: System, actor: Actor) -> None:
    require_role(actor, Permission.AUDIT_VERIFY, system.configuration.policy)


def _places(unit: Unit, ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = unit.conn.execute(
        select(AnchorReceipt.checkpoint_id, AnchorReceipt.place).where(AnchorReceipt.checkpoint_id.in_(ids))
        .order_by(AnchorReceipt.place)
    )
    for row in rows:
        found[row.checkpoint_id] = (*found.get(row.checkpoint_id, ()), row.place)
    return found


def _anchors(system: System, unit: Unit) -> Iterator[AnchorLine]:
    newest = newest_checkpoint(unit)
    wanted = select(AnchorState, StoredCheckpoint.size).outerjoin(
        StoredCheckpoint, StoredCheckpoint.id == AnchorState.checkpoint_id
    )
    rows: dict[str, Any] = {row.place: row for row in unit.conn.execute(wanted)}
    for anchor in system.settings.anchors:
        row = rows.get(anchor.place)
        confirmed = None if row is None else row.checkpoint_id
        yield AnchorLine(
            anchor.place, anchor.kind, row and row.confirmed_at, row and row.size,
            newest is not None and confirmed != newest.id, row.tries if row else 0, row and row.error,
            row and row.next_at,
        )


def _note_of_size(unit: Unit, size: int) -> str | None:
    return unit.conn.execute(
        select(StoredCheckpoint.note).where(StoredCheckpoint.size == size).order_by(StoredCheckpoint.id).limit(1)
    ).scalar()
