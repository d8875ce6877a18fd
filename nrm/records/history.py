"""Writing the history: one chained entry per act, in the act's own transaction."""

from __future__ import annotations

import hashlib
import os
from binascii import a2b_hex
from collections.abc import Mapping
from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.case_keys import HISTORY, CaseKeys
from nrm.records.prepared import Read, Write
from nrm.records.tables.history import ChainHead, History
from nrm.records.types import canonical_json
from nrm.rules.chain import Entry, Head, commit, genesis, opens
from nrm.vocabulary.actor import Actor

SALT_BYTES = 16
_BODY = b'{"payload":%b,"salt":"%b"}'
_TEXT, _SALT = slice(11, -43), slice(-34, -2)
"""Where the payload's text and the salt stand in it."""

_ENTRY = Write(insert(History))
_LOCKED_HEAD = Read(
    select(ChainHead.seq, ChainHead.digest).where(ChainHead.chain == bindparam("wanted")).with_for_update()
)
_NEW_HEAD = Write(update(ChainHead).where(ChainHead.chain == bindparam("wanted")))


def payload_place(chain: str, seq: int) -> str:
    """Where a sealed payload stands: it opens nowhere else."""
    return f"history:{chain}/{seq}"


class Chains:
    """The entries of one transaction. Rows go in together at the end; the head is locked from the first."""

    def __init__(self, conn: Connection, keys: CaseKeys) -> None:
        self._conn = conn
        self._keys = keys
        self._heads: dict[str, Head] = {}
        self._rows: list[dict[str, object]] = []

    def append(
        self,
        *,
        chain: str,
        at: datetime,
        actor: Actor,
        act: str,
        object: str,  # noqa: A002
        outcome: str = "ok",
        rule: str | None = None,
        bundle: str | None = None,
        payload: Mapping[str, object] | None = None,
    ) -> int:
        """Add an entry to a chain (a case id or ``installation``) and return its number, from 1.

        ``payload`` is canonical JSON (dates as ISO text), sealed under the chain's history key;
        the entry itself only carries a salted commitment to it, so erasing the key erases the words.
        """
        head = self._heads.get(chain) or self._lock(chain)
        seq = head.seq + 1
        commitment, sealed = self._sealed(chain, seq, payload, at)
        entry = Entry(seq, at, actor.user_id, actor.agency_id, act, object, outcome, rule, bundle, commitment,
                      head.digest)
        digest = entry.digest()
        self._rows.append({
            "chain": chain, "seq": seq, "at": at, "actor": entry.actor, "agency": entry.agency, "act": act,
            "object": object, "outcome": outcome, "rule": rule, "bundle": bundle, "commitment": commitment,
            "sealed": sealed, "link": entry.link, "digest": digest,
        })
        self._heads[chain] = Head(seq, digest)
        return seq

    def locked(self, chain: str, head: Head) -> None:
        """Take over the head of a chain that this transaction has locked and read already."""
        self._heads.setdefault(chain, head)

    def flush(self) -> None:
        """Write what was appended. Called by the unit of work before it commits."""
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        _ENTRY.run_all(self._conn, rows)
        for chain in sorted({str(row["chain"]) for row in rows}):
            head = self._heads[chain]
            _NEW_HEAD.run(self._conn, {"wanted": chain, "seq": head.seq, "digest": head.digest})

    def _sealed(
        self, chain: str, seq: int, payload: Mapping[str, object] | None, at: datetime
    ) -> tuple[str | None, bytes | None]:
        if payload is None:
            return None, None
        salt = os.urandom(SALT_BYTES)
        text = canonical_json(dict(payload))
        commitment = commit(orjson.loads(text), salt)
        if self._keys.destroyed(chain, HISTORY):
            return commitment, None
        body = _BODY % (text.encode(), salt.hex().encode())
        return commitment, self._keys.seal(chain, HISTORY, body, payload_place(chain, seq), at)

    def _lock(self, chain: str) -> Head:
        """Lock the head row, so that two transactions never take the same number."""
        row = _LOCKED_HEAD.first(self._conn, wanted=chain)
        if row is None:
            first = upsert(ChainHead).values(chain=chain, seq=0, digest=genesis(chain))
            self._conn.execute(first.on_conflict_do_nothing())
            row = _LOCKED_HEAD.first(self._conn, wanted=chain)
            assert row is not None  # it was just written
        head = self._heads[chain] = Head(row.seq, row.digest)
        return head


def open_payload(keys: CaseKeys, chain: str, seq: int, sealed: bytes) -> tuple[dict[str, object], bytes]:
    """Return an entry's payload and salt. KeyGone when erased, SealBroken when altered or moved."""
    return _read(keys.open(chain, HISTORY, sealed, payload_place(chain, seq)))


def is_committed(keys: CaseKeys, chain: str, seq: int, sealed: bytes, commitment: str) -> bool:
    """Whether a sealed payload is what its entry is committed to. Raises as :func:`open_payload`.

    It was sealed as the very text that was committed to: that is hashed as it stands, and read only where it differs.
    """
    body = keys.open(chain, HISTORY, sealed, payload_place(chain, seq))
    if hashlib.sha256(a2b_hex(body[_SALT]) + body[_TEXT]).hexdigest() == commitment:
        return True
    return opens(commitment, *_read(body))


def _read(body: bytes) -> tuple[dict[str, object], bytes]:
    said = orjson.loads(body)
    return said["payload"], bytes.fromhex(said["salt"])
