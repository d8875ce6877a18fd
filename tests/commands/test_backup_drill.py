"""Everything is lost and comes back, without what was erased since: the whole drill, unattended (goal:R15, A6)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from nrm.commands.backup import LEDGER, Manifest, make_backup, open_backup
from nrm.commands.erasing import erase_approved
from nrm.commands.erasure import approve_erasure, propose_erasure
from nrm.commands.restore import Restored, restore_backup
from nrm.deployment.offline_keys import make_key
from nrm.deployment.settings import Settings
from nrm.entrypoints.cli import main
from nrm.records import schema
from nrm.records.keys import KeyGone, SealBroken, make_key_file
from nrm.records.sealed_stream import SealedWriter, new_salt
from nrm.records.tables.case import Case
from nrm.records.tables.erasure import AnonymousCase, Erasure
from nrm.records.tables.record import Note
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import ConfigurationRefused, Conflict, InvalidInput, NotReady
from nrm.wiring.system import System, build_system
from tests.commands.test_erasure import closed_case
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.long import LONG

CASES = 8
MANY = 10_000 if LONG else CASES
"""Cases of the drill itself."""


@dataclass
class Lost:
    """What is left after a disaster: a backup, the ledger beside it, both kinds of keys; and an empty place."""

    drive: Drive
    backup: Path
    manifest: Manifest
    ledger: Path
    new: Settings
    cases: int
    gone: str
    """The case that was erased after the backup."""
    kept: list[str]
    offline_key: Path

    def restore(self, ledger: Path | None = None) -> Restored:
        return restore_backup(self.new, self.backup, ledger or self.ledger, offline_key=self.offline_key,
                              clock=self.drive.clock)


def sealed_to(drive: Drive, *private: Path) -> None:
    """From here on the installation's backups open with offline keys only: one for each file."""
    drive.system.settings = replace(
        drive.system.settings, backup_recipients=tuple(make_key(path) for path in private),
    )


def erase(drive: Drive, case_id: str) -> None:
    one, other = drive.person("NCU"), drive.person("NCU", number=2)
    approve_erasure(drive.system, other, erasure_id=propose_erasure(
        drive.system, one, case_id=case_id, basis="person_asked", reason="asked in writing",
    ))
    assert erase_approved(drive.system) == 1


@pytest.fixture
def lost(any_drive: Drive, tmp_path: Path, request: pytest.FixtureRequest) -> Lost:
    """Cases are made, backed up, one is erased, and then nothing is left but backup, ledger and key."""
    drive = any_drive
    sealed_to(drive, tmp_path / "offline.key")
    many = getattr(request, "param", CASES)
    cases = [closed_case(drive, f"Invented{number}") for number in range(many)]
    path, manifest = make_backup(drive.system, tmp_path / "backups")
    drive.clock.advance(timedelta(hours=1))
    erase(drive, cases[0])
    make_backup(drive.system, tmp_path / "backups")
    place = tmp_path / "new"
    place.mkdir()
    key = drive.system.settings.kek_file
    shutil.copy(key, place / "demo.key")
    url = "" if drive.system.settings.on_sqlite else request.getfixturevalue("empty_postgres_url")
    new = Settings.read(place, {"NRM_DATABASE_URL": url} if url else {})
    return Lost(drive, path, manifest, tmp_path / "backups" / LEDGER, new, many, cases[0], cases[1:],
                tmp_path / "offline.key")


def opened_notes(system: System) -> dict[str, str]:
    """Case -> its note, of every note that opens."""
    found = {}
    with system.database.reader(SYSTEM) as unit:
        for row in unit.conn.execute(select(Note)).all():
            found[row.case_id] = unit.open_sealed(row.case_id, row.category, row.sealed, f"note:{row.id}").decode()
    return found


@pytest.mark.parametrize("lost", [MANY], indirect=True)
def test_the_drill(lost: Lost, reached: Reached) -> None:
    begun = time.monotonic()
    done = lost.restore()
    took = time.monotonic() - begun
    assert (done.manifest.cases, done.erased) == (lost.cases, 1)
    assert done.entries >= lost.manifest.entries
    schema.check(lost.new.database_url)
    system = build_system(lost.new, clock=lost.drive.clock)
    assert set(opened_notes(system)) == set(lost.kept)
    with system.database.reader(SYSTEM) as unit:
        erased = unit.conn.execute(select(Case).where(Case.id == lost.gone)).one()
        assert erased.erased_at is not None
        receipt = unit.conn.execute(select(Erasure).where(Erasure.case_id == lost.gone)).one()
        assert (receipt.status, receipt.basis) == ("done", "person_asked")
        assert receipt.decided_by == lost.drive.person("NCU", number=2).user_id
        assert len(unit.conn.execute(select(AnonymousCase)).all()) == 1
        with pytest.raises(KeyGone):
            unit.open_sealed(lost.gone, "narrative", b"", "note:any")
    system.database.dispose()
    assert took < 300
    reached("R15", f"{lost.drive.system.database.dialect}: {lost.cases:,} cases restored in {took:.1f} s from a backup "
            f"sealed to offline keys: {done.entries:,} entries whole, {done.erased} erased again")


def test_either_offline_key_opens_it_and_nothing_else_does(drive: Drive, tmp_path: Path) -> None:
    one, other, stranger = tmp_path / "one.key", tmp_path / "other.key", tmp_path / "stranger.key"
    sealed_to(drive, one, other)
    make_key(stranger)
    path, _ = make_backup(drive.system, tmp_path / "backups")
    new = Settings.read(tmp_path / "new", {"NRM_KEK_FILE": str(drive.system.settings.kek_file)})

    def restore(offline_key: Path | None) -> Restored:
        return restore_backup(new, path, tmp_path / "backups" / LEDGER, offline_key=offline_key, clock=drive.clock)

    with pytest.raises(SealBroken):
        restore(stranger)
    with pytest.raises(ConfigurationRefused, match="private key"):
        restore(new.kek_file)
    with pytest.raises(InvalidInput, match="offline key"):
        restore(None)
    assert not list(new.dir.glob("nrm.db*"))
    assert restore(other).manifest.sealed_to == list(drive.system.settings.backup_recipients)


def test_an_offline_key_without_the_key_file_reads_no_word_of_a_person(drive: Drive, tmp_path: Path) -> None:
    sealed_to(drive, tmp_path / "offline.key")
    case_id = closed_case(drive, "Iselinvented")
    path, _ = make_backup(drive.system, tmp_path / "backups")
    with path.open("rb") as file:
        _, pieces = open_backup(file, drive.system.keys, tmp_path / "offline.key", tmp_path)
        plain = b"".join(pieces)
    assert case_id.encode() in plain
    assert b"Iselinvented" not in plain


def test_a_second_restore_is_refused(lost: Lost) -> None:
    lost.restore()
    with pytest.raises(Conflict, match="empty"):
        lost.restore()


def altered(path: Path, change: Callable[[bytes], bytes]) -> Path:
    other = path.with_name("altered-" + path.name)
    other.write_bytes(change(path.read_bytes()))
    return other


@pytest.mark.parametrize("is_offline", [True, False], ids=["offline_key", "key_file"])
@pytest.mark.parametrize("change", [
    lambda data: data[:-1], lambda data: data[: len(data) // 2], lambda data: data + b"x", lambda data: data[1:],
    lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:], lambda data: data[:-9] + b"000000000", lambda _: b"",
], ids=["cut", "half", "longer", "not_ours", "one_bit", "end", "empty"])
def test_an_altered_backup_brings_nothing(
    drive: Drive, tmp_path: Path, change: Callable[[bytes], bytes], *, is_offline: bool
) -> None:
    key = tmp_path / "offline.key"
    sealed_to(drive, *([key] if is_offline else []))
    path, _ = make_backup(drive.system, tmp_path / "backups")
    new = Settings.read(tmp_path / "new", {"NRM_KEK_FILE": str(drive.system.settings.kek_file)})
    with pytest.raises(SealBroken):
        restore_backup(new, altered(path, change), tmp_path / "backups" / LEDGER, clock=drive.clock, offline_key=key)
    assert not list((tmp_path / "new").glob("nrm.db*"))


def test_other_keys_open_no_backup(drive: Drive, tmp_path: Path) -> None:
    path, _ = make_backup(drive.system, tmp_path / "backups")
    make_key_file(tmp_path / "other.key")
    new = Settings.read(tmp_path / "new", {"NRM_KEK_FILE": str(tmp_path / "other.key")})
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(SealBroken):
        restore_backup(new, path, empty, clock=drive.clock)


def test_an_altered_ledger_brings_nothing(lost: Lost) -> None:
    other = altered(lost.ledger, lambda data: data.replace(b"person_asked", b"court_order "))
    with pytest.raises(InvalidInput, match="Line 1"):
        lost.restore(ledger=other)


def test_a_backup_tells_nothing_without_the_key(lost: Lost) -> None:
    sealed = lost.backup.read_bytes()
    assert lost.backup.stat().st_mode & 0o077 == 0
    for word in (b"SQLite format", b"PGDMP", lost.gone.encode(), b"history", b"Norvale"):
        assert word not in sealed


def test_the_commands(drive: Drive, tmp_path: Path) -> None:
    case_id = closed_case(drive)
    here, new, key = drive.system.settings.dir, tmp_path / "new", drive.system.settings.kek_file
    run = CliRunner()
    made = run.invoke(main, ["backup", "--dir", str(here), str(tmp_path / "backups")])
    assert made.exit_code == 0, made.output
    (file,) = (tmp_path / "backups").glob("*.backup")
    asked = ["restore", str(file), "--dir", str(new), "--key", str(key), "--erasures",
             str(tmp_path / "backups" / LEDGER)]
    done = run.invoke(main, asked)
    assert (done.exit_code, "1 cases" in done.output) == (0, True), done.output
    assert run.invoke(main, asked).exit_code == 2  # there is a database now
    shutil.copy(key, new / "demo.key")
    assert run.invoke(main, ["verify", "--dir", str(new)]).exit_code == 0
    system = build_system(Settings.read(new, {}), clock=drive.clock)
    assert set(opened_notes(system)) == {case_id}
    system.database.dispose()


def test_the_commands_with_an_offline_key(drive: Drive, tmp_path: Path) -> None:
    closed_case(drive)
    here, new, key = drive.system.settings.dir, tmp_path / "new", tmp_path / "offline.key"
    run = CliRunner()
    public = run.invoke(main, ["backup-key", "new", str(key)]).output.strip()
    assert key.stat().st_mode & 0o077 == 0
    assert run.invoke(main, ["backup-key", "new", str(key)]).exit_code == 2  # never overwritten
    made = run.invoke(main, ["backup", "--dir", str(here), str(tmp_path / "backups")],
                      env={"NRM_BACKUP_RECIPIENTS": public})
    assert public in made.output, made.output
    (file,) = (tmp_path / "backups").glob("*.backup")
    asked = ["restore", str(file), "--dir", str(new), "--key", str(drive.system.settings.kek_file), "--erasures",
             str(tmp_path / "backups" / LEDGER)]
    refused = run.invoke(main, asked)
    assert (refused.exit_code, "--backup-key" in refused.output) == (2, True)
    done = run.invoke(main, [*asked, "--backup-key", str(key)])
    assert (done.exit_code, "1 cases" in done.output) == (0, True), done.output


def test_a_backup_that_fails_leaves_nothing_and_says_why(drive: Drive, tmp_path: Path) -> None:
    sealed_to(drive, tmp_path / "offline.key")
    drive.system.settings = replace(drive.system.settings, database_url="postgresql://nobody@localhost:1/nowhere")
    with pytest.raises(NotReady, match="pg_dump"):
        make_backup(drive.system, tmp_path / "backups")
    assert not list((tmp_path / "backups").iterdir())


def test_old_backups_go(drive: Drive, tmp_path: Path) -> None:
    first, _ = make_backup(drive.system, tmp_path)
    drive.clock.advance(timedelta(days=34))
    second, _ = make_backup(drive.system, tmp_path)
    assert first.exists()
    drive.clock.advance(timedelta(days=2))
    third, _ = make_backup(drive.system, tmp_path)
    assert not first.exists()
    assert not first.with_suffix(".json").exists()
    assert second.exists()
    assert third.exists()


def test_a_backup_of_another_version_is_refused(drive: Drive, tmp_path: Path) -> None:
    _, manifest = make_backup(drive.system, tmp_path / "backups")
    salt, path = new_salt(), tmp_path / "newer.backup"
    with path.open("wb") as file:
        writer = SealedWriter(file, bytes.fromhex(drive.system.keys.mac("backup", salt)), salt)
        writer.write(orjson.dumps(asdict(replace(manifest, revision="9999"))) + b"\n")
        writer.end()
    new = Settings.read(tmp_path / "new", {"NRM_KEK_FILE": str(drive.system.settings.kek_file)})
    with pytest.raises(Conflict, match="revision 9999"):
        restore_backup(new, path, tmp_path / "backups" / LEDGER, clock=drive.clock)


@pytest.mark.postgres
def test_a_backup_of_the_other_database_is_refused(drive: Drive, tmp_path: Path, empty_postgres_url: str) -> None:
    path, _ = make_backup(drive.system, tmp_path / "backups")
    new = Settings.read(tmp_path / "new", {
        "NRM_KEK_FILE": str(drive.system.settings.kek_file), "NRM_DATABASE_URL": empty_postgres_url,
    })
    with pytest.raises(Conflict, match="sqlite"):
        restore_backup(new, path, tmp_path / "backups" / LEDGER, clock=drive.clock)
