"""How prepared statements reach the database: at once on SQLite, as few round trips as can be on PostgreSQL.

On PostgreSQL a write of a unit waits until somebody needs an answer; then all that waits goes with the question,
in order, in one pipeline. Nothing is reordered: whatever else runs on the connection sends first what waits.
An error of a waiting write comes with the next answer, at the latest before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

WAITING = "nrm_waiting"
"""The execution option that holds what waits; it lives and dies with one connection object, never with the pool."""
IN_TRANSACTION = TransactionStatus.INTRANS
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
    return ask_all(conn, [(text, values)])[0]


def ask_all(conn: Connection, asked: Sequence[tuple[str, Values]]) -> list[Any]:
    """Execute statements in order, after all that waits; on PostgreSQL together. Return their cursors, as ``ask``."""
    waiting = conn.get_execution_options().get(WAITING)
    cursors = [conn.connection.cursor() for _ in asked]
    with _in_our_errors(conn, cursors[0]), _pipeline(conn, bool(waiting) or (waiting is not None and len(asked) > 1)):
        _execute_waiting(conn)
        for cursor, (text, values) in zip(cursors, asked, strict=True):
            _execute(cursor, text, values)
    return cursors


def send(conn: Connection) -> None:
    """Send what waits, and hear what the database says to it."""
    if conn.get_execution_options().get(WAITING):
        with _in_our_errors(conn, conn.connection.cursor()), _pipeline(conn, True):
            _execute_waiting(conn)


@contextmanager
def sent_with(conn: Connection) -> Iterator[None]:
    """Send what waits together with what the block says to the database: the commit."""
    raw: Any = conn.connection.driver_connection
    if not conn.get_execution_options().get(WAITING) or raw.info.transaction_status != IN_TRANSACTION:
        send(conn)
        yield
        return
    with _in_our_errors(conn, conn.connection.cursor()), _ended_by_error(raw), _pipeline(conn, True):
        _execute_waiting(conn)
        yield


@contextmanager
def _ended_by_error(raw: Any) -> Iterator[None]:
    """End the transaction where a write fails before the commit that goes with it.

    The server passes over that commit; SQLAlchemy takes its transaction for ended and gives the connection back open.
    """
    try:
        yield
    except BaseException:
        if not raw.broken:
            raw.rollback()
        raise


def drop_waiting(conn: Connection) -> None:
    """Forget what waits: it belongs to what is being undone."""
    waiting = conn.get_execution_options().get(WAITING)
    if waiting:
        waiting.clear()


def send_before_others(engine: Engine) -> None:
    """Make every statement that SQLAlchemy itself executes send first what waits."""

    def before(conn: Connection, *_: object) -> None:
        send(conn)

    event.listen(engine, "before_cursor_execute", before)


def _execute_waiting(conn: Connection) -> None:
    """Execute what waits; nothing waits any more then."""
    waiting = conn.get_execution_options().get(WAITING)
    if waiting:
        going = list(waiting)
        waiting.clear()
        raw: Any = conn.connection.driver_connection
        cursor = raw.cursor()  # one for all: nobody asks for their answers
        for text, values in going:
            _execute(cursor, text, values)


def _pipeline(conn: Connection, wanted: bool) -> AbstractContextManager[object]:
    raw: Any = conn.connection.driver_connection
    pipeline: AbstractContextManager[object] = raw.pipeline() if wanted else nullcontext()
    return pipeline


def _execute(cursor: Any, text: str, values: Values) -> None:
    if isinstance(values, list):
        cursor.executemany(text, values)
    else:
        cursor.execute(text, values)


@contextmanager
def _in_our_errors(conn: Connection, cursor: Any) -> Iterator[None]:
    try:
        yield
    except conn.dialect.loaded_dbapi.Error as error:
        raise _without_values(conn, error, cursor) from error


def _without_values(conn: Connection, error: Exception, cursor: Any) -> BaseException:
    """Return the error as SQLAlchemy shows it, without a value; a connection that is gone leaves the pool."""
    dialect = conn.dialect
    gone = dialect.is_disconnect(error, conn.connection, cursor)  # type: ignore[arg-type]
    if gone:
        conn.invalidate(error)
    return DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=gone,
        dialect=dialect,
    )
