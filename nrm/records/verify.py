"""Checking the history as it stands in the database: every chain, in one pass, as fast as it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain as flatten
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, Connection, Select, String, and_, exists, func, select, true, type_coerce
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute

from nrm.records.case_keys import CaseKeys
from nrm.records.history import is_committed
from nrm.records.keys import KeyGone, KeyRing, SealBroken
from nrm.records.tables.history import ChainHead, History
from nrm.rules.chain import VERSION, Fault, Head, Verified, genesis

ROWS_AT_ONCE = 500
"""More do not fit the processor's caches: reading ten times as many at once takes half as long again."""
CHAINS_AT_ONCE = 500
_PAYLOAD_SENTENCE = "The words of entry {seq} were altered or removed."
_HEAD_SENTENCE = "The end of this history was changed: its last entry is not the registered one."

Name = InstrumentedAttribute[str]
HistoryRow = tuple[str, int, str, str, str, str, str, str, str | None, str | None, str | None, str, str,
                   bytes | None]
"""chain, seq, at (text), actor, agency, act, object, outcome, rule, bundle, commitment, link, digest,
sealed."""


@dataclass(frozen=True, slots=True)
class ChainResult:
    """What was found in one chain. ``head`` is the last good entry; ``erased`` counts destroyed payloads."""

    chain: str
    entries: int
    ok: bool
    first_bad_seq: int | None
    sentence: str
    head: Head | None
    erased: int = 0


@dataclass(frozen=True, slots=True)
class ChainsFound:
    """What was found in many chains: how many there are, their entries, and the altered ones."""

    chains: int
    entries: int
    broken: tuple[ChainResult, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The chains with names from ``first`` up to ``end``, which is not one of them; None: no bound on that side."""

    first: str | None = None
    end: str | None = None

    def holds(self, name: Name) -> ColumnElement[bool]:
        """The condition on a column of names."""
        return and_(
            true() if self.first is None else name >= self.first, true() if self.end is None else name < self.end
        )


ALL = Part()


def verify(
    conn: Connection, keys: KeyRing | None = None, chain: str | None = None, part: Part = ALL
) -> list[ChainResult]:
    """Check one chain (a case id or ``installation``) or all of a part; with ``keys`` also what the entries say.

    Finds an edited, missing, moved or foreign entry, and a cut end by the registered head. What this
    cannot find without a head kept elsewhere: a chain rewritten together with its registered head.
    """
    try:
        return list(verify_each(conn, keys, chain, part))
    except OperationalError:
        raw: Any = conn.connection.driver_connection
        if conn.dialect.name != "sqlite":
            raise
        # A damaged byte can make a text undecodable: read again in a way that carries it along.
        strict, raw.text_factory = raw.text_factory, _tolerant
        try:
            return list(verify_each(conn, keys, chain, part))
        finally:
            raw.text_factory = strict


def verify_each(
    conn: Connection, keys: KeyRing | None = None, chain: str | None = None, part: Part = ALL
) -> Iterator[ChainResult]:
    """As :func:`verify`, one result at a time, holding no more than a few thousand entries."""
    case_keys = None if keys is None else CaseKeys(conn, keys)
    wanted = _entries(conn, payload=bool(keys)).where(_which(History.chain, chain, part))
    stored = conn.execution_options(yield_per=ROWS_AT_ONCE).execute(wanted)
    rows = cast("Iterable[HistoryRow]", flatten.from_iterable(stored.partitions()))
    walked = (_walk(case_keys, name, group) for name, group in groupby(rows, key=itemgetter(0)))
    for some in _batched(walked):
        heads = _registered(conn, [found.chain for found in some])
        yield from (_against(heads.get(found.chain), found) for found in some)
    for cut in conn.execute(_headless().where(_which(ChainHead.chain, chain, part))).scalars():
        yield _result(Verified(cut, 0, None, 1, Fault.TRUNCATION), 0)
    if chain is not None and not _registered(conn, [chain]) and not _has_entries(conn, chain):
        yield ChainResult(chain, 0, True, None, "There are no entries.", None)


def sum_up(results: Iterable[ChainResult]) -> ChainsFound:
    """Count the chains and their entries, and keep the altered ones, by name."""
    every = list(results)
    broken = sorted((result for result in every if not result.ok), key=attrgetter("chain"))
    return ChainsFound(len(every), sum(result.entries for result in every), tuple(broken))


def row_digest(row: HistoryRow) -> str:
    """Return the digest of an entry from its raw row: the same as ``rules.chain.Entry.digest``, faster."""
    _, seq, at, actor, agency, act, about, outcome, rule, bundle, commitment, link, _, _ = row
    # Keys in sorted order, as the canonical form asks.
    return hashlib.sha256(orjson.dumps({
        "act": act, "actor": actor, "agency": agency, "at": at, "bundle": bundle, "commitment": commitment,
        "link": link, "object": about, "outcome": outcome, "rule": rule, "seq": seq, "version": VERSION,
    })).hexdigest()


def _batched(found: Iterator[ChainResult]) -> Iterator[list[ChainResult]]:
    """Group results, so that their registered heads are asked for together."""
    while some := list(islice(found, CHAINS_AT_ONCE)):
        yield some


def _walk(keys: CaseKeys | None, chain: str, rows: Iterable[HistoryRow]) -> ChainResult:
    """Check the entries of one chain against each other, up to the first bad one."""
    link, count, erased = genesis(chain), 0, 0
    bad: tuple[int, Fault | None] | None = None
    for row in rows:
        if bad is not None:
            continue  # the rest of this chain must be read past before the next one comes
        fault = _fault(row, count, link)
        if fault is not None:
            bad = (count + 1 if fault is Fault.GAP else row[1], fault)
            continue
        if keys is not None and row[10] is not None:
            state = _payload_state(keys, row)
            if state is False:
                bad = (row[1], None)
                continue
            erased += state is None
        link, count = row[12], count + 1
    head = Head(count, link) if count else None
    if bad is not None and bad[1] is None:
        return ChainResult(chain, count, False, bad[0], _PAYLOAD_SENTENCE.format(seq=bad[0]), head, erased)
    if bad is not None:
        return _result(Verified(chain, count, head, *bad), erased)
    return _result(Verified(chain, count, head), erased)


def _fault(row: HistoryRow, count: int, link: str) -> Fault | None:
    try:
        if row_digest(row) != row[12]:
            return Fault.EDIT
    except TypeError:  # a value of a kind that cannot have been written
        return Fault.EDIT
    if row[1] != count + 1:
        return Fault.GAP if row[1] > count + 1 else Fault.REORDER
    return None if row[11] == link else Fault.LINK


def _payload_state(keys: CaseKeys, row: HistoryRow) -> bool | None:
    """True: the words are those committed to; False: they are not; None: they were erased."""
    chain, seq, commitment, sealed = row[0], row[1], row[10], row[13]
    try:
        if sealed is None:
            return None if keys.destroyed(chain, "history") else False
        return is_committed(keys, chain, seq, sealed, str(commitment))
    except KeyGone:
        return None if keys.destroyed(chain, "history") else False
    except SealBroken:
        return False


def _result(found: Verified, erased: int) -> ChainResult:
    return ChainResult(
        found.chain, found.count, found.ok, found.bad_seq, found.sentence, found.head, erased
    )


def _against(known: Head | None, found: ChainResult) -> ChainResult:
    """Compare a chain that is whole in itself with its registered head."""
    if not found.ok or found.head == known:
        return found
    if known is not None and known.seq > found.entries:
        cut = Verified(found.chain, found.entries, found.head, found.entries + 1, Fault.TRUNCATION)
        return _result(cut, found.erased)
    return replace(found, ok=False, first_bad_seq=found.entries, sentence=_HEAD_SENTENCE)


def _entries(conn: Connection, *, payload: bool) -> Select[*tuple[Any, ...]]:
    at: ColumnElement[str] = type_coerce(History.at, String())
    if conn.dialect.name == "postgresql":
        utc = func.timezone("UTC", History.at)
        at = func.to_char(utc, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"', type_=String())
    return select(
        History.chain, History.seq, at.label("at"), History.actor, History.agency, History.act,
        History.object, History.outcome, History.rule, History.bundle, History.commitment, History.link,
        History.digest,
        History.sealed if payload else type_coerce(None, String()).label("sealed"),
    ).order_by(History.chain, History.seq)


def _headless() -> Select[str]:
    """Chains that have a registered head but not one entry left."""
    gone = ~exists().where(History.chain == ChainHead.chain)
    return select(ChainHead.chain).where(ChainHead.seq > 0, gone).order_by(ChainHead.chain)


def _which(name: Name, chain: str | None, part: Part) -> ColumnElement[bool]:
    return part.holds(name) if chain is None else name == chain


def _registered(conn: Connection, chains: Sequence[str]) -> dict[str, Head]:
    rows = conn.execute(
        select(ChainHead.chain, ChainHead.seq, ChainHead.digest).where(ChainHead.chain.in_(chains))
    )
    return {row.chain: Head(row.seq, row.digest) for row in rows}


def _has_entries(conn: Connection, chain: str) -> bool:
    return conn.execute(select(History.seq).where(History.chain == chain).limit(1)).first() is not None


def _tolerant(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
