"""Deleting everything of a case but its code and its history: every table that refers to cases, unless kept here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select, update
from sqlalchemy.exc import DBAPIError

from nrm.records.tables.account import Idempotency
from nrm.records.tables.all_tables import metadata
from nrm.records.tables.case import Case
from nrm.records.tables.key import CaseKey
from nrm.records.tables.notice import Notice
from nrm.records.tables.task import Task
from nrm.records.unit import Database, Unit

log = logging.getLogger("nrm.erasing")
KEPT = {
    "access_signal": "says which colleague's reading was unusual; nothing of the person",
    "break_glass": "says who opened the case in danger, and what its review said; its words went with the key",
    "case": "its code remains, so that the history can be read; everything else of the row is emptied",
    "case_key": "a mark remains in place of each key, so that erased and altered can be told apart",
    "erasure": "the receipt",
    "legal_hold": "says who held the case back and when; nothing of the person",
}
"""Tables with rows of a case that outlive it, and why. Whatever else refers to a case is deleted with it."""


def what_goes(conn: Connection, case_id: str, code: str) -> dict[str, int]:
    """Return how many rows of which table an erasure would delete, and ``keys``; tables without rows are left out."""
    counted = {
        table.name: conn.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
        for table, condition in _rows_of(case_id, code)
    }
    counted["keys"] = conn.execute(
        select(func.count()).where(CaseKey.case_id == case_id, CaseKey.wrapped != b"")
    ).scalar_one()
    return {name: count for name, count in counted.items() if count}


def erase_rows(unit: Unit, case_id: str, code: str) -> dict[str, int]:
    """Destroy the keys of a locked case, delete its rows and empty what remains; return what went, as ``what_goes``.

    The history stays: its words went with the key, its entries and their order can still be verified.
    """
    unit.flush()
    # First: what is never deleted of a case may be deleted of an erased one.
    unit.conn.execute(update(Case).where(Case.id == case_id).values(
        stage="", district_residence=None, referring_agency_id=None, erased_at=unit.now, version=Case.version + 1,
    ))
    counts = {
        table.name: unit.conn.execute(delete(table).where(condition)).rowcount
        for table, condition in _rows_of(case_id, code)
    }
    counts["keys"] = unit.keys.destroy_all(case_id, unit.now)
    return {name: count for name, count in counts.items() if count}


def leave_no_bytes(database: Database) -> None:
    """After the commit: take what was deleted out of the files too, as far as the database lets us.

    SQLite overwrote it at once, so only the write-ahead file is emptied. PostgreSQL removes it from its tables when
    they are vacuumed; its own write-ahead log and its backups forget it when they are rotated.
    """
    if database.dialect == "sqlite":
        database.checkpoint()
        return
    names = ", ".join(f'"{name}"' for name in ("case", "case_key", "service_gap", *sorted(_owned())))
    try:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("SET statement_timeout = 0")
            conn.exec_driver_sql(f"VACUUM {names}")
            conn.exec_driver_sql("RESET statement_timeout")
    except DBAPIError as error:
        log.warning("vacuum after an erasure failed: %s", type(error).__name__)


def _rows_of(case_id: str, code: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Every table with rows of the case and the condition on them; what refers to others comes before them."""
    tasks = select(Task.id).where(Task.case_id == case_id)
    # Notices name a case by its code and a task, and refer to neither.
    yield _table("notice"), or_(Notice.case_code == code, Notice.task_id.in_(tasks))
    # Answers kept for repeated requests: what was shown of the case in the last 24 hours.
    yield _table("idempotency"), or_(Idempotency.route.contains(code), Idempotency.route.contains(case_id))
    for name in _owned():
        yield _table(name), _condition(_table(name), case_id)


def _table(name: str) -> Table:
    return metadata.tables[name]


@cache
def _owned() -> tuple[str, ...]:
    """The names of the tables with rows of a case, referring tables first."""
    return tuple(table.name for table in reversed(metadata.sorted_tables) if _ways(table))


@cache
def _ways(table: Table) -> tuple[tuple[str, Table | None], ...]:
    """How a table's rows belong to a case: its column, and the table that column refers to; None for the case."""
    if table.name in KEPT:
        return ()
    cases = _table("case")
    direct = tuple(
        (column.name, None) for column in table.c
        if column.name == "case_id" or any(key.column.table is cases for key in column.foreign_keys)
    )
    if direct:
        return direct
    return tuple(
        (column.name, key.column.table) for column in table.c for key in column.foreign_keys
        if key.column.table is not table and _ways(key.column.table)
    )


def _condition(table: Table, case_id: str) -> ColumnElement[bool]:
    return or_(*(
        table.c[name] == case_id if parent is None
        else table.c[name].in_(select(parent.c.id).where(_condition(parent, case_id)))
        for name, parent in _ways(table)
    ))
