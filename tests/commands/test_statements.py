"""A completed task costs a bounded number of statements, however old its case is. Counts, never times."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from bench.contenders import Life, Ours
from bench.installation import sqlite_bench

MOST = 27
"""Statements of a completion that sets a fact and opens the next task, each row of several counted by itself."""
MOST_CLOSING = 34
"""The same where the case closes: until when it is kept is worked out, and whoever sent the person is looked for."""
MOST_AT_ONCE = 34
"""The same where three tasks open at once: a row of each for the task, the deadline and the history."""
_WORK = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Ours]:
    """The product on SQLite, with the models of ``bench/``."""
    made = Ours(sqlite_bench(tmp_path, durable=False))
    yield made
    made.bench.system.database.dispose()


@contextmanager
def statements(ours: Ours) -> Iterator[list[str]]:
    """Collect what the database executes, transactions and pragmas left out."""
    found: list[str] = []

    def listen(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.set_trace_callback(lambda text: _keep(found, text))

    pool = ours.bench.system.database.engine.pool
    event.listen(pool, "checkout", listen)
    yield found
    event.remove(pool, "checkout", listen)


def _keep(found: list[str], text: str) -> None:
    # SQLite's trace now and then names one execution twice; total_changes shows that it happened once.
    if _WORK.match(text) and text not in found[-1:]:
        found.append(text)


def per_step(ours: Ours, life: Life, steps: int) -> list[int]:
    """Complete tasks and count the statements of each completion."""
    counted = []
    with statements(ours) as found:
        for _ in range(steps):
            found.clear()
            assert life.step()
            counted.append(len(found))
    return counted


def test_a_completion_stays_within_its_statements(ours: Ours) -> None:
    life = ours.open("thirteen")
    life.step()  # the first of a case makes its keys
    counted = per_step(ours, life, 12)
    assert counted[3] == max(counted[:-1]) <= MOST_AT_ONCE
    assert counted[-1] <= MOST_CLOSING
    assert max(counted[:3] + counted[4:-1]) <= MOST


def test_the_age_of_a_case_adds_no_statement(ours: Ours) -> None:
    life = ours.open("rounds")
    per_step(ours, life, 4)
    young = per_step(ours, life, 4)
    per_step(ours, life, 60)
    assert per_step(ours, life, 4) == young


def test_each_statement_of_an_old_case_finds_its_rows_by_an_index(ours: Ours) -> None:
    life = ours.open("rounds")
    per_step(ours, life, 6)
    with statements(ours) as found:
        life.step()
        asked = list(found)
    with ours.bench.system.database.reader() as unit:
        for text in asked:
            plan = unit.conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
            whole = [row[3] for row in plan if row[3].startswith("SCAN") and "INDEX" not in row[3]]
            assert whole == [], text
