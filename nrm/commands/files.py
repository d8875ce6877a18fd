"""Attach a file to a case, and read one back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.add_note import category_of
from nrm.commands.case_act import case_act, require
from nrm.commands.reading import reading
from nrm.documents.papers import clean
from nrm.documents.scanning import require_harmless
from nrm.queries.case_reader import clinical_role
from nrm.queries.standing import Standing
from nrm.records.files import FileRead, read_file, write_file
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.record import File
from nrm.records.unit import Unit
from nrm.rules.visibility import Written, may_read
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out. ``pieces`` raises NotAllowed where the right to it ends before the last one."""

    media_type: str
    size: int
    pieces: Iterator[bytes]


def attach_file(
    system: System, actor: Actor, *, case_id: str, category: str, name: str, media_type: str, content: BinaryIO,
    seen_version: int | None = None,
) -> str:
    """Attach a file; returns its id. Raises InvalidInput for a type, size, name or content that is not taken.

    It is cleaned before anything is locked; what is wrong with it is only told to who may attach. NotReady where a
    virus scanner is configured and does not answer.
    """
    cleaned = _cleaned(system, name, media_type, content)
    with case_act(system, actor, Permission.CASE_FILE, case_id, seen_version=seen_version) as act:
        chosen = category_of(category)
        decision = act.standing.readable()[chosen]
        if not decision.allowed:
            raise NotAllowed("You cannot attach a file in a category you do not see.", rule=decision.rule)
        if isinstance(cleaned, InvalidInput):
            raise cleaned
        file_id = write_file(
            act.unit, case_id=case_id, category=chosen, name=name[-200:], media_type=media_type,
            content=BytesIO(cleaned),
            agency_id=actor.agency_id,
        )
        act.enter("file.attached", f"file:{file_id}", outcome=str(chosen))
        return file_id


@contextmanager
def open_file(system: System, actor: Actor, *, file_id: str) -> Iterator[FileRead]:
    """Open a file for reading inside the block, leaving a read entry. Raises NotFound."""
    with system.database.reader(actor) as unit:
        row = _row(unit, file_id)
    with reading(system, actor, Permission.CASE_READ, row.case_id, f"file:{file_id}", always=True) as read:
        _require_sight(system, read.unit, read.standing, row)
        yield read_file(read.unit, file_id)


def download(system: System, actor: Actor, *, file_id: str) -> Download:
    """Read a whole file, to be sent in pieces: before each further one it is asked anew who may have it (goal:S7).

    It is read before it is sent, so that no transaction waits for a slow reader. Raises NotFound.
    """
    with open_file(system, actor, file_id=file_id) as found:
        content = b"".join(found.chunks)
    return Download(found.media_type, len(content), _sent(system, actor, file_id, content))


def _sent(system: System, actor: Actor, file_id: str, content: bytes) -> Iterator[bytes]:
    """Yield the pieces; where the right to them ends meanwhile, the rest stays here and the download breaks off."""
    for start in range(0, len(content), PIECE_BYTES):
        if start:
            _require_still(system, actor, file_id)
        yield content[start : start + PIECE_BYTES]


def _require_still(system: System, actor: Actor, file_id: str) -> None:
    with system.database.reader(actor) as unit:
        row = _row(unit, file_id)
        case = unit.conn.execute(select(Case).where(Case.id == row.case_id)).one()
        standing = Standing(unit, system.configuration.policy, system.agencies(unit), actor, case, unit.now)
        require(standing, Permission.CASE_READ)
        _require_sight(system, unit, standing, row)


def _row(unit: Unit, file_id: str) -> Row[Any]:
    row = unit.conn.execute(select(File).where(File.id == file_id)).first()
    if row is None:
        raise NotFound
    return row


def _require_sight(system: System, unit: Unit, standing: Standing, row: Row[Any]) -> None:
    """Refuse who does not see this file of the case; to them it is not there."""
    policy = system.configuration.policy
    decision = standing.readable()[Category(row.category)]
    roles = unit.conn.execute(select(User.roles).where(User.id == row.by_id)).scalar() or ()
    written = Written(row.agency_id, clinical_role(roles, policy), row.by_id)
    if not decision.allowed or not may_read(decision, standing.actor, written, policy):
        raise NotAllowed("You do not see this file.", rule=decision.rule, code=NotFound.code)


def _cleaned(system: System, name: str, media_type: str, content: BinaryIO) -> bytes | InvalidInput:
    try:
        cleaned = clean(name, media_type, content)
        require_harmless(system.settings.clamd, cleaned)
    except InvalidInput as refused:
        return refused
    return cleaned
