"""Attach a file to a case, and read one back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

from sqlalchemy import select

from nrm.commands.add_note import category_of
from nrm.commands.case_act import case_act
from nrm.commands.reading import reading
from nrm.documents.papers import clean
from nrm.documents.scanning import require_harmless
from nrm.queries.case_reader import clinical_role
from nrm.records.files import FileRead, read_file, write_file
from nrm.records.tables.account import User
from nrm.records.tables.record import File
from nrm.rules.visibility import Written, may_read
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


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
        row = unit.conn.execute(select(File).where(File.id == file_id)).first()
    if row is None:
        raise NotFound
    with reading(system, actor, Permission.CASE_READ, row.case_id, f"file:{file_id}", always=True) as read:
        decision = read.standing.readable()[Category(row.category)]
        roles = read.unit.conn.execute(select(User.roles).where(User.id == row.by_id)).scalar() or ()
        written = Written(row.agency_id, clinical_role(roles, system.configuration.policy), row.by_id)
        if not decision.allowed or not may_read(decision, actor, written, system.configuration.policy):
            raise NotAllowed("You do not see this file.", rule=decision.rule, code=NotFound.code)
        yield read_file(read.unit, file_id)


def _cleaned(system: System, name: str, media_type: str, content: BinaryIO) -> bytes | InvalidInput:
    try:
        cleaned = clean(name, media_type, content)
        require_harmless(system.settings.clamd, cleaned)
    except InvalidInput as refused:
        return refused
    return cleaned
