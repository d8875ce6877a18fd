"""What an insider does to a history with its tree, and who finds it: the tree, a checkpoint, or a note kept outside.

goal:A2: whoever holds the database and the signing key is found out by one honest note older than the change.
goal:A8: what cannot be found without such a note is said, not hidden.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select

from nrm.commands.checkpoints import take_checkpoint
from nrm.records.checkpoints import keep_checkpoint
from nrm.records.tables.history import ChainHead, History
from nrm.records.tables.tree import StoredCheckpoint, TreeLeaf, TreeNode
from nrm.records.tree import StoredTree
from nrm.records.tree_growth import place_entries
from nrm.records.tree_keys import PublicKeys, Signer, make_signing_key, public_file
from nrm.records.tree_verify import TreeFound, verify_tree
from nrm.records.verify import verify
from nrm.rules.chain import Entry, genesis
from nrm.rules.notes import Checkpoint, read_note
from nrm.vocabulary.actor import SYSTEM
from tests.support.driving import Drive
from tests.support.insider import unguard
from tests.support.signing import sign_with_new_key

Rows = list[dict[str, Any]]


@dataclass
class Past:
    """An installation with a few checkpoints, and the note of an early one that an auditor took home."""

    drive: Drive
    keys: PublicKeys
    case_id: str
    kept: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def conn(self) -> Connection:
        """A connection of the insider's own."""
        return self.drive.system.database.engine.connect()

    def goes_on(self, rounds: int) -> None:
        """Cases are opened and signed."""
        for _ in range(rounds):
            self.drive.open_case()
            self.drive.clock.advance(timedelta(hours=1))
            self.notes.append(take_checkpoint(self.drive.system).note)

    def look(self, *kept: str) -> tuple[bool, TreeFound]:
        """Whether every chain is whole in itself, and what the tree says."""
        with self.drive.system.database.reader() as unit:
            chains = all(one.ok for one in verify(unit.conn))
            return chains, verify_tree(unit.conn, self.keys, tuple(read_note(note) for note in kept))


@pytest.fixture
def past(any_drive: Drive) -> Past:
    """Three hours of an installation; the note of the second was kept."""
    keys = sign_with_new_key(any_drive.system)
    made = Past(any_drive, keys, any_drive.open_case())
    made.goes_on(3)
    made.kept = made.notes[1]
    return made


def test_a_history_that_nobody_touched(past: Past) -> None:
    past.drive.open_case()
    chains, found = past.look(*past.notes)
    assert chains
    assert found.faults == ()
    assert (found.checkpoints, found.kept) == (3, 3)
    assert found.last_good == read_note(past.notes[-1]).checkpoint
    assert (found.unsigned, found.unplaced > 0) == (0, True), "what has happened since is not signed yet, and counted"


# -- somebody with all rights on the database, but without the signing key ----------------------------


def of_the_case(rows: Rows, case_id: str) -> list[int]:
    """Where the entries of a case stand among all."""
    return [place for place, row in enumerate(rows) if row["chain"] == case_id]


def edit(rows: Rows, case_id: str) -> None:
    rows[of_the_case(rows, case_id)[1]]["outcome"] = "nothing happened"


def back_date(rows: Rows, case_id: str) -> None:
    row = rows[of_the_case(rows, case_id)[-1]]
    row["at"] -= timedelta(days=3)


def take_out(rows: Rows, case_id: str) -> None:
    del rows[of_the_case(rows, case_id)[2]]


def put_in(rows: Rows, case_id: str) -> None:
    place = of_the_case(rows, case_id)[1]
    rows.insert(place, {**rows[place], "act": "case.visited"})


def swap(rows: Rows, case_id: str) -> None:
    one, other = of_the_case(rows, case_id)[1:3]
    rows[one]["act"], rows[other]["act"] = "swapped", rows[one]["act"]


def repeat(rows: Rows, case_id: str) -> None:
    place = of_the_case(rows, case_id)[1]
    rows.insert(place, dict(rows[place]))


def cut_the_case(rows: Rows, case_id: str) -> None:
    for place in reversed(of_the_case(rows, case_id)[2:]):
        del rows[place]


def forget_the_case(rows: Rows, case_id: str) -> None:
    for place in reversed(of_the_case(rows, case_id)):
        del rows[place]


Change = Callable[[Rows, str], None]
CHANGES = (edit, back_date, take_out, put_in, swap, repeat, cut_the_case, forget_the_case)


def recomputed(past: Past, change: Change, conn: Connection) -> None:
    """Change the entries and compute numbers, links, digests and heads anew: every chain is whole again."""
    unguard(conn)
    rows: Rows = [dict(row._mapping) for row in conn.execute(select(History).order_by(History.id))]
    change(rows, past.case_id)
    heads: dict[str, tuple[int, str]] = {}
    for number, row in enumerate(rows, 1):
        seq, link = heads.get(row["chain"], (0, genesis(row["chain"])))
        entry = Entry(
            seq + 1, row["at"], row["actor"], row["agency"], row["act"], row["object"], row["outcome"], row["rule"],
            row["bundle"], row["commitment"], link,
        )
        row.update(id=number, seq=seq + 1, link=link, digest=entry.digest())
        heads[row["chain"]] = row["seq"], row["digest"]
    conn.execute(delete(History))
    conn.execute(insert(History), rows)
    conn.execute(delete(ChainHead))
    conn.execute(insert(ChainHead), [{"chain": c, "seq": s, "digest": d} for c, (s, d) in heads.items()])


@pytest.mark.parametrize("change", CHANGES)
def test_a_history_computed_anew_does_not_fit_the_tree(past: Past, change: Change) -> None:
    with past.conn as conn, conn.begin():
        recomputed(past, change, conn)
    chains, found = past.look()
    assert chains, "every chain is whole in itself"
    assert not found.ok
    assert "of the tree" in found.faults[0]


@pytest.mark.parametrize("change", CHANGES)
def test_a_tree_computed_anew_does_not_fit_its_checkpoints(past: Past, change: Change) -> None:
    with past.conn as conn, conn.begin():
        recomputed(past, change, conn)
        conn.execute(delete(TreeLeaf))
        conn.execute(delete(TreeNode))
    with past.drive.system.database.unit(SYSTEM) as unit:
        place_entries(unit, 10_000)
    chains, found = past.look()
    assert chains
    assert any("does not fit" in fault or "was cut" in fault for fault in found.faults)


# -- somebody with the signing key too: only what was kept outside can tell ---------------------------


def signed_anew(past: Past, change: Change) -> None:
    """Change history, tree and every checkpoint, at the old times, with the true key."""
    with past.conn as conn, conn.begin():
        recomputed(past, change, conn)
        old = conn.execute(select(StoredCheckpoint).order_by(StoredCheckpoint.id)).all()
        for table in (TreeLeaf, TreeNode, StoredCheckpoint):
            conn.execute(delete(table))
    settings = past.drive.system.settings
    assert settings.signing_key_file is not None
    signer = Signer.read(settings.signing_key_file, settings.origin)
    with past.drive.system.database.unit(SYSTEM) as unit:
        size = 0
        for row in old:
            size += place_entries(unit, row.size - size) if row.size > size else 0
            checkpoint = Checkpoint(settings.origin, size, StoredTree(unit.conn).root(size), row.at)
            keep_checkpoint(unit, checkpoint, signer.sign(checkpoint))
        place_entries(unit, 10_000)


@pytest.mark.parametrize("change", CHANGES)
def test_one_note_kept_elsewhere_finds_what_nothing_inside_can(past: Past, change: Change) -> None:
    signed_anew(past, change)
    chains, found = past.look()
    assert chains
    assert found.ok, "without a note from outside nothing can be found: the tool says so"
    _, found = past.look(past.kept)
    assert len(found.faults) == 1
    assert "kept elsewhere" in found.faults[0]
    assert found.kept == 0


def test_of_two_branches_only_one_fits_a_note(past: Past) -> None:
    """The auditor was shown one continuation, the office another; both are whole, and signed with the true key."""
    signed_anew(past, lambda rows, _: rows[-1].update(act="other.branch"))
    assert past.look(past.kept)[1].kept == 1, "what was before they parted fits both"
    found = past.look(*past.notes)[1]
    assert len(found.faults) == 1
    assert found.last_good == read_note(past.kept).checkpoint


def test_all_signed_with_a_new_key_does_not_fit_a_note_of_the_old_one(past: Past) -> None:
    key = past.drive.system.settings.signing_key_file
    assert key is not None
    key.unlink()
    public_file(key).unlink()
    make_signing_key(key, past.drive.system.settings.origin)
    past.keys = PublicKeys.read(public_file(key))
    signed_anew(past, edit)
    assert past.look()[1].ok
    found = past.look(past.kept)[1]
    assert "not signed by this installation" in found.faults[0]


def test_an_older_backup_does_not_reach_what_was_signed_since(drive: Drive, tmp_path: Path) -> None:
    keys = sign_with_new_key(drive.system)
    past = Past(drive, keys, drive.open_case())
    past.goes_on(2)
    drive.system.database.checkpoint()
    file = drive.system.settings.dir / "nrm.db"
    shutil.copy(file, tmp_path / "backup.db")
    past.goes_on(2)
    settings = drive.system.settings
    drive.reload()
    drive.system.settings = settings
    for beside in file.parent.glob("nrm.db-*"):
        beside.unlink()
    shutil.copy(tmp_path / "backup.db", file)
    assert past.look(past.notes[1])[1].ok
    past.goes_on(1)
    found = past.look(*past.notes[:4])[1]
    assert len(found.faults) == 2
    assert found.kept == 2
    assert found.last_good == read_note(past.notes[1]).checkpoint, "up to here nothing was lost or changed"


# -- single rows of the tree --------------------------------------------------------------------------


@pytest.mark.parametrize(("statement", "says"), [
    ("UPDATE tree_leaf SET hash = substr(hash, 3) || '00' WHERE position = 3", "place 4 of the tree"),
    ("DELETE FROM tree_leaf WHERE position = 3", "place 4 of the tree is missing"),
    ("UPDATE tree_leaf SET hash = 'no hash' WHERE position = 3", "place 4 of the tree"),
    ("DELETE FROM history WHERE id = 4", "place 4 of the tree is gone"),
    ("INSERT INTO tree_node (level, position, hash) VALUES (16, 0, '00')", "node of the tree"),
    ("UPDATE checkpoint SET at = (SELECT min(at) FROM checkpoint) WHERE id = 2", "not what it says"),
    ("UPDATE checkpoint SET size = 1 WHERE id = 2", "not what it says"),
    ("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE id = 1) WHERE id = 2", "not what it says"),
    ("UPDATE checkpoint SET note = 'x' WHERE id = 2", "is not one"),
])
def test_a_row_that_was_changed_is_named(past: Past, statement: str, says: str) -> None:
    with past.conn as conn, conn.begin():
        unguard(conn)
        conn.exec_driver_sql(statement)
    found = past.look()[1]
    assert says in found.faults[0]
