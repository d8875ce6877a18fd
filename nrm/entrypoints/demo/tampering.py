"""Show that an alteration is found: copy the demo, alter one line of the copy behind the program's back, verify it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from nrm.deployment.settings import Settings
from nrm.records.tables.case import Case
from nrm.records.verify import verify
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NotAllowed, NotFound
from nrm.wiring.system import System, build_system

COPY = "copy"
"""The folder of the copy, in the demo's."""


@dataclass(frozen=True, slots=True)
class Altered:
    """What was done to the copy and what the check said: of the copy, and of the demo itself."""

    folder: Path
    code: str
    seq: int
    act: str
    sentence: str
    original_ok: bool


def alter_a_copy(system: System, *, code: str) -> Altered:
    """Copy the demo's database, change who did one entry of a case's history, and verify copy and original.

    Raises NotFound for an unknown code, NotAllowed where this is no demo on SQLite.
    """
    if not system.settings.is_demo or not system.settings.on_sqlite:
        raise NotAllowed("Only a demo on SQLite is copied and altered.", rule="demo:copy")
    with system.database.reader(SYSTEM) as unit:
        case_id = unit.conn.execute(select(Case.id).where(Case.code == code.strip().upper())).scalar()
        if case_id is None:
            raise NotFound(f"There is no case with the code {code}.")
        original = verify(unit.conn, keys=system.keys, chain=case_id)
    folder = _copy(system.settings)
    seq, act = _alter(folder / "nrm.db", case_id)
    copied = build_system(Settings.read(folder, {}))
    try:
        with copied.database.reader(SYSTEM) as unit:
            found = verify(unit.conn, keys=copied.keys, chain=case_id)
    finally:
        copied.database.dispose()
    sentence = next((one.sentence for one in found if not one.ok), "Nothing was found.")
    return Altered(folder, code, seq, act, sentence, all(one.ok for one in original))


def _copy(settings: Settings) -> Path:
    folder = settings.dir / COPY
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    shutil.copy(settings.kek_file, folder / settings.kek_file.name)
    source = sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))
    with closing(source), closing(sqlite3.connect(folder / "nrm.db")) as target:
        source.backup(target)
    return folder


def _alter(database: Path, case_id: str) -> tuple[int, str]:
    """Change one entry as somebody with the file and a text tool would; the triggers are dropped first."""
    with sqlite3.connect(database) as raw:
        guards = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'history'")
        for (name,) in guards.fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        seq, act = raw.execute(
            "SELECT seq, act FROM history WHERE chain = ? AND act = 'task.completed' ORDER BY seq LIMIT 1", (case_id,)
        ).fetchone() or (1, "case.opened")
        raw.execute("UPDATE history SET actor = 'somebody-else' WHERE chain = ? AND seq = ?", (case_id, seq))
    raw.close()
    return int(seq), str(act)
