"""Writes of the hot path, compiled once per database: what SQLAlchemy works out anew each time is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import UpdateBase

Values = Mapping[str, object]
"""Column or parameter name -> value, as the column's type takes it."""
Processor = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for one database, and what becomes of each value; ``names`` in the order of the places."""

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
    """An INSERT, UPDATE or DELETE whose every value is a parameter: named by ``bindparam``, or a column to set.

    The statement keeps SQLAlchemy's types, and runs on its connection with its errors; what is saved is
    looking up, checking and binding it again at every execution, which costs more than the database does.
    """

    def __init__(self, statement: UpdateBase) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}

    def run(self, conn: Connection, values: Values) -> None:
        """Execute once."""
        compiled = self._for(conn.dialect, tuple(values))
        conn.exec_driver_sql(compiled.text, compiled.bound(values))

    def run_all(self, conn: Connection, rows: Sequence[Values]) -> None:
        """Execute for each row; all rows have the same names in the same order. Nothing happens for none."""
        if not rows:
            return
        compiled = self._for(conn.dialect, tuple(rows[0]))
        bound = [compiled.bound(row) for row in rows]
        conn.exec_driver_sql(compiled.text, bound[0] if len(bound) == 1 else bound)

    def _for(self, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
        key = dialect.name, names
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = _compile(self._statement, dialect, names)
        return found


def _compile(statement: UpdateBase, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    wanted = {bind.key: bind.type for bind in compiled.binds.values()}
    if set(wanted) != set(names):
        # A default of the column or a value inside the statement would be written once and for all.
        raise ValueError(f"given and needed differ: {', '.join(sorted(set(wanted) ^ set(names)))}")
    found = {name: kind.dialect_impl(dialect).bind_processor(dialect) for name, kind in wanted.items()}
    processors = tuple((name, process) for name, process in found.items() if process is not None)
    positional = compiled.positional
    return _Compiled(
        str(compiled), tuple(compiled.positiontup or ()) if positional else tuple(wanted), processors, positional,
    )
