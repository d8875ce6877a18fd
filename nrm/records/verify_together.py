"""A long history checked by all cores at once: in parts of the same length, the tree beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Connection

from nrm.records.connection import open_engine
from nrm.records.keys import KeyRing
from nrm.records.tree_keys import PublicKeys
from nrm.records.tree_verify import TreeFound, verify_tree
from nrm.records.verify import ChainsFound, Stretches, newest, read_stretches, sum_up, verify_rest
from nrm.rules.notes import Note

MOST_CORES = 8
PARTS_PER_CORE = 4
"""Small enough that nobody waits long for the last one."""


@dataclass(frozen=True, slots=True)
class Source:
    """How another process comes to a history and its keys."""

    url: str
    kek_file: Path | None
    """None: what the entries say stays closed."""
    is_demo: bool
    public_keys: Path | None
    """None: nothing signs this history."""

    def keys(self) -> KeyRing | None:
        """Read the keys, where what the entries say is to be opened."""
        return None if self.kek_file is None else KeyRing.read(self.kek_file, demo=self.is_demo)


Job = Callable[[], Stretches | TreeFound]


def verify_together(source: Source, kept: Sequence[Note], cores: int) -> tuple[ChainsFound, TreeFound | None]:
    """As ``verify`` of all chains and ``verify_tree`` with notes kept elsewhere, by up to ``cores`` processes.

    Acts may be written meanwhile: what is there once the parts are read is judged in one state of the database.
    """
    cores = min(cores, MOST_CORES)
    with _one_state(source) as conn:
        cuts = _cuts(newest(conn), cores * PARTS_PER_CORE)
    jobs: list[Job] = [partial(_part, source, after, until) for after, until in pairwise(cuts)]
    if source.public_keys is not None:
        jobs.insert(0, partial(_tree, source, source.public_keys, tuple(kept)))
    found = _all(jobs, cores)
    with _one_state(source) as conn:
        parts = [one for one in found if not isinstance(one, TreeFound)]
        chains = sum_up(verify_rest(conn, source.keys(), parts, cuts[-1]))
    return chains, next((one for one in found if isinstance(one, TreeFound)), None)


def _cuts(last: int, parts: int) -> list[int]:
    """Ids between which lie as many parts of the same length, from before the first entry to the last."""
    return [last * part // parts for part in range(parts + 1)]


def _all(jobs: Sequence[Job], cores: int) -> list[Stretches | TreeFound]:
    """Do all jobs, the first ones in processes beside this one, the last ones here; what they found in their order."""
    here: list[Stretches | TreeFound] = []
    with ProcessPoolExecutor(max(cores - 1, 1), get_context("spawn")) as pool:
        begun = [pool.submit(job) for job in jobs]
        for job, elsewhere in zip(reversed(jobs), reversed(begun), strict=True):
            if elsewhere.cancel():  # nobody has begun with it
                here.append(job())
        return [*(one.result() for one in begun if not one.cancelled()), *reversed(here)]


def _tree(source: Source, public_keys: Path, kept: Sequence[Note]) -> TreeFound:
    with _one_state(source) as conn:
        return verify_tree(conn, PublicKeys.read(public_keys), kept)


def _part(source: Source, after: int, until: int) -> Stretches:
    with _one_state(source) as conn:
        return read_stretches(conn, source.keys(), after, until)


@contextmanager
def _one_state(source: Source) -> Iterator[Connection]:
    """A connection that sees one state of the database, however long it looks."""
    engine = open_engine(source.url, pool_size=1, statement_timeout_ms=0, read_only=True)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()
