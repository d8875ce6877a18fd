"""Statements of the hot path, compiled once per database and run on the driver's cursor.

SQLAlchemy says what is read and written, with its column types; looking the statement up, checking and binding
it anew at every execution cost several times what the database does, and an act runs some twenty of them.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Row, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from nrm.records.sending import ask, ask_all, write

Values = Mapping[str, object]
"""Column or parameter name -> value, as the column's type takes it."""
Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement's text for one database, and what becomes of each value; ``names`` in the order of the places."""

    text: str
    names: tuple[str, ...]
    processors: tuple[tuple[str, Processor], ...]
    positional: bool

    def bound(self, values: Values) -> tuple[object, ...] | dict[str, object]:
        """Return the values as the driver takes them."""
        plain = dict(values)
        for name, process in self.processors:
            plain[name] = process(plain[name])
        return tuple([plain[name] for name in self.names]) if self.positional else plain


class Write:
    """An INSERT, UPDATE or DELETE whose every value is a parameter: named by ``bindparam``, or a column to set."""

    def __init__(self, statement: UpdateBase) -> None:
        self._statement = statement
        self._texts: dict[tuple[str, tuple[str, ...]], _Text] = {}

    def run(self, conn: Connection, values: Values) -> None:
        """Execute once."""
        text = self._for(conn.dialect, tuple(values))
        write(conn, text.text, text.bound(values))

    def run_all(self, conn: Connection, rows: Sequence[Values]) -> None:
        """Execute for each row; all rows have the same names in the same order. Nothing happens for none."""
        if len(rows) == 1:
            self.run(conn, rows[0])
        elif rows:
            text = self._for(conn.dialect, tuple(rows[0]))
            write(conn, text.text, [text.bound(row) for row in rows])

    def returned(self, conn: Connection, rows: Sequence[Values]) -> list[Any]:
        """Execute for each row and return, in their order, the one value each gives (``RETURNING``)."""
        found = []
        for row in rows:
            text = self._for(conn.dialect, tuple(row))
            # To its end: a statement left in the middle is not over for the database.
            found.append(ask(conn, text.text, text.bound(row)).fetchall()[0][0])
        return found

    def _for(self, dialect: Dialect, names: tuple[str, ...]) -> _Text:
        key = dialect.name, names
        found = self._texts.get(key)
        if found is None:
            found = self._texts[key] = _text(self._statement.compile(dialect=dialect, column_keys=list(names)), names)
        return found


class Read:
    """A SELECT whose every value is a ``bindparam``; its rows have the names and types of the selected columns."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._row: Callable[[Sequence[object]], Any] | None = None
        self._texts: dict[str, tuple[_Text, tuple[tuple[int, Processor], ...]]] = {}

    def all(self, conn: Connection, **values: object) -> list[Any]:
        """Return every row."""
        return self.rows(conn, ask(conn, *self.asking(conn, values)))

    def asking(self, conn: Connection, values: Values) -> tuple[str, tuple[object, ...] | dict[str, object]]:
        """Return the statement's text for this database and its values as the driver takes them."""
        text, _ = self._for(conn.dialect)
        return text.text, text.bound(values)

    def rows(self, conn: Connection, cursor: Any) -> list[Any]:
        """Return every row of an answer."""
        _, processors = self._for(conn.dialect)
        make = self._row
        assert make is not None
        return [_made(make, raw, processors) for raw in cursor.fetchall()]

    def first(self, conn: Connection, **values: object) -> Row[Any] | None:
        """Return the first row, or None where there is none."""
        text, processors = self._for(conn.dialect)
        cursor = ask(conn, text.text, text.bound(values))
        raw = cursor.fetchone()
        cursor.close()
        assert self._row is not None
        return None if raw is None else _made(self._row, raw, processors)

    def _for(self, dialect: Dialect) -> tuple[_Text, tuple[tuple[int, Processor], ...]]:
        found = self._texts.get(dialect.name)
        if found is None:
            columns = list(self._statement.selected_columns)
            names = [str(column.key) for column in columns]
            row: Any = namedtuple("row", names)  # type: ignore[misc]  # noqa: PYI024
            self._row = row._make
            made = [_reader(column.type, dialect) for column in columns]
            processors = tuple((place, process) for place, process in enumerate(made) if process is not None)
            compiled = self._statement.compile(dialect=dialect)
            found = self._texts[dialect.name] = _text(compiled, tuple(compiled.params)), processors
        return found


Question = tuple[Read, Values]
"""A statement with its values."""


def read_together(conn: Connection, questions: Sequence[Question]) -> list[list[Any]]:
    """Return the rows of several statements, executed in order; on PostgreSQL for the price of one round trip."""
    cursors = ask_all(conn, [read.asking(conn, values) for read, values in questions])
    return [read.rows(conn, cursor) for (read, _), cursor in zip(questions, cursors, strict=True)]


def _made(
    make: Callable[[Sequence[object]], Any], raw: Sequence[object], processors: tuple[tuple[int, Processor], ...]
) -> Row[Any]:
    plain = list(raw)
    for place, process in processors:
        plain[place] = process(plain[place])
    return cast("Row[Any]", make(plain))


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _text(compiled: Any, names: tuple[str, ...]) -> _Text:
    assert isinstance(compiled, SQLCompiler)
    wanted = {bind.key: bind.type for bind in compiled.binds.values()}
    fixed = {bind.key for bind in compiled.binds.values() if not bind.required} | (set(wanted) ^ set(names))
    if fixed:
        # A column's default or a value inside the statement would be used once and for all.
        raise ValueError(f"every value must be a parameter, and given: {', '.join(sorted(fixed))}")
    dialect = compiled.dialect
    found = {name: kind.dialect_impl(dialect).bind_processor(dialect) for name, kind in wanted.items()}
    processors = tuple((name, process) for name, process in found.items() if process is not None)
    order = tuple(compiled.positiontup or ()) if compiled.positional else tuple(wanted)
    return _Text(str(compiled), order, processors, compiled.positional)
