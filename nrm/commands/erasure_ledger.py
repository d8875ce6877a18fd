"""The ledger of erasures outside the database: what a restored backup must be told before anybody sees it."""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from sqlalchemy import ColumnElement, select, update

from nrm.records.keys import KeyRing
from nrm.records.tables.erasure import Erasure
from nrm.records.types import canonical_json, instant_text
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.system import System

_PURPOSE = "erasure ledger"
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Erased:
    """One line of the ledger: which case was erased, when, why and by whose decision. No person of a case."""

    id: str
    case_id: str
    case_code: str
    basis: str
    proposed_by: str
    decided_by: str
    done_at: str
    digest: str


def write_down(system: System) -> int:
    """Append erasures that are not in the ledger file yet; return how many.

    A line is marked as written after it is on the disk: a crash between writes it twice, which does no harm.
    """
    with system.database.reader(SYSTEM) as unit:
        lines = _done(unit, Erasure.written_at.is_(None))[:AT_ONCE]
    if not lines:
        return 0
    path = system.settings.erasure_ledger
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        file.writelines(_line(system.keys, one) for one in lines)
        file.flush()
        os.fsync(file.fileno())
    with system.database.unit(SYSTEM) as unit:
        unit.conn.execute(
            update(Erasure).where(Erasure.id.in_([one.id for one in lines])).values(written_at=unit.now)
        )
    return len(lines)


def write_whole(unit: Unit, path: Path) -> int:
    """Write every erasure into a file of its own, in place of what it held; return how many."""
    lines = _done(unit)
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.writelines(_line(unit.ring, one) for one in lines)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return len(lines)


def read_ledger(path: Path, keys: KeyRing) -> tuple[Erased, ...]:
    """Return the erasures of a ledger file, each once. InvalidInput for a line that these keys did not write."""
    found: dict[str, Erased] = {}
    for number, raw in enumerate(path.read_bytes().splitlines(), 1):
        one = _read_line(raw, keys)
        if one is None:
            raise InvalidInput(f"Line {number} of the ledger of erasures was altered, or is of another installation.")
        found[one.id] = one
    return tuple(found.values())


def _done(unit: Unit, *which: ColumnElement[bool]) -> Sequence[Erased]:
    rows = unit.conn.execute(select(Erasure).where(Erasure.status == "done", *which).order_by(Erasure.done_at))
    return [
        Erased(row.id, row.case_id, row.case_code, row.basis, row.proposed_by, row.decided_by,
               instant_text(row.done_at), row.digest)
        for row in rows
    ]


def _line(keys: KeyRing, one: Erased) -> bytes:
    plain = asdict(one)
    return canonical_json({**plain, "mac": keys.mac(_PURPOSE, canonical_json(plain))}).encode() + b"\n"


def _read_line(raw: bytes, keys: KeyRing) -> Erased | None:
    try:
        plain = orjson.loads(raw)
        mac = plain.pop("mac")
        one = Erased(**plain)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return one if hmac.compare_digest(str(mac), keys.mac(_PURPOSE, canonical_json(plain))) else None


__all__ = ["Erased", "read_ledger", "write_down", "write_whole"]
