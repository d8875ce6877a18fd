"""Changing the key of the search index: a new key file first, then every case's hashes anew in batches, restartable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from nrm.commands.name_index import index_answers
from nrm.commands.rotation import write_key_file
from nrm.commands.settling.ledger import Ledger
from nrm.records.keys import SealBroken
from nrm.records.sealing import read_many
from nrm.records.search import cases_of_older_keys, clear_older_keys, hashes_by_key
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.record import Record
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.categories import Category
from nrm.wiring.system import System

BATCH = 50
"""Cases in one transaction: they are locked until it ends."""


@dataclass(frozen=True, slots=True)
class SearchKeyCount:
    """How many hashes of the index one search key made. Shows its id, which tells nothing of the key."""

    key_id: str
    count: int
    writes: bool
    """Whether new hashes are made with it."""
    is_known: bool
    """Whether the key file holds it: what it made is found only then."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many cases were indexed anew, and how many could not be: a value of theirs is altered or damaged."""

    cases: int
    left: int


def search_key_state(system: System) -> tuple[SearchKeyCount, ...]:
    """Return how many hashes are of which search key, the one that writes first."""
    with system.database.reader(SYSTEM) as unit:
        counts = hashes_by_key(unit.conn)
    known = system.keys.search_ids
    ids = (*known, *sorted(set(counts) - set(known)))
    return tuple(SearchKeyCount(one, counts.get(one, 0), one == known[0], one in known) for one in ids)


def begin_search_rotation(system: System, path: Path) -> None:
    """Write the new key file: a new search key that writes, and the present ones, which are asked as well.

    Nothing is indexed anew yet: every process has to read the new file first. Raises Conflict where the file exists.
    """
    write_key_file(
        system, system.keys.write_search_successor, path, act="keys.search_rotation_begun",
        before=system.keys.search_ids[0],
    )


def rebuild_index(
    system: System, *, batch: int = BATCH, told: Callable[[int], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Rebuilt:
    """Make the hashes of every case anew from its sealed answers, under the first search key, batch by batch.

    Each batch is a transaction: whoever is interrupted begins again and goes on. ``told`` hears how many each did.
    """
    done, left, after = 0, 0, ""
    while not stopping():
        with system.database.unit(SYSTEM) as unit:
            some = cases_of_older_keys(unit, after=after, limit=batch)
            well = sum(_index_anew(system, unit, case_id) for case_id in some)
        if not some:
            break
        done, left, after = done + well, left + len(some) - well, some[-1]
        told(len(some))
    if done:
        with system.database.unit(SYSTEM) as unit:
            Ledger(unit, INSTALLATION).enter("keys.search_rotated", INSTALLATION, payload={
                "to": system.keys.search_ids[0], "cases": done, "left": left,
            })
    return Rebuilt(done, left)


def _index_anew(system: System, unit: Unit, case_id: str) -> bool:
    """Whether it could be; the case is locked, so that nothing comes back that is being erased."""
    unit.lock_case(case_id)
    rows = unit.conn.execute(select(Record.id, Record.form, Record.bundle).where(Record.case_id == case_id)).all()
    try:
        written = read_many(unit, [row.id for row in rows], list(Category))
    except SealBroken:
        return False
    clear_older_keys(unit, case_id)
    for row in rows:
        if row.bundle:
            form = system.library.published(unit.conn, row.bundle).form(row.form)
            index_answers(unit, case_id, form, {
                key: value for answers in written.get(row.id, {}).values() for key, value in answers.items()
            })
    return True
