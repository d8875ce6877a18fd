"""How prepared statements reach the database: at once on SQLite, as few round trips as can be on PostgreSQL.

On PostgreSQL a write of a unit waits until somebody needs an answer; then all that waits goes with the question,
in order, in one pipeline. Nothing is reordered: whatever else runs on the connection sends first what waits.
An error of a waiting write comes with the next answer, at the latest before the commit.
"""

from __future__ import annotations

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
    waiting = conn.get_execution_options().get(WAITING)
    try:
        if waiting:
            _together(conn, [*waiting, (text, values)], cursor)
        else:
            _execute(cursor, text, values)
    except conn.dialect.loaded_dbapi.Error as error:
        raise _without_values(conn, error, cursor) from error
    return cursor


def send(conn: Connection) -> None:
    """Send what waits, and hear what the database says to it."""
    waiting = conn.get_execution_options().get(WAITING)
    if not waiting:
        return
    cursor = conn.connection.cursor()
    try:
        _together(conn, list(waiting), cursor)
    except conn.dialect.loaded_dbapi.Error as error:
        raise _without_values(conn, error, cursor) from error


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


def _together(conn: Connection, going: list[tuple[str, Values]], last: Any) -> None:
    """Execute in one pipeline, the last statement on the given cursor; nothing waits any more then."""
    conn.get_execution_options()[WAITING].clear()
    raw: Any = conn.connection.driver_connection
    with raw.pipeline():
        for text, values in going[:-1]:
            _execute(raw.cursor(), text, values)
        _execute(last, *going[-1])


def _execute(cursor: Any, text: str, values: Values) -> None:
    if isinstance(values, list):
        cursor.executemany(text, values)
    else:
        cursor.execute(text, values)


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
