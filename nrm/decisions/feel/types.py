"""FEEL types (DMN 1.5, 10.3.2.9): read from text, what is an instance, what conforms, what is converted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nrm.decisions.feel.kinds import FunctionValue, Interval, Value, kind
from nrm.decisions.feel.temporal import Date, DateTime, Time


@dataclass(frozen=True, slots=True)
class Type:
    """A node of the type lattice. ``kind`` is a kind of value in words, "Any" or "Null".

    ``element``: the type of the items of a list or the ends of a range, or the result of a function.
    ``fields``: the entries that a context must have. ``parameters``: those of a function.
    """

    kind: str
    element: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()
    parameters: tuple[Type, ...] = ()
    allowed: Callable[[Value], bool] | None = field(default=None, compare=False)
    """Whether a value of this kind is one of those that the type's definition allows."""


ANY = Type("Any")
NULL = Type("Null")
_SIMPLE = frozenset(
    {"number", "string", "boolean", "date", "time", "date and time", "days and time duration",
     "years and months duration", "context", "Any", "Null"}
)
_OTHER_NAMES = {
    "dateTime": "date and time", "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}


def simple_type(name: str) -> Type | None:
    """The type of a name without parameters; ``None`` if it names none (``list`` needs its item's type)."""
    known = _OTHER_NAMES.get(name, name)
    return Type(known) if known in _SIMPLE else None


def list_of(element: Type) -> Type:
    """``list<element>``."""
    return Type("list", element)


def is_instance(value: Value, of: Type) -> bool:
    """``value instance of type`` (table 61); null is an instance of Null alone."""
    return of.kind == "Null" if value is None else _fits(value, of)


def _fits(value: Value, of: Type) -> bool:
    """Whether the type of the value conforms; null does everywhere."""
    if value is None or of.kind == "Any":
        return True
    if kind(value) != of.kind or (of.allowed is not None and not of.allowed(value)):
        return False
    if isinstance(value, tuple):
        return of.element is None or all(_fits(item, of.element) for item in value)
    if isinstance(value, dict):
        return all(name in value and _fits(value[name], needed) for name, needed in of.fields)
    if isinstance(value, Interval):
        return of.element is None or (_fits(value.low, of.element) and _fits(value.high, of.element))
    return conforms(_type_of_function(value), of) if isinstance(value, FunctionValue) else True


def _type_of_function(value: FunctionValue) -> Type:
    parameters = tuple(each.type or ANY for each in value.parameters)
    # Nobody has said what it gives, so nothing speaks against any type; the result itself is checked later.
    return Type("function", value.result or NULL, (), parameters)


def conforms(a: Type, b: Type) -> bool:
    """Whether every ``a`` can stand where a ``b`` is expected (10.3.2.9.2)."""
    if b.kind == "Any" or a.kind == "Null":
        return True
    if a.kind != b.kind:
        return False
    if a.kind == "context":
        fields = dict(a.fields)
        return all(name in fields and conforms(fields[name], needed) for name, needed in b.fields)
    if a.kind == "function":
        if len(a.parameters) != len(b.parameters):
            return False
        contravariant = all(conforms(theirs, ours) for ours, theirs in zip(a.parameters, b.parameters, strict=True))
        return contravariant and conforms(a.element or ANY, b.element or ANY)
    return b.element is None or conforms(a.element or ANY, b.element)


def coerced(value: Value, to: Type | None) -> Value:
    """The value after the implicit conversions of 10.3.2.9.4; null if it does not conform.

    A list of one item becomes the item, an item a list of one, a date its midnight in UTC.
    """
    if to is None or value is None or _fits(value, to):
        return value
    if isinstance(value, Date) and to.kind == "date and time":
        return DateTime(value, Time(0, 0))
    if to.kind == "list" and not isinstance(value, tuple):
        return (value,) if _fits(value, to.element or ANY) else None
    if to.kind != "list" and isinstance(value, tuple) and len(value) == 1:
        return value[0] if _fits(value[0], to) else None
    return None
