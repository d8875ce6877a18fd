"""A backup: the whole database, sealed to offline keys, with a manifest and the ledger of erasures."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import orjson
from sqlalchemy import func, select

from nrm.commands.erasure_ledger import write_whole
from nrm.commands.settling.ledger import Ledger
from nrm.deployment.offline_keys import NotOpened, is_sealed, open_sealed, seal
from nrm.records import schema
from nrm.records.dumps import dump
from nrm.records.keys import KeyRing, SealBroken
from nrm.records.sealed_stream import SealedWriter, new_salt, read_salt, read_sealed
from nrm.records.tables.case import Case
from nrm.records.tables.history import INSTALLATION, ChainHead
from nrm.records.types import canonical_json
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.system import System

LEDGER = "erasures.jsonl"
ENDING, MANIFEST_ENDING, PART_ENDING = ".backup", ".json", ".part"
LONGEST_MANIFEST = 64 * 1024
_PURPOSE = "backup"
_STAMPED = re.compile(r"nrm-\d{8}T\d{6}Z", re.ASCII)
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. Counted just before: the backup holds at least that. No person, no code."""

    made_at: str
    database: str
    revision: str
    cases: int
    entries: int
    head: str
    """Digest of the installation's last entry."""
    sealed_to: Sequence[str] = ()
    """The public keys whose private halves open it; none where the key file does."""
    sha256: str = ""
    """Of the sealed file; empty inside it."""
    size: int = 0


def make_backup(system: System, folder: Path) -> tuple[Path, Manifest]:
    """Write a backup into a folder while people go on working; return its file and its manifest.

    Backups older than the configured days are deleted: a destroyed key is gone from them too, in the end (goal:A6).

    NotReady where a program of PostgreSQL is missing or fails; then nothing is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with system.database.reader(SYSTEM) as unit:
        manifest, now = _manifest(system, unit), unit.now
    path = folder / f"{_name(now)}{ENDING}"
    part = path.with_suffix(PART_ENDING)
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "r+b") as file:
            _write(system, file, manifest, folder)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    manifest = replace(manifest, sha256=digest_of(path), size=path.stat().st_size)
    path.with_suffix(MANIFEST_ENDING).write_text(canonical_json(asdict(manifest)) + "\n", encoding="utf-8")
    with system.database.unit(SYSTEM) as unit:
        write_whole(unit, folder / LEDGER)
        Ledger(unit, INSTALLATION).enter("backup.made", INSTALLATION, payload={"sha256": manifest.sha256})
    drop_old(folder, now - timedelta(days=system.configuration.retention.backup_days))
    return path, manifest


def open_backup(
    file: BinaryIO, keys: KeyRing, offline_key: Path | None, folder: Path
) -> tuple[Manifest, Iterator[bytes]]:
    """Return the manifest and the dump in pieces. ``folder``: for what lies in between.

    SealBroken, possibly only at the end, where it was altered or other keys sealed it; InvalidInput where it is sealed
    to an offline key and none is given.
    """
    pieces = _pieces(file, keys, offline_key, folder)
    first = next(pieces)
    head, found, rest = first.partition(b"\n")
    if not found or len(head) > LONGEST_MANIFEST:
        raise SealBroken
    return Manifest(**orjson.loads(head)), chain((rest,), pieces)


def drop_old(folder: Path, before: datetime) -> int:
    """Delete backups made before an instant, and what kills left of some; return how many files went."""
    first = _name(before)
    old = [
        path for path in folder.glob("nrm-*")
        if path.suffix in (ENDING, MANIFEST_ENDING, PART_ENDING) and _STAMPED.fullmatch(path.stem) and path.stem < first
    ]
    for path in old:
        path.unlink()
    return len(old)


def _name(at: datetime) -> str:
    """The name of what is made at an instant, without its ending; names in order are instants in order."""
    return f"nrm-{at:%Y%m%dT%H%M%SZ}"


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(system: System, file: BinaryIO, manifest: Manifest, folder: Path) -> None:
    head = canonical_json(asdict(manifest)).encode() + b"\n"
    plain = chain((head,), dump(system.settings.database_url, folder))
    if manifest.sealed_to:
        seal(plain, file, manifest.sealed_to)
        return
    salt = new_salt()
    writer = SealedWriter(file, _key(system.keys, salt), salt)
    for piece in plain:
        writer.write(piece)
    writer.end()


def _pieces(file: BinaryIO, keys: KeyRing, offline_key: Path | None, folder: Path) -> Iterator[bytes]:
    if not is_sealed(file):
        yield from read_sealed(file, _key(keys, read_salt(file)))
        return
    if offline_key is None:
        raise InvalidInput("This backup opens with an offline key only. Name its file: --backup-key.")
    try:
        yield from open_sealed(file, offline_key, folder)
    except NotOpened:
        raise SealBroken from None


def _manifest(system: System, unit: Unit) -> Manifest:
    heads = unit.conn.execute(select(func.coalesce(func.sum(ChainHead.seq), 0))).scalar_one()
    head = unit.conn.execute(select(ChainHead.digest).where(ChainHead.chain == INSTALLATION)).scalar() or ""
    cases = unit.conn.execute(select(func.count()).select_from(Case)).scalar_one()
    return Manifest(
        made_at=unit.now.isoformat(), database=system.database.dialect, revision=schema.head(), cases=cases,
        entries=int(heads), head=head, sealed_to=system.settings.backup_recipients,
    )


def _key(keys: KeyRing, salt: bytes) -> bytes:
    return bytes.fromhex(keys.mac(_PURPOSE, salt))
