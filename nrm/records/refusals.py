"""What the database refuses, in the project's words and without a value of a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from nrm.vocabulary.errors import Conflict, NotReady


class TryAgain(NotReady):
    """Someone else held what this act needed; the same act may be tried again as it is."""

    code = "try_again"
    title = "Someone else is working on this just now; please try again"


class DatabaseAway(NotReady):
    """The database does not answer, or not in time: no fault of what was asked."""


class SchemaRuleError(Exception):
    """A row broke a rule of the schema: a defect of the program, named by the rule, never by a value."""


_RETRY_STATES = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, lock timeout."""
_UNIQUE_STATES = frozenset({"23505"})
_GUARD_STATES = frozenset({"P0001", "42501"})
"""A trigger refuses; the rights are missing."""
_SQLITE_GUARD = frozenset({1811})
_SQLITE_BUSY = frozenset({5, 6})
_SQLITE_UNIQUE = frozenset({1555, 2067, 2579})


def in_our_words(error: DBAPIError) -> Exception:
    """Return the exception to raise instead; the original may quote values and must not travel on."""
    original = error.orig
    state = getattr(original, "sqlstate", None)
    number = getattr(original, "sqlite_errorcode", None)
    if isinstance(error, IntegrityError):
        if state in _UNIQUE_STATES or number in _SQLITE_UNIQUE:
            return Conflict(code="already_there")
        return SchemaRuleError(_rule_of(original, number))
    if state in _RETRY_STATES or (number is not None and number & 0xFF in _SQLITE_BUSY):
        return TryAgain()
    if isinstance(error, OperationalError) or error.connection_invalidated:
        # SQLite reports a missing table (1) and a write in a reader (8) so: defects, not outages.
        return error if number in (1, 8) else DatabaseAway()
    return error


@contextmanager
def entered() -> Iterator[None]:
    """The last writes of an act, its entries in the history among them: NotReady where those are refused (goal:A3)."""
    try:
        yield
    except DBAPIError as error:
        ours = in_our_words(error)
        refused = getattr(error.orig, "sqlstate", None) in _GUARD_STATES
        if refused or getattr(error.orig, "sqlite_errorcode", None) in _SQLITE_GUARD:
            raise NotReady from (ours if isinstance(ours, SchemaRuleError) else None)
        raise ours from None


def _rule_of(original: BaseException | None, number: int | None) -> str:
    """Name the constraint: SQLite's message holds no value, PostgreSQL's diagnostics name the parts."""
    if number is not None:
        return str(original)
    parts = getattr(original, "diag", None)
    if parts is None:
        return type(original).__name__
    named = (parts.table_name, parts.column_name, parts.constraint_name, parts.message_primary)
    return ": ".join(str(part) for part in named if part)
