"""FEEL values in Python, and what equality, order and arithmetic mean on them; nothing here raises.

Null is ``None``, numbers are ``int`` or ``Decimal`` (34 digits, DMN 1.5 table 46), lists are tuples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Interval:
    """A FEEL range; a ``None`` end that was computed makes every comparison with it null."""

    low: Value
    high: Value
    low_included: bool
    high_included: bool


Number: TypeAlias = int | Decimal
Value: TypeAlias = "bool | int | Decimal | str | date | tuple[Value, ...] | Interval | None"

ARITHMETIC = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
_LARGEST_INT = 10**34
_LARGEST_EXPONENT = 10_000
_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": ARITHMETIC.add, "-": ARITHMETIC.subtract, "*": ARITHMETIC.multiply, "/": ARITHMETIC.divide,
    "**": ARITHMETIC.power,
}


# Subclasses before their bases: a boolean is an int in Python, a date and time is a date.
_KINDS: dict[type, str] = {
    type(None): "null", bool: "boolean", int: "number", Decimal: "number", str: "string",
    datetime: "date and time", date: "date", tuple: "list", Interval: "range",
}


def kind(value: Value) -> str:
    """The FEEL type in words, as used in notes."""
    known = _KINDS.get(type(value))
    if known is None:  # a subclass, such as a StrEnum member
        known = next((name for of, name in _KINDS.items() if isinstance(value, of)), "range")
    return known


def accepted(value: object, items: int, level: int = 0) -> tuple[Value, bool]:
    """A Python value from a context as a FEEL value; False beside it when FEEL has no such value."""
    if value is None or isinstance(value, (bool, str, date)):
        return value, True
    if isinstance(value, (int, Decimal, float)):
        number = _plain(value)
        return number, number is not None
    if isinstance(value, (list, tuple)) and len(value) <= items and level < 8:
        inner = [accepted(item, items, level + 1) for item in value]
        return tuple(item for item, _ in inner), all(good for _, good in inner)
    return None, False


def released(value: Value) -> object:
    """The value as the caller gets it: lists become Python lists; a range becomes its text."""
    if isinstance(value, tuple):
        return [released(item) for item in value]
    if isinstance(value, Interval):
        return f"{'[' if value.low_included else ']'}..{']' if value.high_included else '['}"
    return value


def number_from_text(text: str) -> Number | None:
    """A number literal; ``None`` when it is out of range."""
    try:
        return _plain(ARITHMETIC.create_decimal(text))
    except DecimalException:
        return None


def _plain(value: Decimal | float) -> Number | None:
    """Whole numbers of up to 34 digits as ``int``, others as ``Decimal``; ``None`` for infinities and the
    like.
    """
    if isinstance(value, int):
        if -_LARGEST_INT < value < _LARGEST_INT:
            return value
        if value.bit_length() > 20_500:  # beyond the largest decimal; converting it would be slow
            return None
    try:
        number = ARITHMETIC.create_decimal(repr(value) if isinstance(value, float) else value)
    except DecimalException:
        return None
    if not number.is_finite():
        return None
    # A tiny number has no whole part: asking for it would cost thousands of digits.
    small = -_LARGEST_INT < number < _LARGEST_INT and (number.adjusted() >= 0 or not number)
    return int(number) if small and number == number.to_integral_value() else number


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """``+ - * / **`` on numbers, ``+`` on strings; ``None`` for anything else, for zero divisors and
    overflow.
    """
    if isinstance(left, str) and isinstance(right, str) and operator == "+":
        return left + right
    if not is_number(left) or not is_number(right):
        return None
    a, b = Decimal(left), Decimal(right)  # type: ignore[arg-type]
    if operator == "**" and abs(b) > _LARGEST_EXPONENT:
        return None
    try:
        return _plain(_OPERATIONS[operator](a, b))
    except DecimalException:
        return None


def is_number(value: Value) -> bool:
    """A number; a boolean is none in FEEL, though it is one in Python."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def equal(left: Value, right: Value) -> bool | None:
    """FEEL ``=``: null equals only null; values of different kinds compare to null."""
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right):
        return None
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) != len(right):
            return False
        answers = [equal(a, b) for a, b in zip(left, right, strict=True)]
        return None if None in answers and False not in answers else all(answers)
    try:
        return bool(left == right)
    except TypeError:
        return None


def ordered(operator: str, left: Value, right: Value) -> bool | None:
    """FEEL ``< <= > >=`` on two numbers, strings or dates; null for all else."""
    if kind(left) != kind(right) or kind(left) not in ("number", "string", "date", "date and time"):
        return None
    try:
        less, same = left < right, left == right  # type: ignore[operator]
    except TypeError:
        return None
    if operator == "<":
        return bool(less)
    if operator == "<=":
        return bool(less or same)
    return not less and not same if operator == ">" else not less


def compared(operator: str, left: Value, right: Value) -> bool | None:
    """Any of the six comparison operators."""
    if operator in ("=", "!="):
        same = equal(left, right)
        return same if operator == "=" or same is None else not same
    return ordered(operator, left, right)


def inside(value: Value, interval: Interval) -> bool | None:
    """Whether the value lies in the range; null when one end cannot be compared with it."""
    above = ordered(">=" if interval.low_included else ">", value, interval.low)
    below = ordered("<=" if interval.high_included else "<", value, interval.high)
    if above is None or below is None:
        return None
    return above and below


