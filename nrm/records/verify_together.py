"""A long history checked by all cores at once: its chains in parts of about the same length, the tree beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain as flatten
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Connection, select

from nrm.records.connection import open_engine
from nrm.records.keys import KeyRing
from nrm.records.tables.history import ChainHead
from nrm.records.tree_keys import PublicKeys
from nrm.records.tree_verify import TreeFound, verify_tree
from nrm.records.verify import ChainResult, ChainsFound, Part, sum_up, verify
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


Job = Callable[[], list[ChainResult] | TreeFound]


def verify_together(source: Source, kept: Sequence[Note], cores: int) -> tuple[ChainsFound, TreeFound | None]:
    """As ``verify`` of all chains and ``verify_tree`` with notes kept elsewhere, by up to ``cores`` processes.

    Each chain is checked in one state of the database, and so is the tree; acts may be written in between.
    """
    cores = min(cores, MOST_CORES)
    with _one_state(source) as conn:
        parts = _parts(conn, cores * PARTS_PER_CORE)
    jobs: list[Job] = [] if source.public_keys is None else [partial(_tree, source, source.public_keys, tuple(kept))]
    found = _all([*jobs, *(partial(_chains, source, part) for part in parts)], cores)
    chains = sum_up(flatten.from_iterable(one for one in found if isinstance(one, list)))
    return chains, next((one for one in found if isinstance(one, TreeFound)), None)


def _all(jobs: Sequence[Job], cores: int) -> list[list[ChainResult] | TreeFound]:
    """Do all jobs, the first ones in processes beside this one, the last ones here."""
    here: list[list[ChainResult] | TreeFound] = []
    with ProcessPoolExecutor(max(cores - 1, 1), get_context("spawn")) as pool:
        begun = [pool.submit(job) for job in jobs]
        for job, elsewhere in zip(reversed(jobs), reversed(begun), strict=True):
            if elsewhere.cancel():  # nobody has begun with it
                here.append(job())
        return [*here, *(one.result() for one in begun if not one.cancelled())]


def _tree(source: Source, public_keys: Path, kept: Sequence[Note]) -> TreeFound:
    with _one_state(source) as conn:
        return verify_tree(conn, PublicKeys.read(public_keys), kept)


def _chains(source: Source, part: Part) -> list[ChainResult]:
    keys = None if source.kek_file is None else KeyRing.read(source.kek_file, demo=source.is_demo)
    with _one_state(source) as conn:
        return verify(conn, keys, part=part)


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


def _parts(conn: Connection, many: int) -> list[Part]:
    """Cut the chains, by their names, into parts of about as many entries. Every name there can be is in one."""
    heads = conn.execute(select(ChainHead.chain, ChainHead.seq).order_by(ChainHead.chain)).all()
    each, here = sum(row.seq for row in heads) / many, 0
    cuts: list[str | None] = [None]
    for row in heads:
        if here >= each:
            cuts.append(row.chain)
            here = 0
        here += row.seq
    return [Part(first, end) for first, end in pairwise([*cuts, None])]
