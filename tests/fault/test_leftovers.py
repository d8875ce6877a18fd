"""What a backup or a restore leaves when it is killed: no readable word, nothing in the way (goal:A6, goal:R15)."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nrm.commands.backup import LEDGER, make_backup
from nrm.commands.restore import restore_backup
from nrm.deployment.settings import Settings
from nrm.records.dumps import dump, load_postgresql
from tests.commands.test_erasure import closed_case
from tests.fault.leaving_process import main
from tests.support.driving import Drive, Installation
from tests.support.goals import Reached
from tests.support.long import LONG

PATIENCE_S, DAY = 120, timedelta(days=1)
STRIDE = 1 if LONG else 3


def names(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()}


def test_a_backup_killed_at_any_step_leaves_nothing_readable(drive: Drive, tmp_path: Path, reached: Reached) -> None:
    """Of SQLite: PostgreSQL's program hands its dump over without a file."""
    folder, place = drive.system.settings.dir, tmp_path / "backups"
    words = [drive.case(closed_case(drive)).code.encode(), b"NCU 1 Invented", b"SQLite format 3"]
    drive.system.database.checkpoint()
    whole = (folder / "nrm.db").read_bytes()
    assert all(word in whole for word in words), "they stand readable in the database itself"
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=main, args=(there, str(folder), str(place), words, STRIDE))
    process.start()
    assert here.poll(PATIENCE_S)
    kills, ended, readable = here.recv()
    process.join()
    assert (ended, readable) == (0, [])
    assert kills > 9 // STRIDE
    assert {Path(name).suffix for name in names(place)} == {".backup", ".json", ".jsonl"}
    reached("A6", f"a backup killed at {kills} steps of its files, one after the other: no readable word left")


def test_what_a_kill_left_of_a_backup_goes_when_backups_of_its_day_do(drive: Drive, tmp_path: Path) -> None:
    place, days = tmp_path / "backups", drive.system.configuration.retention.backup_days
    path, _ = make_backup(drive.system, place)
    part = path.with_suffix(".part")
    path.with_suffix(".json").unlink()
    part.write_bytes(b"sealed")
    (place / "nrm-notes.txt").write_text("somebody's own")
    for later, stands in ((days - 1, True), (2, False)):
        drive.clock.advance(later * DAY)
        make_backup(drive.system, place)
        assert ({path.name, part.name} <= names(place)) is stands
    assert {LEDGER, "nrm-notes.txt"} <= names(place)


def test_a_restore_that_was_killed_is_begun_anew(drive: Drive, tmp_path: Path) -> None:
    file, _ = make_backup(drive.system, tmp_path / "backups")
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(drive.system.settings.kek_file, new / "demo.key")
    for ending in ("", "-wal", "-shm"):
        (new / f"nrm.db.restoring{ending}").write_bytes(b"half")
    restore_backup(Settings.read(new, {}), file, file.with_name(LEDGER), clock=drive.clock)
    assert not {name for name in names(new) if "restoring" in name}


@pytest.mark.postgres
def test_a_dump_that_postgresql_loads_lies_in_no_file_with_a_name(
    postgres_installation: Installation, empty_postgres_url: str, tmp_path: Path
) -> None:
    place, named = tmp_path / "between", list[Path]()
    place.mkdir()

    def pieces() -> Iterator[bytes]:
        yield from dump(postgres_installation.settings.database_url, place)
        named.extend(path for path in place.rglob("*") if path.stat().st_size)

    load_postgresql(pieces(), empty_postgres_url, place)
    assert named == []
