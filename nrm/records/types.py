"""Column types: instants that are always aware UTC, and JSON whose text is canonical."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import cast

import orjson
from sqlalchemy import DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

Json = object
"""Any JSON value in Python form: None, bool, int, float, str, list, dict. Dates become ISO strings."""


@lru_cache(maxsize=1024)  # an act writes the same instant some twenty times
def instant_text(at: datetime) -> str:
    """Return an aware instant as ``2026-11-22T09:00:00.000000Z``: fixed width, so text order is time order.

    ValueError for a naive datetime: a time without a zone is a defect, never a default.
    """
    if at.tzinfo is None:
        raise ValueError("an instant must be aware")
    at = at.astimezone(UTC)
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def text_instant(text: str) -> datetime:
    """Return the aware UTC instant that :func:`instant_text` wrote."""
    return datetime.fromisoformat(text)


def _date_text(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not a JSON value")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_date_text
)


def canonical_json(value: Json) -> str:
    """Return the one text of a JSON value: sorted keys, no spaces, no NaN. ValueError or TypeError else."""
    return _ENCODER.encode(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: ``timestamptz`` on PostgreSQL, fixed-width ISO text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[object]:
        """Choose the column's type of one database."""
        if dialect.name == "sqlite":
            return cast("TypeEngine[object]", dialect.type_descriptor(String(27)))
        return cast("TypeEngine[object]", dialect.type_descriptor(DateTime(timezone=True)))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """Write: refuse naive values."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return instant_text(value)
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        return value

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read: always UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return text_instant(value)
        return cast("datetime", value).astimezone(UTC)


class CanonicalJson(TypeDecorator[Json]):
    """JSON kept as canonical text on both databases, so that equal values are equal texts.

    Python ``None`` is SQL NULL. Comparing with ``==`` works for whole values.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Json, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the canonical text."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Json:  # noqa: ARG002
        """Read the value back; dates stay ISO strings."""
        return None if value is None else orjson.loads(value)
