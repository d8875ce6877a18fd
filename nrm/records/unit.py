"""The unit of work: one act, one transaction, one instant, and the only commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from nrm.records.case_keys import KEYS_OF, CaseKeys
from nrm.records.connection import open_engine
from nrm.records.history import Chains
from nrm.records.keys import KeyRing
from nrm.records.prepared import Question, Read, read_together
from nrm.records.refusals import TryAgain, entered, in_our_words
from nrm.records.sending import drop_waiting, let_writes_wait, send, sent_with
from nrm.records.tables.case import Case
from nrm.records.tables.history import ChainHead
from nrm.records.tables.task import Task
from nrm.records.types import Instant
from nrm.rules.chain import Head
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.clock import Clock, SystemClock
from nrm.vocabulary.errors import NotFound

# Built once: building a statement costs more than running it.
_LOCKED_CASE = Read(select(Case).where(Case.id == bindparam("wanted")).with_for_update(key_share=True))
_LOCKED_CASE_OF = Read(
    select(Case)
    .where(Case.id == select(Task.case_id).where(Task.id == bindparam("task")).scalar_subquery())
    .with_for_update(key_share=True)
)


_TAKEN = (
    select(Case, ChainHead.seq.label("head_seq"), ChainHead.digest.label("head_digest"))
    .join(ChainHead, ChainHead.chain == Case.id)
    .where(Case.id == bindparam("wanted"))
    .with_for_update(key_share=True, skip_locked=True, of=(Case, ChainHead))
)
_TAKEN_CASE = Read(_TAKEN)
_TAKEN_CASE_AT = Read(_TAKEN.add_columns(func.clock_timestamp(type_=Instant).label("taken_at")))


@dataclass(frozen=True, slots=True)
class Taken:
    """A case that was taken without waiting: its row (columns of ``Case``), and the rows of each question asked."""

    case: Row[Any]
    answers: Sequence[Sequence[Any]]


class Unit:
    """What an act works with. ``conn`` is the open transaction; nothing outside this module commits."""

    def __init__(self, conn: Connection, actor: Actor, clock: Clock, ring: KeyRing, *, write: bool) -> None:
        self.conn = conn
        self.actor = actor
        self.ring = ring
        self.write = write
        self.keys = CaseKeys(conn, ring)
        self._chains = Chains(conn, self.keys)
        self._clock = clock
        self._now: datetime | None = None
        self._locked: dict[str, Row[Any]] = {}

    @property
    def now(self) -> datetime:
        """The instant of this act, aware UTC, captured at first use and the same ever after.

        With the system clock on PostgreSQL it is the database's, so that many hosts agree.
        """
        if self._now is None:
            if self._by_database:
                at: datetime = self.conn.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
                self._now = at.astimezone(UTC)
            else:
                self._now = self._clock.now()
        return self._now

    @property
    def _by_database(self) -> bool:
        return self.conn.dialect.name == "postgresql" and isinstance(self._clock, SystemClock)

    def lock_case(self, case_id: str) -> Row[Any]:
        """Lock the case for this act and return its row (columns of ``Case``). NotFound when there is none.

        On PostgreSQL other acts on the case wait; rows that merely refer to it can still be written.
        On SQLite the unit already holds the only write transaction.
        """
        row = self._locked.get(case_id)
        if row is None:
            row = _LOCKED_CASE.first(self.conn, wanted=case_id)
            if row is None:
                raise NotFound
            self._locked[case_id] = row
        return row

    def take_case(self, case_id: str, *questions: Question) -> Taken | None:
        """Lock the case and its chain unless somebody else holds one of them; None where that is so.

        What the questions ask is read in the same breath, under the lock; so are the time and the case's keys.
        """
        by_database = self._by_database
        taken, keys, *answers = read_together(self.conn, [
            (_TAKEN_CASE_AT if by_database else _TAKEN_CASE, {"wanted": case_id}), (KEYS_OF, {"wanted": case_id}),
            *questions,
        ])
        if not taken:
            return None
        case = self._locked[case_id] = taken[0]
        if by_database:
            self._now = case.taken_at
        self.keys.were_read(case_id, keys)
        self._chains.locked(case_id, Head(case.head_seq, case.head_digest))
        return Taken(case, answers)

    def lock_case_of(self, task_id: str) -> Row[Any]:
        """Lock the case a task belongs to, without asking for its id first. NotFound when there is no such task."""
        row = _LOCKED_CASE_OF.first(self.conn, task=task_id)
        if row is None:
            raise NotFound
        return self._locked.setdefault(row.id, row)

    def seal(self, case_id: str, category: str, data: bytes, about: str) -> bytes:
        """Seal bytes under the case's key of a category; ``about`` is ``table:row`` and must fit on opening.

        KeyGone when the case's key of that category was destroyed.
        """
        return self.keys.seal(case_id, str(category), data, about, self.now)

    def open_sealed(self, case_id: str, category: str, sealed: bytes, about: str) -> bytes:
        """Open sealed bytes. SealBroken when altered or moved, KeyGone when erased."""
        return self.keys.open(case_id, str(category), sealed, about)

    def append(
        self,
        *,
        chain: str,
        act: str,
        object: str,  # noqa: A002
        outcome: str = "ok",
        rule: str | None = None,
        bundle: str | None = None,
        payload: Mapping[str, object] | None = None,
    ) -> int:
        """Append a history entry by this unit's actor and return its number in the chain.

        ``chain`` is a case id or ``installation``. Lock the case before its chain, never after.
        The entry is written with the commit; if it cannot be written nothing is.
        """
        if not self.write:
            raise RuntimeError("a reading unit writes no history; open a writing one for the entry")
        return self._chains.append(
            chain=chain, at=self.now, actor=self.actor, act=act, object=object, outcome=outcome, rule=rule,
            bundle=bundle, payload=payload,
        )

    def flush(self) -> None:
        """Write pending history rows now, for a query inside this unit that needs to see them. NotReady if refused."""
        with entered():
            self._chains.flush()
            send(self.conn)

    def end(self) -> None:
        """Write pending history rows as the last of this unit: what the database says to them comes with the commit."""
        with entered():
            self._chains.flush()


class Database:
    """One installation's database: opens units of work. Threads may share it.

    ``url`` is ``sqlite:///file`` or ``postgresql://...`` (``postgresql+psycopg://`` too). ``durable=False``
    lets SQLite skip the wait for the disk: for tests and the making of a demo, never for real cases.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        keys: KeyRing,
        pool_size: int = 5,
        max_overflow: int = 5,
        pool_timeout_s: float = 5.0,
        statement_timeout_ms: int = 10_000,
        lock_timeout_ms: int = 5_000,
        durable: bool = True,
    ) -> None:
        self.clock = clock
        self.keys = keys
        opened = partial(
            open_engine, url, pool_size=pool_size, max_overflow=max_overflow, pool_timeout_s=pool_timeout_s,
            statement_timeout_ms=statement_timeout_ms, lock_timeout_ms=lock_timeout_ms, durable=durable,
        )
        self.engine = opened()
        self.dialect = self.engine.dialect.name
        if self.dialect == "sqlite":
            self._reading = opened(read_only=True)
        else:
            self._reading = self.engine.execution_options(postgresql_readonly=True)
        self._around: Connection | None = None
        self._kept: Connection | None = None

    def inside(self, whole: Unit) -> Database:
        """Return this database as acts inside an open unit have it: what they write becomes part of that unit.

        Each part is undone alone where it raises; none is there before the whole commits. Its readers see what the
        parts before them wrote.
        """
        found = copy(self)
        found._around = whole.conn  # noqa: SLF001 - our own copy
        return found

    def unit(self, actor: Actor, *, write: bool = True) -> AbstractContextManager[Unit]:
        """Open a unit of work: commits when the block ends, rolls everything back when it raises.

        TryAgain when another act was in the way (the caller may repeat), NotReady when the database
        cannot answer, Conflict when a row that must be unique was there already.
        """
        if self._around is not None:
            return self._part(actor, self._around, write=write)
        return self._unit(actor, write=write)

    def reader(self, actor: Actor = SYSTEM) -> AbstractContextManager[Unit]:
        """Open a unit that can only read; the database refuses writes in it."""
        return self.unit(actor, write=False)

    @contextmanager
    def on_one_connection(self) -> Iterator[Database]:
        """Lend this database as it is for acts one after the other in one thread: they share a connection.

        Each is a transaction of its own as ever; what is saved is taking a connection from the pool for each.
        """
        if self._around is not None:  # parts of one unit share its connection anyway
            yield self
            return
        with self.engine.connect() as conn:
            lent = copy(self)
            lent._kept = conn  # noqa: SLF001 - our own copy
            yield lent

    @contextmanager
    def _unit(self, actor: Actor, *, write: bool) -> Iterator[Unit]:
        try:
            with self._connection(write=write) as conn, conn.begin():
                unit = Unit(conn, actor, self.clock, self.keys, write=write)
                if write:
                    let_writes_wait(conn)
                yield unit
                if write:
                    unit.end()
                    with entered(), sent_with(conn):
                        conn.commit()
        except DBAPIError as error:
            raise in_our_words(error) from None
        except PoolTimeout:
            raise TryAgain from None

    def _connection(self, *, write: bool) -> AbstractContextManager[Connection]:
        if write and self._kept is not None:
            return nullcontext(self._kept)
        return (self.engine if write else self._reading).connect()

    @contextmanager
    def _part(self, actor: Actor, conn: Connection, *, write: bool) -> Iterator[Unit]:
        try:
            with conn.begin_nested():
                try:
                    unit = Unit(conn, actor, self.clock, self.keys, write=write)
                    yield unit
                    unit.flush()
                    with entered():
                        send(conn)
                except BaseException:
                    drop_waiting(conn)  # it is part of what is undone
                    raise
        except DBAPIError as error:
            raise in_our_words(error) from None

    def checkpoint(self) -> None:
        """On SQLite, empty the write-ahead file, so that erased bytes are gone from it too."""
        if self.dialect == "sqlite":
            with self.engine.connect() as conn:
                raw = conn.connection.driver_connection
                if raw is not None:
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def dispose(self) -> None:
        """Close every connection (before a fork, and at the end)."""
        self.engine.dispose()
        self._reading.dispose()
