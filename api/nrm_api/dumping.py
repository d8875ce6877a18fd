"""Response schemas made from the frozen values that commands and queries return: what they hold is what goes out."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from marshmallow import Schema, fields

from nrm.diagrams.forms import Form

Replaced = Mapping[str, fields.Field[Any]]


def schema_of(
    kind: type, *, name: str | None = None, without: Collection[str] = (), replaced: Replaced | None = None
) -> type[Schema]:
    """Return the schema class of a frozen dataclass, nested ones included.

    ``without`` leaves fields out; ``replaced`` gives some a field of their own. The class is named, because
    the document names it so.
    """
    hints = get_type_hints(kind)
    made: dict[str, Any] = {}
    for one in dataclasses.fields(kind):
        if one.name in without:
            continue
        made[one.name] = (replaced or {}).get(one.name) or field_of(hints[one.name])
    made["Meta"] = type("Meta", (), {"ordered": True})
    return type(name or kind.__name__, (Schema,), made)


@cache
def plain_schema(kind: type) -> type[Schema]:
    """Return the schema of a dataclass as it stands; one class for each, so that the document has one too."""
    return schema_of(kind)


def field_of(hint: Any) -> fields.Field[Any]:
    """Return the field of a type hint. TypeError for a type that has no plain JSON form."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _optional(hint, inside)
    if origin in (tuple, list, frozenset, set):
        return _several(origin, inside)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return fields.Dict(keys=fields.String(), values=field_of(inside[1]))
    if dataclasses.is_dataclass(hint) and hint is not Form:
        return fields.Nested(plain_schema(hint))  # type: ignore[arg-type]
    return _simple(hint, origin)


def _simple(hint: Any, origin: Any) -> fields.Field[Any]:
    if origin is Literal or (isinstance(hint, type) and issubclass(hint, StrEnum)):
        return fields.String()
    if hint is object or hint is Any:
        return Plain(allow_none=True)
    simple = _SIMPLE.get(hint)
    if simple is None:
        raise TypeError(f"{hint} has no plain form")
    return simple()


def _optional(hint: Any, inside: tuple[Any, ...]) -> fields.Field[Any]:
    wanted = [one for one in inside if one is not type(None)]
    if len(wanted) != 1:
        return Plain(allow_none=True)
    found = field_of(wanted[0])
    found.allow_none = True
    return found


def _several(origin: Any, inside: tuple[Any, ...]) -> fields.Field[Any]:
    if origin in (frozenset, set):
        return Sorted(field_of(inside[0]))
    if len(inside) == 2 and inside[1] is Ellipsis:
        return fields.List(field_of(inside[0]))
    if origin is tuple:
        return fields.List(fields.Raw())
    return fields.List(field_of(inside[0]))


class Plain(fields.Raw):
    """A value of any type that JSON knows; a day in it is an ISO date."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


class Moment(fields.AwareDateTime):
    """An instant in UTC, ISO 8601 with zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)


class Sorted(fields.List):  # type: ignore[type-arg]
    """A set as a sorted list."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[Any] | None:
        return None if value is None else super()._serialize(sorted(value), attr, obj, **kwargs)


_SIMPLE: dict[Any, type[fields.Field[Any]]] = {
    str: fields.String, int: fields.Integer, bool: fields.Boolean, float: fields.Float, datetime: Moment,
    date: fields.Date, time: fields.Time,
}


def page_of(kind: type[Schema], name: str) -> type[Schema]:
    """Return the schema of a page of things: ``items`` and the cursor ``after``."""
    return type(name, (Schema,), {
        "items": fields.List(fields.Nested(kind), required=True),
        "after": fields.String(allow_none=True, metadata={
            "description": "Give it back as `after` to get the next page; null on the last.",
        }),
    })


def list_of(kind: type[Schema], name: str) -> type[Schema]:
    """Return the schema of a whole list: ``items``."""
    return type(name, (Schema,), {"items": fields.List(fields.Nested(kind), required=True)})
