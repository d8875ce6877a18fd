"""The wrapping key is changed while people work: in batches, interrupted and resumed, never undoing an erasure."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select

from nrm.commands.rotation import begin_rotation, key_state, rotate
from nrm.entrypoints.cli import main
from nrm.records.case_keys import DESTROYED, rewrap
from nrm.records.keys import KeyRing
from nrm.records.tables.key import CaseKey
from nrm.records.unit import Database, Unit
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.clock import MovableClock
from nrm.vocabulary.errors import Conflict, NotAllowed
from tests.support.driving import Drive, Installation
from tests.support.goals import Reached
from tests.support.long import LONG

MANY = 100_000 if LONG else 10_000


def with_file(installation: Installation, path: Path) -> Drive:
    """The installation after its processes were started anew with another key file."""
    drive = Drive(installation)
    drive.system.keys = KeyRing.read(path)
    drive.system.database.keys = drive.system.keys
    return drive


def test_a_rotation_is_interrupted_and_resumed(any_installation: Installation, tmp_path: Path) -> None:
    before = Drive(any_installation)
    case_id = before.open_case(answers={"given_name": "Maro"})
    begin_rotation(before.system, tmp_path / "new.key")
    with pytest.raises(Conflict):
        begin_rotation(before.system, tmp_path / "new.key")
    during = with_file(any_installation, tmp_path / "new.key")
    batches: list[int] = []
    first = rotate(during.system, batch=2, told=batches.append, stopping=lambda: len(batches) == 2)
    assert (first, batches) == (4, [2, 2])
    new, old = key_state(during.system, SYSTEM)
    assert (new.count, new.wraps, old.wraps, old.is_known) == (4, True, False, True)
    assert during.complete(case_id, "record_safety") is not None  # both keys open meanwhile
    assert rotate(during.system, batch=2) >= old.count
    assert rotate(during.system) == 0
    assert [one.count for one in key_state(during.system, SYSTEM)][1:] == [0]
    assert "keys.rotated" in during.acts("installation")


def test_who_sees_how_many_keys_are_under_which(drive: Drive) -> None:
    assert key_state(drive.system, Actor("admin-invented", "sa_norvale", frozenset({"ADMIN"})))[0].wraps
    with pytest.raises(NotAllowed):
        key_state(drive.system, drive.person("CM"))


def test_the_root_stays_so_that_index_and_backups_do(tmp_path: Path) -> None:
    old = KeyRing([os.urandom(32)])  # without a root of its own it is derived from the key
    old.write_successor(tmp_path / "new.key")
    new = KeyRing.read(tmp_path / "new.key")
    assert new.kek_id != old.kek_id
    assert old.kek_id in new.kek_ids
    assert new.mac("index x", "a") == old.mac("index x", "a")
    assert (tmp_path / "new.key").stat().st_mode & 0o077 == 0


@pytest.mark.postgres
def test_a_key_that_is_destroyed_meanwhile_stays_destroyed(
    postgres_url: str, actor: Actor, clock: MovableClock, add_case: Callable[[Unit, str], str]
) -> None:
    first, second, root = os.urandom(32), os.urandom(32), os.urandom(32)
    before = Database(postgres_url, clock=clock, keys=KeyRing([first], root))
    during = Database(postgres_url, clock=clock, keys=KeyRing([second, first], root))
    with before.unit(actor) as unit:
        case_id = add_case(unit, "N-0001")
        unit.seal(case_id, "identity", b"words", "note:n")
    with before.unit(actor) as erasing:
        erasing.keys.destroy(case_id)
        with during.unit(actor) as rotating:
            assert rewrap(rotating.conn, rotating.ring) == 0  # held by who erases: left for the next time
    with during.unit(actor) as unit:
        assert rewrap(unit.conn, unit.ring) == 0
        row = unit.conn.execute(select(CaseKey)).one()
    assert (row.wrapped, row.kek_id) == (b"", DESTROYED)
    before.dispose()
    during.dispose()


def test_many_keys_are_wrapped_anew_in_time(
    any_database_url: str, actor: Actor, clock: MovableClock, reached: Reached
) -> None:
    first, second, root = os.urandom(32), os.urandom(32), os.urandom(32)
    old, new = KeyRing([first], root), KeyRing([second, first], root)
    database = Database(any_database_url, clock=clock, keys=new, durable=False)
    with database.unit(actor) as unit:
        unit.conn.execute(insert(CaseKey), [
            {"case_id": f"c{n}", "category": "identity", "wrapped": old.wrap(f"c{n}", "identity", bytes(32)),
             "kek_id": old.kek_id, "made_at": unit.now}
            for n in range(MANY)
        ])
    begun, done = time.monotonic(), 0
    while True:
        with database.unit(actor) as unit:
            some = rewrap(unit.conn, unit.ring)
        if not some:
            break
        done += some
    took = time.monotonic() - begun
    assert done == MANY
    assert took * 100_000 / MANY < 300
    reached("A6", f"{database.dialect}: {MANY:,} keys wrapped anew in {took:.1f} s")
    database.dispose()


def test_the_two_calls_of_the_command(drive: Drive, tmp_path: Path) -> None:
    drive.open_case(answers={"given_name": "Maro"})
    folder, path = str(drive.system.settings.dir), tmp_path / "new.key"
    run = CliRunner()
    made = run.invoke(main, ["keys", "rotate", "--dir", folder, "--to", str(path)])
    assert "call this once more" in made.output
    again = run.invoke(main, ["keys", "rotate", "--dir", folder, "--to", str(path)])
    assert (again.exit_code, "never overwritten" in again.output) == (2, True)
    done = run.invoke(main, ["keys", "rotate", "--dir", folder, "--to", str(path)], env={"NRM_KEK_FILE": str(path)})
    assert "under the new key" in done.output, done.output
    said = run.invoke(main, ["keys", "status", "--dir", folder], env={"NRM_KEK_FILE": str(path)})
    assert [line.split(maxsplit=3)[1:] for line in said.output.splitlines()][1] == ["0", "keys", "only opens"]
