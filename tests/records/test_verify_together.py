"""A history that several processes check in parts is found as one process finds it (goal:A4: all cores)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from nrm.commands.checkpoints import take_checkpoint
from nrm.records.tree_keys import PublicKeys, public_file
from nrm.records.tree_verify import verify_tree
from nrm.records.verify import newest, read_stretches, sum_up, verify, verify_rest
from nrm.records.verify_together import Source, verify_together
from nrm.vocabulary.actor import SYSTEM
from tests.support.driving import Drive
from tests.support.insider import unguard
from tests.support.signing import sign_with_new_key


@pytest.fixture
def source(any_drive: Drive) -> Source:
    """Six cases and what signs them."""
    sign_with_new_key(any_drive.system)
    for _ in range(6):
        any_drive.open_case()
    take_checkpoint(any_drive.system)
    settings = any_drive.system.settings
    assert settings.signing_key_file is not None
    return Source(settings.database_url, settings.kek_file, settings.is_demo, public_file(settings.signing_key_file))


ALTERED = {
    "nothing": (),
    "entries of two chains": ("UPDATE history SET actor = 'x' WHERE seq = 2",),
    "a chain without its head": ("DELETE FROM chain_head WHERE chain = (SELECT min(chain) FROM chain_head)",),
    "a chain without entries": ("DELETE FROM history WHERE chain = (SELECT max(chain) FROM history)",),
    "names before and after all others": (
        "UPDATE history SET chain = '' WHERE chain = (SELECT max(chain) FROM history)",
        "UPDATE history SET chain = 'zzzz' WHERE chain = (SELECT min(chain) FROM history WHERE chain <> '')",
    ),
}


@pytest.mark.parametrize("statements", ALTERED.values(), ids=ALTERED.keys())
def test_many_find_what_one_finds(any_drive: Drive, source: Source, statements: tuple[str, ...]) -> None:
    with any_drive.system.database.engine.connect() as conn, conn.begin():
        unguard(conn)
        for statement in statements:
            conn.execute(text(statement))
    with any_drive.system.database.reader(SYSTEM) as unit:
        chains = sum_up(verify(unit.conn, any_drive.system.keys))
        assert source.public_keys is not None
        tree = verify_tree(unit.conn, PublicKeys.read(source.public_keys))
    assert verify_together(source, (), cores=2) == (chains, tree)
    assert bool(chains.broken) is bool(statements)


def test_what_is_written_meanwhile_is_no_alteration(any_drive: Drive, source: Source) -> None:
    drive = any_drive
    with drive.system.database.reader(SYSTEM) as unit:
        cut = newest(unit.conn)
        before = read_stretches(unit.conn, drive.system.keys, 0, cut)
    drive.open_case()
    with drive.system.database.reader(SYSTEM) as unit:
        later = newest(unit.conn)
        assert later > cut
        after_the_cut = verify_rest(unit.conn, drive.system.keys, [before], cut)
        # As when an act had its number in the history before the cut and was committed after it.
        passed_over = verify_rest(unit.conn, drive.system.keys, [before], later)
        assert after_the_cut == passed_over == verify(unit.conn, drive.system.keys)
    assert not sum_up(passed_over).broken
