"""Opening the two databases: what each must be told before the first statement."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from nrm.records.refusals import TryAgain
from nrm.records.sending import send_before_others

READ_ONLY = "nrm_read_only"
"""The mark of a SQLite connection that only reads."""


class OurSqlite(SQLiteDialect_pysqlite):
    """SQLite whose transactions take the write lock at their beginning, unless the connection only reads (F13).

    Not a listener to "begin": an engine with listeners pays for them at every statement.
    """

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin at once, in the right mode."""
        raw: Any = dbapi_connection.driver_connection
        try:
            raw.execute("BEGIN" if dbapi_connection.info.get(READ_ONLY) else "BEGIN IMMEDIATE").close()
        except sqlite3.OperationalError:
            raise TryAgain from None


registry.register("sqlite.nrm", __name__, OurSqlite.__name__)


def open_engine(
    url: str,
    *,
    pool_size: int = 5,
    max_overflow: int = 5,
    pool_timeout_s: float = 5.0,
    statement_timeout_ms: int = 10_000,
    lock_timeout_ms: int = 5_000,
    durable: bool = True,
    read_only: bool = False,
) -> Engine:
    """Return an engine for ``sqlite:///file`` or ``postgresql://...``; no connection is made yet.

    ``read_only`` is for SQLite: its connections refuse to write from their first statement to their last,
    because turning that on and off would make SQLite prepare every statement anew.

    Values never appear in its errors or logs. On SQLite every transaction takes the write lock at its
    beginning, unless ``read_only``. ValueError for another database.
    """
    address = normal_url(url)
    arguments: dict[str, object]
    if address.get_backend_name() == "sqlite":
        _own_only(address)
        address = address.set(drivername="sqlite+nrm")
        # One lock for everything that is written: who waits for it is given twice as long.
        arguments = {"timeout": 2 * lock_timeout_ms / 1000, "check_same_thread": False}
    else:
        arguments = {
            "application_name": "nrm",
            "connect_timeout": 5,
            "options": f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms} "
            "-c idle_in_transaction_session_timeout=30000 -c timezone=UTC",
        }
    engine = create_engine(
        address, hide_parameters=True, pool_size=pool_size, max_overflow=max_overflow,
        pool_timeout=pool_timeout_s, connect_args=arguments,
        # A pooled PostgreSQL connection may have died with the server; asking costs less than an error.
        pool_pre_ping=address.get_backend_name() != "sqlite",
    )
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, durable=durable, read_only=read_only)
    else:
        send_before_others(engine)
    return engine


def normal_url(url: str) -> URL:
    """Return the address with the driver we use. ValueError for a database that is neither of the two."""
    address = make_url(url)
    backend = address.get_backend_name()
    if backend == "sqlite":
        return address.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise ValueError(f"{backend} is not a database we run on: use sqlite or postgresql")


def _own_only(address: URL) -> None:
    """Create the SQLite file for its owner only; its -wal and -shm files take the same mode."""
    if not address.database or address.database == ":memory:":
        raise ValueError("SQLite needs a file")
    path = Path(address.database)
    # Only ever made, never opened: a file that this process has open would lose its locks with this handle, and
    # whoever closes it next would take its journal away under us.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _prepare_sqlite(engine: Engine, *, durable: bool, read_only: bool) -> None:
    """Set what SQLite must be told on every connection."""

    def on_connect(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'OFF'}",
            "foreign_keys=ON",
            "secure_delete=ON",
            "trusted_schema=OFF",
            "recursive_triggers=ON",
            "cache_size=-32768",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        record.info[READ_ONLY] = read_only

    event.listen(engine, "connect", on_connect)
