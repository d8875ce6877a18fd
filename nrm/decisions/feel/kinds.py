"""The kinds of FEEL value in Python (DMN 1.5, 10.3.2.3): what stands for each, and its name in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from nrm.decisions.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths

if TYPE_CHECKING:
    from nrm.decisions.feel.evaluation import Running
    from nrm.decisions.feel.types import Type

Value: TypeAlias = (
    "bool | int | Decimal | str | Date | Time | DateTime | DaysTime | YearsMonths | tuple[Value, ...]"
    " | dict[str, Value] | Interval | FunctionValue | None"
)


@dataclass(frozen=True, slots=True)
class Interval:
    """A FEEL range; an end that is null makes every comparison with it null, unless the range is
    ``one_sided`` (``< 5``): then it has no bound there.
    """

    low: Value
    high: Value
    low_included: bool
    high_included: bool
    one_sided: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function value; ``type`` is what arguments are converted to."""

    name: str
    type: Type | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FunctionValue:
    """A function as a value. ``body`` gets the running evaluation and the arguments in order; ``variadic``:
    the last parameter takes any number of them.
    """

    parameters: tuple[Parameter, ...]
    body: Callable[[Running, tuple[Value, ...]], Value]
    name: str = ""
    result: Type | None = None
    variadic: bool = False


# A boolean is an int in Python, so it stands before it.
_KINDS: dict[type, str] = {
    type(None): "null", bool: "boolean", int: "number", Decimal: "number", str: "string", Date: "date",
    Time: "time", DateTime: "date and time", DaysTime: "days and time duration",
    YearsMonths: "years and months duration", tuple: "list", dict: "context", Interval: "range",
    FunctionValue: "function",
}


def kind(value: Value) -> str:
    """The FEEL type in words, as used in notes and types."""
    known = _KINDS.get(type(value))
    if known is None:  # a subclass, such as a StrEnum member
        known = next(name for of, name in _KINDS.items() if isinstance(value, of))
    return known
