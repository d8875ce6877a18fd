"""One unit is one transaction and one instant; many processes lose nothing (goals R1, R5, R16)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, insert, select, text, update

from nrm.records.connection import normal_url
from nrm.records.keys import KeyRing
from nrm.records.refusals import SchemaRuleError, TryAgain
from nrm.records.tables.account import User
from nrm.records.tables.agency import Agency
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import HAS_RUNG, IS_EVENT, Deadline
from nrm.records.tables.fact import FactCurrent
from nrm.records.tables.history import ChainHead, History
from nrm.records.tables.key import KeyedIndex
from nrm.records.tables.notice import IS_FAILED, IS_WAITING, Outbox
from nrm.records.tables.run import Step
from nrm.records.tables.task import IS_CLAIMABLE, IS_OPEN, Task
from nrm.records.types import instant_text
from nrm.records.unit import Database, Unit
from nrm.records.verify import verify
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock import MovableClock, SystemClock
from nrm.vocabulary.errors import Conflict, NotFound, NotReady

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CANARY = "Canary-Invented-Ana"


def test_a_unit_has_one_instant(database: Database, actor: Actor, clock: MovableClock) -> None:
    with database.unit(actor) as unit:
        first = unit.now
        clock.advance(timedelta(hours=1))
        assert unit.now == first
    with database.unit(actor) as unit:
        assert unit.now == first + timedelta(hours=1)


@pytest.mark.postgres
def test_the_system_clock_is_the_databases(postgres_url: str, ring: KeyRing, actor: Actor) -> None:
    database = Database(postgres_url, clock=SystemClock(), keys=ring)
    with database.unit(actor) as unit:
        before = unit.conn.execute(text("SELECT clock_timestamp()")).scalar_one()
        assert before < unit.now < unit.conn.execute(text("SELECT clock_timestamp()")).scalar_one()
        assert unit.now.tzinfo is UTC
        assert unit.conn.execute(text("SHOW statement_timeout")).scalar_one() == "10s"
        assert unit.conn.execute(text("SHOW lock_timeout")).scalar_one() == "5s"
        assert unit.conn.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "30s"
    database.dispose()


def test_sqlite_is_told_what_it_must_know(sqlite_url: str, ring: KeyRing, actor: Actor) -> None:
    database = Database(sqlite_url, clock=SystemClock(), keys=ring)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1,
              "trusted_schema": 0, "recursive_triggers": 1, "busy_timeout": 10000, "query_only": 0}
    with database.unit(actor) as unit:
        told = {name: unit.conn.execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted}
    assert told == wanted
    database.dispose()


def test_a_reader_cannot_write(database: Database, actor: Actor, case_id: str) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"), database.reader(actor) as unit:
        unit.conn.execute(update(Case).values(stage="x"))
    with pytest.raises(RuntimeError, match="writes no history"), database.reader(actor) as unit:
        unit.append(chain=case_id, act="read", object="case")
    with database.unit(actor) as unit:  # the same pooled connection may write again
        unit.conn.execute(update(Case).values(stage="x"))
    with database.reader() as unit:
        assert unit.conn.execute(select(Case.stage).where(Case.id == case_id)).scalar_one() == "x"


def test_locking_a_case_that_is_not_there(database: Database, actor: Actor, case_id: str) -> None:
    with database.unit(actor) as unit:
        assert unit.lock_case(case_id).code == "N-0001"
        assert unit.lock_case(case_id) is unit.lock_case(case_id)
        with pytest.raises(NotFound):
            unit.lock_case("nothing")


def test_refusals_carry_no_value(database: Database, actor: Actor) -> None:
    def account(user_id: str, **more: object) -> dict[str, object]:
        return {"id": user_id, "login": CANARY, "name": CANARY, "agency_id": "a",
                "created_at": database.clock.now(), **more}

    with database.unit(actor) as unit:
        unit.conn.execute(insert(User).values(**account("u1")))
    with pytest.raises(Conflict) as twice, database.unit(actor) as unit:
        unit.conn.execute(insert(User).values(**account("u2")))
    with pytest.raises(SchemaRuleError, match="name") as missing, database.unit(actor) as unit:
        unit.conn.execute(insert(User).values(**account("u3", name=None, login="x" + CANARY)))
    with pytest.raises(SchemaRuleError) as orphan, database.unit(actor) as unit:
        unit.conn.execute(insert(KeyedIndex).values(case_id=CANARY, element="e", hmac="h"))
    for refused in (twice, missing, orphan):
        assert CANARY not in str(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
    assert twice.value.code == "already_there"


def test_rows_may_come_in_any_order_but_must_fit_at_the_end(
    database: Database, actor: Actor, case_id: str
) -> None:
    with database.unit(actor) as unit:
        unit.conn.execute(insert(KeyedIndex).values(case_id="case-later", element="e", hmac="h"))
        row = unit.conn.execute(select(Case).where(Case.id == case_id)).one()._asdict()
        unit.conn.execute(insert(Case).values(**{**row, "id": "case-later", "code": "later"}))


def test_the_second_writer_waits_or_is_told(
    any_database_url: str, ring: KeyRing, actor: Actor, case_id: str
) -> None:
    database = Database(any_database_url, clock=SystemClock(), keys=ring, lock_timeout_ms=100)
    if database.dialect == "sqlite":
        with database.reader() as unit:  # the pooled connection the second writer will get
            unit.conn.execute(text("PRAGMA busy_timeout=100"))
    with database.unit(actor) as first:
        first.lock_case(case_id)
        first.conn.execute(update(Case).values(stage="first"))
        with database.reader() as reader:  # readers never wait for a writer
            assert reader.conn.execute(select(Case.stage)).scalar_one() == ""
            if database.dialect == "sqlite":
                reader.conn.execute(text("PRAGMA busy_timeout=100"))
        with pytest.raises(TryAgain), database.unit(actor) as second:
            second.lock_case(case_id)
    assert isinstance(TryAgain(), NotReady)
    database.dispose()


@pytest.mark.postgres
def test_a_locked_case_can_still_be_referred_to(
    postgres_url: str, ring: KeyRing, actor: Actor, add_case: Callable[[Unit, str], str]
) -> None:
    database = Database(postgres_url, clock=SystemClock(), keys=ring, lock_timeout_ms=100)
    with database.unit(actor) as unit:
        case_id = add_case(unit, "N-0001")
    with database.unit(actor) as first, database.unit(actor) as other:
        first.lock_case(case_id)
        other.conn.execute(insert(KeyedIndex).values(case_id=case_id, element="e", hmac="h"))
    database.dispose()


def test_an_unreachable_database_is_not_ready(ring: KeyRing, actor: Actor, tmp_path: Path) -> None:
    database = Database(f"postgresql:///nrm?host={tmp_path}", clock=SystemClock(), keys=ring)
    with pytest.raises(NotReady), database.unit(actor):
        pass


@pytest.mark.parametrize(("given", "driver"), [
    ("postgresql://h/d", "postgresql+psycopg"), ("postgresql+psycopg://h/d", "postgresql+psycopg"),
    ("sqlite:///x.db", "sqlite+pysqlite"),
])
def test_addresses(given: str, driver: str) -> None:
    assert normal_url(given).drivername == driver


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str, ring: KeyRing) -> None:
    with pytest.raises(ValueError, match=r"not a database|needs a file"):
        Database(url, clock=SystemClock(), keys=ring)


def start(url: str, key_file: Path, units: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "counting_process.py"), url, str(key_file), str(units)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE,
    )


def test_four_processes_lose_no_update(
    database: Database, any_database_url: str, case_id: str, tmp_path: Path
) -> None:
    workers = [start(any_database_url, tmp_path / "nrm.key", 50) for _ in range(4)]
    for worker in workers:
        _, said = worker.communicate(timeout=120)
        assert worker.returncode == 0, said.decode()
    with database.reader() as unit:
        assert unit.conn.execute(select(Case.version).where(Case.id == case_id)).scalar_one() == 201
        assert [(r.entries, r.ok) for r in verify(unit.conn, database.keys)] == [(200, True), (200, True)]


def test_killed_processes_leave_whole_acts(
    database: Database, any_database_url: str, case_id: str, tmp_path: Path
) -> None:
    draw = random.Random(7)
    for _ in range(6):
        workers = [start(any_database_url, tmp_path / "nrm.key", 100_000) for _ in range(2)]
        wait_for_progress(database, case_id)
        for worker in workers:
            _busy(draw.uniform(0, 0.05))
            os.kill(worker.pid, signal.SIGKILL)
            worker.communicate()
    with database.reader() as unit:
        version = unit.conn.execute(select(Case.version).where(Case.id == case_id)).scalar_one()
        results = verify(unit.conn, database.keys)
        assert [(r.entries, r.ok) for r in results] == [(version - 1, True), (version - 1, True)]
        assert version > 6


def wait_for_progress(database: Database, case_id: str) -> None:
    def version() -> int:
        with database.reader() as unit:
            return int(unit.conn.execute(select(Case.version).where(Case.id == case_id)).scalar_one())

    first, until = version(), time.monotonic() + 60
    while version() == first:
        assert time.monotonic() < until, "the processes do nothing"
        _busy(0.01)


def _busy(seconds: float) -> None:
    threading.Event().wait(seconds)


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUESTIONS: list[tuple[str, Select[*tuple[Any, ...]]]] = [
    ("ix_task_claimable", select(Task.id).where(IS_CLAIMABLE, Task.role == "CM", Task.agency_id == "a")
     .order_by(Task.due_at, Task.id).limit(50)),
    ("ix_task_assignee_open", select(Task.id).where(IS_OPEN, Task.assignee_id == "u")
     .order_by(Task.due_at, Task.id).limit(50)),
    ("ix_task_agency_open", select(Task.id).where(IS_OPEN, Task.agency_id == "a")
     .order_by(Task.due_at, Task.id).limit(50)),
    ("ix_task_due_open", select(Task.id).where(IS_OPEN, Task.due_at < NOW).order_by(Task.due_at).limit(50)),
    ("ix_task_case", select(Task.id).where(Task.case_id == "c", Task.status == "open")),
    ("ix_deadline_rung", select(Deadline.case_id).where(HAS_RUNG, Deadline.next_rung_at <= NOW)
     .order_by(Deadline.next_rung_at).limit(20)),
    ("ix_deadline_event", select(Deadline.case_id).where(IS_EVENT, Deadline.due_at <= NOW)
     .order_by(Deadline.due_at).limit(20)),
    ("pk_fact_current", select(FactCurrent).where(
        FactCurrent.case_id == "c", FactCurrent.scope.in_(["", "r"]))),
    ("uq_history_chain_seq", select(History.seq).where(History.chain == "c").order_by(History.seq)),
    ("pk_chain_head", select(ChainHead.seq).where(ChainHead.chain == "c")),
    ("ix_step_run_id_entered_at_id", select(Step.id).where(Step.run_id == "r").order_by(Step.entered_at)),
    ("uq_case_code", select(Case.id).where(Case.code == "N")),
    ("ix_case_district_status_id", select(Case.id).where(Case.district == "d", Case.status == "open")
     .order_by(Case.id).limit(9)),
    ("ix_keyed_index_search", select(KeyedIndex.case_id).where(
        KeyedIndex.element == "e", KeyedIndex.hmac == "h")),
    ("ix_outbox_waiting", select(Outbox.id).where(IS_WAITING, Outbox.next_at <= NOW)
     .order_by(Outbox.next_at)),
    ("ix_outbox_gathering", select(Outbox.id).where(
        IS_WAITING, Outbox.user_id == "u", Outbox.weight == "statutory")),
    ("ix_outbox_failed", select(Outbox.id).where(IS_FAILED).order_by(Outbox.at, Outbox.id).limit(50)),
]


@pytest.mark.parametrize(("index", "question"), QUESTIONS, ids=[index for index, _ in QUESTIONS])
def test_every_question_has_its_index(
    database: Database, index: str, question: Select[*tuple[Any, ...]]
) -> None:
    with database.reader() as unit:
        if database.dialect == "postgresql":
            unit.conn.execute(text("SET LOCAL enable_seqscan = off"))
            unit.conn.execute(text("SET LOCAL enable_bitmapscan = off"))
            explain = "EXPLAIN "
        else:
            explain = "EXPLAIN QUERY PLAN "
        asked = question.compile(unit.conn.engine, compile_kwargs={"render_postcompile": True})
        parameters: Any = asked.params
        if asked.positiontup is not None:
            parameters = tuple(_plain(asked.params[name]) for name in asked.positiontup)
        plan = str(unit.conn.exec_driver_sql(explain + str(asked), parameters).all())
    autoindex = {"pk_fact_current": "sqlite_autoindex_fact_current", "uq_case_code": "sqlite_autoindex_case",
                 "pk_chain_head": "sqlite_autoindex_chain_head"}
    assert index in plan or autoindex.get(index, "-") in plan, plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan, plan


def _plain(value: object) -> object:
    return instant_text(value) if isinstance(value, datetime) else value


def test_agencies_come_back_as_they_went(database: Database, actor: Actor) -> None:
    put: Callable[..., Any] = insert(Agency).values
    with database.unit(actor) as unit:
        unit.conn.execute(put(id="a", name="Invented", kind="ngo", districts=["north"], units={"x": [1]}))
    with database.reader() as unit:
        row = unit.conn.execute(select(Agency)).one()
        assert (row.districts, row.serves, row.units, row.settings) == (["north"], [], {"x": [1]}, None)
