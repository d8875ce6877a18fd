"""Files: sealed chunk by chunk, so that neither end ever holds a whole one, and a cut file is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import uuid4

from sqlalchemy import func, insert, select

from nrm.records.keys import SealBroken
from nrm.records.tables.record import File, FileChunk
from nrm.records.unit import Unit
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import NotFound

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file as it was stored; ``chunks`` must be consumed inside the unit that read it."""

    id: str
    case_id: str
    category: Category
    name: str
    media_type: str
    size: int
    at: datetime
    chunks: Iterator[bytes]


def write_file(
    unit: Unit, *, case_id: str, category: Category, name: str, media_type: str, content: BinaryIO,
    agency_id: str,
) -> str:
    """Seal and store a file from a stream; return its id. The caller has checked size and type."""
    file_id = str(uuid4())
    size = n = 0
    chunk, after = content.read(CHUNK_BYTES), content.read(CHUNK_BYTES)
    while True:
        sealed = unit.seal(case_id, category, chunk, _place(file_id, n, last=not after))
        unit.conn.execute(insert(FileChunk).values(file_id=file_id, n=n, sealed=sealed))
        size, n = size + len(chunk), n + 1
        if not after:
            break
        chunk, after = after, content.read(CHUNK_BYTES)
    unit.conn.execute(insert(File).values(
        id=file_id, case_id=case_id, category=category.value, media_type=media_type, size=size,
        name_sealed=unit.seal(case_id, category, name.encode(), f"file:{file_id}"),
        by_id=unit.actor.user_id, agency_id=agency_id, at=unit.now,
    ))
    return file_id


def read_file(unit: Unit, file_id: str) -> FileRead:
    """Return a file with its name and a stream of its bytes.

    NotFound when there is none, KeyGone when erased; SealBroken, possibly only while streaming, when a
    chunk was altered, moved, removed or added.
    """
    row = unit.conn.execute(select(File).where(File.id == file_id)).one_or_none()
    if row is None:
        raise NotFound
    name = unit.open_sealed(row.case_id, row.category, row.name_sealed, f"file:{file_id}").decode()
    chunks = _chunks(unit, file_id, row.case_id, row.category)
    category = Category(row.category)
    return FileRead(file_id, row.case_id, category, name, row.media_type, row.size, row.at, chunks)


def _chunks(unit: Unit, file_id: str, case_id: str, category: str) -> Iterator[bytes]:
    counted = select(func.count()).where(FileChunk.file_id == file_id)
    count = unit.conn.execute(counted).scalar_one()
    if not count:
        raise SealBroken
    for n in range(count):
        sealed = unit.conn.execute(
            select(FileChunk.sealed).where(FileChunk.file_id == file_id, FileChunk.n == n)
        ).scalar_one_or_none()
        if sealed is None:
            raise SealBroken
        yield unit.open_sealed(case_id, category, sealed, _place(file_id, n, last=n == count - 1))


def _place(file_id: str, n: int, *, last: bool) -> str:
    return f"file_chunk:{file_id}/{n}/{'end' if last else 'more'}"
