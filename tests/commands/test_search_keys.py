"""The key of the search index is changed while people work: namesakes are found before, during and after."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from nrm.commands.search_duplicates import search_duplicates
from nrm.commands.search_keys import Rebuilt, begin_search_rotation, rebuild_index, search_key_state
from nrm.entrypoints.cli import main
from nrm.records.keys import KeyRing
from nrm.records.tables.key import KeyedIndex
from nrm.records.tables.record import RecordPart
from nrm.vocabulary.errors import Conflict
from tests.commands.test_backup_drill import erase
from tests.commands.test_erasure import closed_case
from tests.records.test_key_rotation import with_file
from tests.support.driving import Drive, Installation

NAMES = ("Iselin", "Maro", "Tavi", "Oana")


def opened(drive: Drive, names: tuple[str, ...] = NAMES) -> dict[str, str]:
    """Name -> the case of that invented person."""
    return {name: drive.open_case(answers={"given_name": name, "family_name": "Invented"}) for name in names}


def found(drive: Drive, name: str) -> set[str]:
    """The cases a case manager finds by a given name."""
    asked = {"person.given_name": name, "person.family_name": "invented"}
    return {one.case_id for one in search_duplicates(drive.system, drive.person("CM"), names=asked)}


def counts(drive: Drive) -> list[int]:
    """Hashes by search key, the newest key first."""
    return [one.count for one in search_key_state(drive.system)]


def without_the_last_line(path: Path, new: Path) -> Path:
    """The key file after the old search key was taken out."""
    new.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    new.chmod(0o600)
    return new


def test_namesakes_are_found_before_during_and_after(any_installation: Installation, tmp_path: Path) -> None:
    before = Drive(any_installation)
    cases = opened(before)
    assert all(found(before, name) == {case_id} for name, case_id in cases.items())
    begin_search_rotation(before.system, tmp_path / "new.key")
    with pytest.raises(Conflict):
        begin_search_rotation(before.system, tmp_path / "new.key")
    during = with_file(any_installation, tmp_path / "new.key")
    hashes = sum(counts(during))
    batches: list[int] = []
    assert rebuild_index(during.system, batch=2, told=batches.append, stopping=lambda: bool(batches)) == Rebuilt(2, 0)
    written, asked = counts(during)
    assert (written, asked) == (hashes // 2, hashes // 2)
    late = during.open_case(answers={"given_name": "Maro", "family_name": "Invented"})
    assert found(during, "Maro") == {cases["Maro"], late}
    assert all(case_id in found(during, name) for name, case_id in cases.items())
    assert rebuild_index(during.system, batch=1) == Rebuilt(2, 0)
    assert rebuild_index(during.system) == Rebuilt(0, 0)
    assert counts(during)[1] == 0
    after = with_file(any_installation, without_the_last_line(tmp_path / "new.key", tmp_path / "after.key"))
    assert found(after, "maro") == {cases["Maro"], late}
    assert all(case_id in found(after, name) for name, case_id in cases.items())
    assert found(before, "Iselin") == set(), "the old key finds nothing any more"
    assert "keys.search_rotated" in during.acts("installation")


def test_what_is_erased_meanwhile_stays_unfound(installation: Installation, tmp_path: Path) -> None:
    before = Drive(installation)
    gone, kept = closed_case(before, "Iselin"), closed_case(before, "Maro")
    begin_search_rotation(before.system, tmp_path / "new.key")
    erase(before, gone)
    during = with_file(installation, tmp_path / "new.key")
    assert rebuild_index(during.system) == Rebuilt(1, 0)
    assert {row.case_id for row in during.rows(select(KeyedIndex.case_id))} == {kept}


def test_an_altered_case_stays_as_it_was_and_holds_up_no_other(installation: Installation, tmp_path: Path) -> None:
    before = Drive(installation)
    cases = opened(before, NAMES[:3])
    with before.system.database.unit(before.person("CM")) as unit:
        broken = unit.conn.execute(select(RecordPart.record_id).limit(1)).scalar_one()
        unit.conn.execute(update(RecordPart).where(RecordPart.record_id == broken).values(sealed=b"\x01" + bytes(40)))
    begin_search_rotation(before.system, tmp_path / "new.key")
    during = with_file(installation, tmp_path / "new.key")
    assert rebuild_index(during.system, batch=1) == Rebuilt(2, 1)
    assert all(found(during, name) == {case_id} for name, case_id in cases.items())


def test_both_rotations_keep_each_others_keys(tmp_path: Path) -> None:
    first = KeyRing([bytes(32)])
    first.write_search_successor(tmp_path / "search.key")
    searching = KeyRing.read(tmp_path / "search.key")
    searching.write_successor(tmp_path / "both.key")
    both = KeyRing.read(tmp_path / "both.key")
    assert both.search_ids == searching.search_ids
    assert both.search_ids[1:] == first.search_ids == ("root",)
    assert both.search_macs("x", "a") == searching.search_macs("x", "a")
    assert first.search_macs("x", "a") == (first.mac("index x", "a"),)
    assert both.kek_ids[1:] == first.kek_ids


def test_the_two_calls_of_the_command(drive: Drive, tmp_path: Path) -> None:
    drive.open_case(answers={"given_name": "Maro"})
    path = tmp_path / "new.key"
    folder = ["--dir", str(drive.system.settings.dir)]
    call, new = ["keys", "rotate", "--index", *folder, "--to", str(path)], {"NRM_KEK_FILE": str(path)}
    run = CliRunner()
    assert "call this once more" in run.invoke(main, call).output
    waiting = run.invoke(main, ["keys", "status", *folder], env=new).output
    assert [line.split(maxsplit=2)[1] for line in waiting.splitlines() if "hashes" in line] == ["0", "1"], waiting
    done = run.invoke(main, call, env=new)
    assert "1 cases are indexed anew" in done.output, done.output
    said = run.invoke(main, ["keys", "status", *folder], env=new).output
    assert [line.split(maxsplit=2)[1] for line in said.splitlines() if "hashes" in line] == ["1", "0"], said
