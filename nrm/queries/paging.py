"""Keyset paging: a page, and an opaque cursor that says after which row the next one begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_

from nrm.records.types import instant_text, text_instant
from nrm.vocabulary.errors import InvalidInput

T = TypeVar("T")
LIMIT = 25
LARGEST_LIMIT = 100
LONGEST_CURSOR = 400


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``after`` is the cursor of the next one, None on the last."""

    items: tuple[T, ...]
    after: str | None = None


def page_size(limit: int | None) -> int:
    """Return how many rows a page has: what was asked, between 1 and 100."""
    return LIMIT if limit is None else max(1, min(limit, LARGEST_LIMIT))


def cursor(*places: datetime | str | int) -> str:
    """Return the opaque text of a row's place in its order. It holds nothing the row does not show."""
    plain = [instant_text(place) if isinstance(place, datetime) else place for place in places]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode().rstrip("=")


def read_cursor(after: str | None, *kinds: type) -> tuple[datetime | str | int, ...] | None:
    """Return the place a cursor names, or None where there is none. InvalidInput for a damaged one."""
    if not after:
        return None
    try:
        if len(after) > LONGEST_CURSOR:
            raise ValueError
        plain = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if not isinstance(plain, list) or len(plain) != len(kinds):
            raise ValueError
        return tuple(_place(value, kind) for value, kind in zip(plain, kinds, strict=True))
    except (ValueError, TypeError, binascii.Error):
        sentence = "This page mark cannot be read. Begin with the first page."
        raise InvalidInput(fields={"after": [sentence]}) from None


def _place(value: object, kind: type) -> datetime | str | int:
    if kind is datetime and isinstance(value, str):
        at = text_instant(value)
        if at.tzinfo is None:
            raise ValueError
        return at
    if isinstance(value, kind) and isinstance(value, str | int) and not isinstance(value, bool):
        return value
    raise ValueError


def following(
    columns: Sequence[SQLColumnExpression[Any]], place: Sequence[object], *, descending: bool = False
) -> ColumnElement[bool]:
    """Return the condition *after this place* for rows ordered by one or two columns.

    Written out instead of a row value, so that both databases use the index of the first column.
    """
    first, at = columns[0], place[0]
    if len(columns) == 1:
        return first < at if descending else first > at
    second, then = columns[1], place[1]
    if descending:
        return and_(first <= at, or_(first < at, second < then))
    return and_(first >= at, or_(first > at, second > then))


def one_page(rows: Sequence[T], size: int) -> tuple[Sequence[T], bool]:
    """Cut what was read with one row too many: the page, and whether there is more."""
    return rows[:size], len(rows) > size


def take(limit: int | None) -> int:
    """Return how many rows to read for a page: one more than it shows."""
    return page_size(limit) + 1


__all__ = [
    "LARGEST_LIMIT", "LIMIT", "Page", "cursor", "following", "one_page", "page_size", "read_cursor", "take",
]
