"""Checking the history as it stands in the database: every chain, in one pass, as fast as it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain as flatten
from operator import attrgetter
from typing import Any, TypeVar, cast

import orjson
from sqlalchemy import ColumnElement, Connection, Select, String, func, select, true, type_coerce
from sqlalchemy.exc import OperationalError

from nrm.records.case_keys import CaseKeys
from nrm.records.history import is_committed
from nrm.records.keys import KeyGone, KeyRing, SealBroken
from nrm.records.tables.history import ChainHead, History
from nrm.rules.chain import VERSION, Fault, Head, Verified, genesis

ROWS_AT_ONCE = 500
"""More do not fit the processor's caches: reading ten times as many at once takes half as long again."""
_PAYLOAD_SENTENCE = "The words of entry {seq} were altered or removed."
_HEAD_SENTENCE = "The end of this history was changed: its last entry is not the registered one."

T = TypeVar("T")
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


@dataclass(slots=True)
class Stretch:
    """What stands of one chain between two places of the whole history, its entries fitting together or not."""

    first: int
    link: str
    """What its first entry says of the one before it."""
    last: int
    digest: str
    erased: int = 0
    is_whole: bool = True


Stretches = dict[str, Stretch]
"""By the names of the chains."""


def verify(conn: Connection, keys: KeyRing | None = None, chain: str | None = None) -> list[ChainResult]:
    """Check one chain (a case id or ``installation``) or all, by name; with ``keys`` also what the entries say.

    Finds an edited, missing, moved or foreign entry, and a cut end by the registered head. What this
    cannot find without a head kept elsewhere: a chain rewritten together with its registered head.
    """
    return verify_rest(conn, keys, [], 0) if chain is None else [_verify_one(conn, keys, chain)]


def verify_rest(
    conn: Connection, keys: KeyRing | None, before: Sequence[Stretches], after: int
) -> list[ChainResult]:
    """Check all chains where the entries up to the one with the id ``after`` were read already.

    All was read in the order in which it was written. A chain that does not fit, in itself or with its registered
    head, is read once more by itself: that says what is wrong with it, or that it only grew meanwhile.
    """
    found = _joined([*before, read_stretches(conn, keys, after)])
    heads = {
        row.chain: Head(row.seq, row.digest)
        for row in conn.execute(select(ChainHead.chain, ChainHead.seq, ChainHead.digest).where(ChainHead.seq > 0))
    }
    return [
        _result(Verified(name, heads[name].seq, heads[name]), found[name].erased)
        if _fits(name, found.get(name), heads.get(name)) else _verify_one(conn, keys, name)
        for name in sorted({*found, *heads})
    ]


def read_stretches(conn: Connection, keys: KeyRing | None, after: int, until: int | None = None) -> Stretches:
    """Read the entries with ids above ``after`` up to ``until``, that one too, in the order of their ids."""
    wanted = _entries(conn, payload=keys is not None).where(
        History.id > after, true() if until is None else History.id <= until
    )
    return _read(conn, wanted.order_by(History.id), partial(_stretches, _opened_with(conn, keys)))


def newest(conn: Connection) -> int:
    """The id of the entry that was written last; 0 where there is none."""
    return conn.execute(select(func.coalesce(func.max(History.id), 0))).scalar_one()


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


def _stretches(keys: CaseKeys | None, rows: Iterable[HistoryRow]) -> Stretches:
    """The stretches of consecutive entries. What comes after the first fault of a chain is passed over."""
    found: Stretches = {}
    for row in rows:
        one = found.get(row[0])
        if one is None:
            one = found[row[0]] = Stretch(row[1], row[11], row[1], row[12], is_whole=_is_as_written(row))
        elif one.is_whole:
            one.is_whole = _fault(row, one.last, one.digest) is None
            one.last, one.digest = row[1], row[12]
        if keys is not None and row[10] is not None and one.is_whole:
            state = _payload_state(keys, row)
            one.is_whole = state is not False
            one.erased += state is None
    return found


def _joined(parts: Sequence[Stretches]) -> Stretches:
    """One stretch of each chain, from parts that follow each other."""
    found: Stretches = {}
    for name, here in flatten.from_iterable(part.items() for part in parts):
        before = found.setdefault(name, here)
        if before is not here:
            follows = before.is_whole and here.is_whole and here.first == before.last + 1
            found[name] = Stretch(
                before.first, before.link, here.last, here.digest, before.erased + here.erased,
                is_whole=follows and here.link == before.digest,
            )
    return found


def _fits(name: str, found: Stretch | None, head: Head | None) -> bool:
    """Whether a stretch is all of a chain, from its beginning to its registered head."""
    return (
        found is not None and head is not None and found.is_whole
        and (found.first, found.link) == (1, genesis(name)) and (found.last, found.digest) == (head.seq, head.digest)
    )


def _verify_one(conn: Connection, keys: KeyRing | None, chain: str) -> ChainResult:
    """Check one chain by itself, entry by entry."""
    wanted = _entries(conn, payload=keys is not None).where(History.chain == chain).order_by(History.seq)
    found = _read(conn, wanted, partial(_walk, _opened_with(conn, keys), chain))
    known = _registered(conn, chain)
    if known is None and found.ok and not found.entries:
        return replace(found, sentence="There are no entries.")
    return _against(known, found)


def _read(conn: Connection, wanted: Select[*tuple[Any, ...]], check: Callable[[Iterable[HistoryRow]], T]) -> T:
    """Check the rows of a query as they are read."""
    try:
        return check(_rows(conn, wanted))
    except OperationalError:
        raw: Any = conn.connection.driver_connection
        if conn.dialect.name != "sqlite":
            raise
        # A damaged byte can make a text undecodable: read again in a way that carries it along.
        strict, raw.text_factory = raw.text_factory, _tolerant
        try:
            return check(_rows(conn, wanted))
        finally:
            raw.text_factory = strict


def _opened_with(conn: Connection, keys: KeyRing | None) -> CaseKeys | None:
    return None if keys is None else CaseKeys(conn, keys)


def _rows(conn: Connection, wanted: Select[*tuple[Any, ...]]) -> Iterable[HistoryRow]:
    stored = conn.execution_options(yield_per=ROWS_AT_ONCE).execute(wanted)
    return cast("Iterable[HistoryRow]", flatten.from_iterable(stored.partitions()))


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


def _is_as_written(row: HistoryRow) -> bool:
    try:
        return row_digest(row) == row[12]
    except TypeError:  # a value of a kind that cannot have been written
        return False


def _fault(row: HistoryRow, count: int, link: str) -> Fault | None:
    if not _is_as_written(row):
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
    )


def _registered(conn: Connection, chain: str) -> Head | None:
    row = conn.execute(
        select(ChainHead.seq, ChainHead.digest).where(ChainHead.chain == chain, ChainHead.seq > 0)
    ).one_or_none()
    return row and Head(row.seq, row.digest)


def _tolerant(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
