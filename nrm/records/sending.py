"""How prepared statements reach the database: at once on SQLite, as few round trips as can be on PostgreSQL.

On PostgreSQL a write of a unit waits until somebody needs an answer; then all that waits goes with the question,
in order, in one pipeline. Nothing is reordered: whatever else runs on the connection sends first what waits.
An error of a waiting write comes with the next answer, at the latest before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

WAITING = "nrm_waiting"
"""The execution option that holds what waits; it lives and dies with one connection object, never with the pool."""
Values = tuple[object, ...] | dict[str, object] | list[Any]
"""One statement's values, or a list of them: one execution for each."""


def let_writes_wait(conn: Connection) -> None:
    """Let the writes of a unit wait, where that saves anything."""
    if conn.dialect.name == "postgresql":
        conn.execution_options(**{WAITING: []})


def write(conn: Connection, text: str, values: Values) -> None:
    """Execute a statement whose answer nobody needs."""
    waiting = conn.get_execution_options().get(WAITING)
    if waiting is None:
        ask(conn, text, values)
    else:
        waiting.append((text, values))


def ask(conn: Connection, text: str, values: Values) -> Any:
    """Execute a statement, after all that waits, and return its cursor with the answer in it.

    Raises what SQLAlchemy would: a DBAPIError that shows no value.
    """
    cursor = conn.connection.cursor()
    with _errors(conn, cursor), _one_trip(conn):
        _execute(cursor, text, values)
    return cursor


def send(conn: Connection) -> None:
    """Send what waits, and hear what the database says to it."""
    if conn.get_execution_options().get(WAITING):
        with _errors(conn, None), _one_trip(conn):
            pass


def send_before_others(engine: Engine) -> None:
    """Make every statement that SQLAlchemy itself executes send first what waits."""

    def before(conn: Connection, *_: object) -> None:
        send(conn)

    event.listen(engine, "before_cursor_execute", before)


@contextmanager
def _one_trip(conn: Connection) -> Iterator[None]:
    """Send what waits, then what the block executes, as one pipeline; without anything waiting just the block."""
    waiting = conn.get_execution_options().get(WAITING)
    if not waiting:
        yield
        return
    going = list(waiting)
    waiting.clear()
    raw: Any = conn.connection.driver_connection
    with raw.pipeline():
        for text, values in going:
            _execute(raw.cursor(), text, values)
        yield


@contextmanager
def _errors(conn: Connection, cursor: Any) -> Iterator[None]:
    dialect = conn.dialect
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        gone = dialect.is_disconnect(error, conn.connection, cursor)
        if gone:
            conn.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=gone,
            dialect=dialect,
        ) from error


def _execute(cursor: Any, text: str, values: Values) -> None:
    if isinstance(values, list):
        cursor.executemany(text, values)
    else:
        cursor.execute(text, values)
