"""A copy of one case in this process's memory: a database of its own, in which time can be moved without a trace."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache

from sqlalchemy import Engine, Table, create_engine, insert, select
from sqlalchemy.pool import StaticPool

from nrm.records.keys import KeyRing
from nrm.records.tables.all_tables import metadata
from nrm.records.unit import Database, Unit
from nrm.vocabulary.clock import Clock

WRITINGS = frozenset({"draft", "file", "history", "keyed_index", "note", "outbox", "read_mark", "record"})
"""Tables of a case that are not copied: what was written in it, and what was done with it."""
EVERYWHERE = ("user_account", "agency", "bundle", "calendar_day", "absence", "duty")
"""Tables that are copied whole: who works where and when, and the processes."""
NOT_COPIED = {"user_account": ("email", "password_hash")}


class MemoryDatabase(Database):
    """A database that nobody else sees and that ends with this object; one connection, so one act at a time."""

    def __init__(self, *, clock: Clock, keys: KeyRing) -> None:
        self.clock = clock
        self.keys = keys
        self.engine = self._reading = _engine()
        self.dialect = self.engine.dialect.name
        self._around = self._kept = None


def copy_case(source: Unit, case_id: str | None, *, clock: Clock) -> MemoryDatabase:
    """Copy a case as it stands into memory, with who works where; without a case only the latter.

    Nothing that was written about the person comes along: no record, note, file or history.
    """
    made = MemoryDatabase(clock=clock, keys=source.ring)
    with made.engine.begin() as conn:
        for table, rows in _rows(source, case_id):
            if rows:
                conn.execute(insert(table), rows)
    return made


def _rows(source: Unit, case_id: str | None) -> Iterator[tuple[Table, list[dict[str, object]]]]:
    """The rows to copy, table by table."""
    tables = metadata.tables
    for name in EVERYWHERE:
        without = NOT_COPIED.get(name, ())
        columns = [column for column in tables[name].c if column.name not in without]
        yield tables[name], [dict(row) for row in source.conn.execute(select(*columns)).mappings()]
    if case_id is None:
        return
    clocks = select(tables["deadline"].c.id).where(tables["deadline"].c.case_id == case_id)
    for name, table in tables.items():
        if name == "case":
            condition = table.c.id == case_id
        elif name == "chain_head":
            condition = table.c.chain == case_id
        elif "case_id" in table.c and name not in WRITINGS:
            condition = table.c.case_id == case_id
        elif "deadline_id" in table.c:
            condition = table.c.deadline_id.in_(clocks)
        else:
            continue
        yield table, [dict(row) for row in source.conn.execute(select(table).where(condition)).mappings()]


def _engine() -> Engine:
    raw = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    raw.deserialize(_empty())
    return create_engine("sqlite+nrm://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True)


@cache
def _empty() -> bytes:
    """The schema without a row, made once per process."""
    raw = sqlite3.connect(":memory:")
    metadata.create_all(create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool))
    return raw.serialize()
