"""The history entry, format 1, and the chain that shows every alteration (reliability 3.7, A1, A2)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, as it is hashed. Field order, names and meaning are fixed for version 1.

    ``seq`` starts at 1 in each chain. ``at`` is an aware instant, hashed in UTC to the microsecond.
    ``commitment`` is :func:`commit` of the payload, or None. ``link`` is the digest of the entry
    before, for the first entry :func:`genesis` of the chain's name.
    """

    seq: int
    at: datetime
    actor: str
    agency: str
    act: str
    object: str
    outcome: str
    rule: str | None
    bundle: str | None
    commitment: str | None
    link: str
    version: int = VERSION

    def canonical(self) -> bytes:
        """The bytes that are hashed."""
        return canonical({
            "version": self.version, "seq": self.seq, "at": instant(self.at), "actor": self.actor,
            "agency": self.agency, "act": self.act, "object": self.object, "outcome": self.outcome,
            "rule": self.rule, "bundle": self.bundle, "commitment": self.commitment, "link": self.link,
        })

    def digest(self) -> str:
        """SHA-256 over :meth:`canonical`, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()


class Fault(StrEnum):
    """What can be wrong with a chain."""

    EDIT = "edit"
    """The entry's content is not what was hashed."""
    GAP = "gap"
    """Entries are missing in between."""
    REORDER = "reorder"
    """The entry stands in the wrong place, or twice."""
    LINK = "link"
    """The entry does not follow the one before it: something was inserted or rewritten."""
    TRUNCATION = "truncation"
    """The chain ends before the known head."""
    REWRITE = "rewrite"
    """The chain is consistent in itself but differs from the known head."""
    UNKNOWN_VERSION = "unknown_version"
    """The entry's format is not known to this program."""


_SENTENCES: Mapping[Fault, str] = {
    Fault.EDIT: "Entry {seq} was altered after it was written.",
    Fault.GAP: "Entry {seq} is missing.",
    Fault.REORDER: "Entry {seq} stands in the wrong place.",
    Fault.LINK: "Entry {seq} does not follow the entry before it.",
    Fault.TRUNCATION: "The history ends too early: entry {seq} is missing.",
    Fault.REWRITE: "Entry {seq} is not the one that was confirmed before: the history was rewritten.",
    Fault.UNKNOWN_VERSION: "Entry {seq} is of a format this program does not know.",
}


@dataclass(frozen=True, slots=True)
class Head:
    """A known end of a chain, from a checkpoint kept elsewhere."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a check; ``bad_seq`` and ``fault`` are None where the chain is whole."""

    chain: str
    count: int
    head: Head | None
    bad_seq: int | None = None
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None

    @property
    def sentence(self) -> str:
        """The result in plain words."""
        if self.fault is None:
            return f"All {self.count} entries are whole and in order."
        return _SENTENCES[self.fault].format(seq=self.bad_seq)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: object) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8; refuses NaN and what JSON cannot hold."""
    return _encode(value).encode("utf-8")


def instant(at: datetime) -> str:
    """Write an aware instant as ``2026-03-06T14:10:00.000000Z``."""
    if at.tzinfo is None:
        raise ValueError("history needs aware instants")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def genesis(chain: str) -> str:
    """The link of a chain's first entry: it binds the entries to the chain's name."""
    return hashlib.sha256(b"nrm-history-1:" + chain.encode("utf-8")).hexdigest()


def commit(payload: Mapping[str, object], salt: bytes) -> str:
    """Commit to a payload without showing it: SHA-256 of 16 random bytes and the canonical payload."""
    if len(salt) != 16:
        raise ValueError("the salt is 16 random bytes")
    return hashlib.sha256(salt + canonical(payload)).hexdigest()


def opens(commitment: str, payload: Mapping[str, object], salt: bytes) -> bool:
    """Whether payload and salt are those a commitment was made to."""
    return commit(payload, salt) == commitment


def follow(chain: str, last: Head | None, entry: Entry) -> Entry:
    """Place an entry at the end of a chain: sets ``seq`` and ``link``."""
    if last is None:
        return replace(entry, seq=1, link=genesis(chain))
    return replace(entry, seq=last.seq + 1, link=last.digest)


def verify_chain(chain: str, entries: Iterable[tuple[Entry, str]], known: Head | None = None) -> Verified:
    """Check ``(entry, stored digest)`` pairs in stored order; stops at the first bad one.

    ``known`` is a head kept outside the database: with it, a cut or wholly rewritten chain is found.
    """
    head: Head | None = None
    count = 0
    for entry, stored in entries:
        fault = _fault(chain, head, entry, stored)
        if fault is not None:
            missing = fault is Fault.GAP
            bad = (head.seq if head else 0) + 1 if missing else entry.seq
            return Verified(chain, count, head, bad, fault)
        head = Head(entry.seq, stored)
        count += 1
        if known is not None and known.seq == head.seq and known.digest != head.digest:
            return Verified(chain, count, head, head.seq, Fault.REWRITE)
    if known is not None and known.seq > (head.seq if head else 0):
        return Verified(chain, count, head, (head.seq if head else 0) + 1, Fault.TRUNCATION)
    return Verified(chain, count, head)


def _fault(chain: str, head: Head | None, entry: Entry, stored: str) -> Fault | None:
    """What is wrong with the next entry, if anything."""
    expected = (head.seq if head else 0) + 1
    if entry.version != VERSION:
        return Fault.UNKNOWN_VERSION
    if entry.digest() != stored:
        return Fault.EDIT
    if entry.seq != expected:
        return Fault.GAP if entry.seq > expected else Fault.REORDER
    if entry.link != (head.digest if head else genesis(chain)):
        return Fault.LINK
    return None
