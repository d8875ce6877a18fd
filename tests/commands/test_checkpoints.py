"""Signed checkpoints of a real installation: when they are taken, what they say, and when nothing is signed any more.

goal:A5: a signed head within 60 seconds of what happened, and every 24 hours where nothing does.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from nrm.commands.checkpoints import checkpoint_if_due, take_checkpoint
from nrm.commands.working import Rounds
from nrm.records.checkpoints import HistoryDiffers
from nrm.records.tables.history import History
from nrm.records.tables.tree import StoredCheckpoint, TreeLeaf
from nrm.records.tree import StoredTree, entry_leaf
from nrm.records.tree_keys import PublicKeys, make_signing_key, public_file
from nrm.rules.merkle import Growing
from nrm.rules.notes import Checkpoint, NoteUnreadable
from nrm.vocabulary.errors import ConfigurationRefused
from tests.support.driving import START, Drive
from tests.support.goals import Reached
from tests.support.insider import unguard
from tests.support.signing import sign_with_new_key

TICK = timedelta(seconds=5)


@pytest.fixture
def keys(any_drive: Drive) -> PublicKeys:
    """The installation signs; its public keys."""
    return sign_with_new_key(any_drive.system)


def signed(drive: Drive) -> list[tuple[int, datetime]]:
    """The checkpoints that were taken: how many entries, when."""
    rows = drive.rows(select(StoredCheckpoint.size, StoredCheckpoint.at).order_by(StoredCheckpoint.id))
    return [(row.size, row.at) for row in rows]


def entries(drive: Drive) -> int:
    """How many entries the history has."""
    return int(drive.one(select(func.count()).select_from(History))[0])


def root_by_the_letter(drive: Drive) -> bytes:
    """The head over the entries in the order of their places, computed from the entries alone."""
    tree = Growing()
    rows = drive.rows(
        select(History.chain, History.seq, History.digest).join(TreeLeaf, TreeLeaf.history_id == History.id)
        .order_by(TreeLeaf.position)
    )
    for row in rows:
        tree.add(entry_leaf(row.chain, row.seq, row.digest))
    return tree.head()


def test_a_checkpoint_says_what_the_history_is_and_anybody_can_check_it(any_drive: Drive, keys: PublicKeys) -> None:
    drive = any_drive
    drive.open_case()
    row = take_checkpoint(drive.system)
    assert keys.open(row.note) == Checkpoint("nrm/velmara", entries(drive), root_by_the_letter(drive), START)
    assert (row.size, row.root, row.at) == (entries(drive), root_by_the_letter(drive).hex(), START)


def test_what_happens_is_signed_within_a_minute_and_nothing_is_signed_twice(
    any_drive: Drive, keys: PublicKeys, reached: Reached
) -> None:
    drive, last_act, longest = any_drive, START, timedelta()
    for second in range(0, 600, 5):
        if second in (0, 120, 125, 300):
            drive.open_case()
            last_act = drive.clock.now()
        checkpoint_if_due(drive.system)
        if entries(drive) > signed(drive)[-1][0]:
            longest = max(longest, drive.clock.now() - last_act)
        assert longest < timedelta(seconds=60)
        drive.clock.advance(TICK)
    assert [at - START for _, at in signed(drive)] == [timedelta(seconds=s) for s in (0, 120, 170, 300)]
    for row in drive.rows(select(StoredCheckpoint)):
        keys.open(row.note)
    reached("A5", f"{drive.system.database.dialect}: nothing unsigned for longer than {longest.seconds + 5} s")


def test_where_nothing_happens_a_day_ends_with_a_checkpoint(any_drive: Drive, keys: PublicKeys) -> None:
    drive = any_drive
    for _ in range(2 * 24 * 12 + 1):
        checkpoint_if_due(drive.system)
        drive.clock.advance(timedelta(minutes=5))
    assert signed(drive) == [(entries(drive), START + timedelta(days=n)) for n in range(3)]


def test_a_clock_that_was_set_back_stops_no_checkpoint(any_drive: Drive, keys: PublicKeys) -> None:
    drive = any_drive
    take_checkpoint(drive.system)
    drive.clock.move_to(START - timedelta(hours=1))
    drive.open_case()
    checkpoint_if_due(drive.system)
    assert signed(drive)[-1] == (entries(drive), START), "never before the one before it"


def test_many_workers_take_one_checkpoint(any_drive: Drive, keys: PublicKeys) -> None:
    drive = any_drive
    drive.open_case()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: checkpoint_if_due(drive.system), range(8)))
    assert signed(drive) == [(entries(drive), START)]


def test_a_worker_takes_them(any_drive: Drive, keys: PublicKeys) -> None:
    drive = any_drive
    drive.open_case()
    Rounds(drive.system).tick()
    assert [size for size, _ in signed(drive)] == [entries(drive)]


# -- keys -------------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_signed_and_nothing_fails(drive: Drive) -> None:
    assert checkpoint_if_due(drive.system) is False
    drive.system.settings = replace(drive.system.settings, signing_key_file=None)
    assert checkpoint_if_due(drive.system) is False
    assert signed(drive) == []
    with pytest.raises(ConfigurationRefused, match="signing_key_file"):
        take_checkpoint(drive.system)


def test_a_new_key_goes_on_where_the_old_one_ended(drive: Drive) -> None:
    sign_with_new_key(drive.system)
    take_checkpoint(drive.system)
    path = drive.system.settings.signing_key_file
    assert path is not None
    path.rename(path.with_name("old"))
    make_signing_key(path, drive.system.settings.origin)
    drive.open_case()
    take_checkpoint(drive.system)
    both = PublicKeys.read(public_file(path))
    assert len(both.keys) == 2
    for row in drive.rows(select(StoredCheckpoint)):
        both.open(row.note)


def another_key(drive: Drive) -> None:
    path = drive.system.settings.signing_key_file
    assert path is not None
    path.unlink()
    public_file(path).unlink()
    make_signing_key(path, drive.system.settings.origin)


def another_name(drive: Drive) -> None:
    drive.system.settings = replace(drive.system.settings, installation_id="elsewhere")


def no_public_half(drive: Drive) -> None:
    assert drive.system.settings.signing_key_file is not None
    public_file(drive.system.settings.signing_key_file).write_text("")


def damaged(drive: Drive) -> None:
    path = drive.system.settings.signing_key_file
    assert path is not None
    path.chmod(0o600)
    path.write_text("ed25519 AAAA\n")


@pytest.mark.parametrize(("change", "refused"), [
    (another_key, HistoryDiffers), (another_name, ConfigurationRefused), (no_public_half, ConfigurationRefused),
    (damaged, ConfigurationRefused),
])
def test_a_key_that_does_not_belong_here_signs_nothing(
    drive: Drive, change: Callable[[Drive], None], refused: type[Exception]
) -> None:
    sign_with_new_key(drive.system)
    take_checkpoint(drive.system)
    change(drive)
    with pytest.raises(refused):
        take_checkpoint(drive.system)
    assert len(signed(drive)) == 1


def test_a_key_file_is_its_owners_only_and_never_overwritten(drive: Drive) -> None:
    sign_with_new_key(drive.system)
    path = drive.system.settings.signing_key_file
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o400
    with pytest.raises(FileExistsError):
        make_signing_key(path, "nrm/velmara")


# -- a tree that was tampered with ------------------------------------------------------------------


@pytest.mark.parametrize("statement", [
    "DELETE FROM tree_leaf WHERE position > 0",
    "DELETE FROM tree_leaf WHERE position = 0",
    "UPDATE tree_leaf SET hash = substr(hash, 3) || 'ff' WHERE position = 0",
    "UPDATE checkpoint SET size = size - 1",
    "UPDATE checkpoint SET note = replace(note, 'time 2026', 'time 2027')",
    "UPDATE checkpoint SET note = ''",
])
def test_a_tree_that_does_not_continue_what_was_signed_is_not_signed(
    any_drive: Drive, keys: PublicKeys, statement: str
) -> None:
    drive = any_drive
    drive.open_case()
    take_checkpoint(drive.system)
    with drive.system.database.engine.begin() as conn:
        unguard(conn)
        conn.exec_driver_sql(statement)
    drive.open_case()
    drive.clock.advance(timedelta(minutes=2))
    with pytest.raises(HistoryDiffers):
        take_checkpoint(drive.system)
    before = drive.one(select(func.count()).select_from(TreeLeaf))[0]
    Rounds(drive.system).tick()
    assert len(signed(drive)) == 1, "the worker goes on with its other work, and signs nothing"
    assert drive.one(select(func.count()).select_from(TreeLeaf))[0] == before, "what is found stays as it is"


def test_the_database_refuses_to_change_what_was_signed(any_drive: Drive, keys: PublicKeys) -> None:
    drive = any_drive
    take_checkpoint(drive.system)
    for table in ("tree_leaf", "checkpoint"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = 9" if table == "checkpoint" else
                          f"UPDATE {table} SET position = 9"):
            with pytest.raises(Exception, match="is refused"), drive.system.database.engine.begin() as conn:
                conn.exec_driver_sql(statement)


def test_a_note_that_nobody_of_ours_signed_is_not_opened(drive: Drive) -> None:
    keys = sign_with_new_key(drive.system)
    row = take_checkpoint(drive.system)
    other = PublicKeys(())
    with pytest.raises(NoteUnreadable, match="not signed"):
        other.open(row.note)
    assert keys.open(row.note).size == row.size
    with drive.system.database.reader() as unit:
        assert StoredTree(unit.conn).root(row.size).hex() == row.root
