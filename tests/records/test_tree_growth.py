"""The stored tree: places in order, heads and proofs as the pure tree has them, at a cost that follows what is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

import pytest
from sqlalchemy import Connection, event, func, insert, select

from nrm.records.keys import KeyRing
from nrm.records.tables.history import History
from nrm.records.tables.tree import TreeLeaf, TreeNode
from nrm.records.tree import StoredTree, TreeBroken, entry_leaf
from nrm.records.tree_growth import has_unplaced, lock_tree, place_entries
from nrm.records.unit import Database, Unit
from nrm.rules.chain import canonical
from nrm.rules.merkle import Growing, consistency_proof, inclusion_proof, leaf_hash, tree_head, verify_inclusion
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.clock import MovableClock


def write_entries(unit: Unit, ids: Sequence[int]) -> None:
    """Write entries with given numbers: only what the tree looks at is as in real ones."""
    unit.conn.execute(insert(History), [
        {"id": one, "chain": f"case-{one % 7}", "seq": one, "at": unit.now, "actor": "u", "agency": "a", "act": "x",
         "object": "y", "outcome": "ok", "link": "0", "digest": f"{one:064x}"}
        for one in ids
    ])


def data_of(ids: Sequence[int]) -> list[bytes]:
    """The data of the leaves of such entries, as the format says."""
    return [canonical({"chain": f"case-{one % 7}", "digest": f"{one:064x}", "seq": one}) for one in ids]


def placed(conn: Connection) -> list[int]:
    """The numbers of the entries in the order of their places, which have no gap."""
    rows = conn.execute(select(TreeLeaf.position, TreeLeaf.history_id).order_by(TreeLeaf.position)).all()
    assert [row.position for row in rows] == list(range(len(rows)))
    return [row.history_id for row in rows]


@contextmanager
def statements(conn: Connection) -> Iterator[list[str]]:
    """Collect what is asked of the database."""
    found: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(conn.engine, "before_cursor_execute", note)
    yield found
    event.remove(conn.engine, "before_cursor_execute", note)


def test_the_leaf_of_an_entry_is_its_canonical_text() -> None:
    assert entry_leaf("cază", 7, "ab") == leaf_hash(canonical({"chain": "cază", "digest": "ab", "seq": 7}))


def test_heads_and_proofs_are_those_of_the_pure_tree_at_every_size(database: Database) -> None:
    draw, ids = Random(1), list(range(1, 601))
    left = list(ids)
    while left:
        some = [left.pop(0) for _ in range(min(len(left), draw.choice((1, 3, 40, 100, 257))))]
        with database.unit(SYSTEM) as unit:
            write_entries(unit, some)
            lock_tree(unit)
            while place_entries(unit, 64):
                pass
    leaves = data_of(ids)
    with database.reader() as unit:
        assert placed(unit.conn) == ids
        tree = StoredTree(unit.conn)
        assert tree.size() == 600
        for size in range(1, 601):
            assert tree.root(size) == tree_head(leaves[:size])
        for size in (1, 2, 255, 256, 257, 511, 512, 513, 600):
            for index in {0, size // 2, size - 1, draw.randrange(size)}:
                assert tree.inclusion(index, size) == inclusion_proof(leaves[:size], index)
            for first in {1, size, draw.randrange(size) + 1}:
                assert tree.consistency(first, size) == consistency_proof(leaves[:size], first)


def test_proofs_in_a_large_tree_ask_little_of_the_database(
    sqlite_url: str, ring: KeyRing, clock: MovableClock, actor: Actor
) -> None:
    """66,000 entries fill a node with 65,536 below it; a proof reads a few rows, a batch writes what is new."""
    many = 66_000
    database = Database(sqlite_url, clock=clock, keys=ring, durable=False)
    with database.unit(actor) as unit:
        write_entries(unit, range(1, many + 1))
        while place_entries(unit, 5_000):
            pass
    tree, leaves = Growing(), [leaf_hash(data) for data in data_of(range(1, many + 1))]
    for leaf in leaves:
        tree.add(leaf)
    with database.reader() as unit:
        assert unit.conn.execute(select(func.count()).select_from(TreeNode)).scalar_one() == many // 256 + 1
        for index in (0, 40_000, many - 1):
            with statements(unit.conn) as asked:
                path = StoredTree(unit.conn).inclusion(index, many)
            assert len(asked) <= 7
            data = data_of([index + 1])[0]
            assert verify_inclusion(data, index, many, path, tree.head())
    with database.unit(actor) as unit:
        write_entries(unit, [many + 1])
        with statements(unit.conn) as asked:
            assert place_entries(unit, 5_000) == 1
            assert StoredTree(unit.conn).root(many + 1)
    assert len(asked) <= 12
    database.dispose()


def test_an_entry_that_commits_late_gets_the_next_free_place(database: Database) -> None:
    with database.unit(SYSTEM) as unit:
        write_entries(unit, [1, 2, 4, 5])
        assert place_entries(unit, 100) == 4
    with database.unit(SYSTEM) as unit:
        assert not has_unplaced(unit)
        write_entries(unit, [3, 6])
        assert has_unplaced(unit)
        assert place_entries(unit, 100) == 2
        assert placed(unit.conn) == [1, 2, 4, 5, 3, 6]


def test_one_that_is_later_than_any_act_can_be_is_found_once_a_day(database: Database) -> None:
    with database.unit(SYSTEM) as unit:
        write_entries(unit, [2, 10_000])
        assert place_entries(unit, 100) == 2
        write_entries(unit, [1])
        assert (has_unplaced(unit), place_entries(unit, 100)) == (False, 0)
        assert place_entries(unit, 100, from_the_first=True) == 1
        assert placed(unit.conn) == [2, 10_000, 1]


def test_many_sequencers_at_once_give_each_entry_one_place(database: Database) -> None:
    with database.unit(SYSTEM) as unit:
        write_entries(unit, range(1, 401))

    def some(_: int) -> int:
        with database.unit(SYSTEM) as unit:
            lock_tree(unit)
            return place_entries(unit, 30)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(some, range(16))) == 400
    with database.reader() as unit:
        assert placed(unit.conn) == list(range(1, 401))
        assert StoredTree(unit.conn).root(400) == tree_head(data_of(range(1, 401)))


@pytest.mark.parametrize(("table", "index"), [("tree_leaf", 9), ("tree_node", 299)])
def test_a_hash_that_is_gone_is_missed(
    sqlite_url: str, ring: KeyRing, clock: MovableClock, table: str, index: int
) -> None:
    database = Database(sqlite_url, clock=clock, keys=ring, durable=False)
    with database.unit(SYSTEM) as unit:
        write_entries(unit, range(1, 301))
        place_entries(unit, 300)
    with database.engine.begin() as conn:
        conn.exec_driver_sql(f"DROP TRIGGER {table}_no_delete")
        conn.exec_driver_sql(f"DELETE FROM {table} WHERE position = 0")
    with database.reader() as unit, pytest.raises(TreeBroken):
        StoredTree(unit.conn).inclusion(index, 300)
    database.dispose()
