"""FEEL numbers: whole ones as ``int``, others as ``Decimal`` of 34 digits (DMN 1.5, 10.3.2.3.1)."""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Underflow,
)
from typing import TypeAlias, TypeGuard

Number: TypeAlias = int | Decimal

ARITHMETIC = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow, Underflow],
)
_LARGEST_INT = 10**34
_LARGEST_WHOLE = Decimal(_LARGEST_INT)
_LARGEST_EXPONENT = 999_999_999
_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": ARITHMETIC.add, "-": ARITHMETIC.subtract, "*": ARITHMETIC.multiply, "/": ARITHMETIC.divide,
    "**": ARITHMETIC.power,
}


_WHOLE: dict[str, Callable[[int, int], int]] = {"+": python.add, "-": python.sub, "*": python.mul}


def is_number(value: object) -> TypeGuard[Number]:
    """A number; a boolean is none in FEEL, though it is one in Python."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def plain(value: Decimal | float) -> Number | None:
    """Whole numbers of up to 34 digits as ``int``, others as ``Decimal``; ``None`` for infinities and the
    like.
    """
    if isinstance(value, int):
        if -_LARGEST_INT < value < _LARGEST_INT:
            return value
        if value.bit_length() > 20_500:  # beyond the largest decimal; converting it would be slow
            return None
    try:
        return _settled(ARITHMETIC.create_decimal(repr(value) if isinstance(value, float) else value))
    except DecimalException:
        return None


def _settled(number: Decimal) -> Number | None:
    """A number of at most 34 digits, as ``int`` if it is whole."""
    if not number.is_finite():
        return None
    # A tiny number has no whole part: asking for it would cost thousands of digits.
    small = -_LARGEST_WHOLE < number < _LARGEST_WHOLE and (number.adjusted() >= 0 or not number)
    return int(number) if small and number == number.to_integral_value() else number


def number_from_text(text: str) -> Number | None:
    """A number literal; ``None`` when it is out of range."""
    try:
        return plain(ARITHMETIC.create_decimal(text))
    except DecimalException:
        return None


def calculated(operator: str, left: Number, right: Number) -> Number | None:
    """``+ - * / **``; ``None`` for zero divisors and overflow."""
    if isinstance(left, int) and isinstance(right, int) and operator in _WHOLE:
        return plain(_WHOLE[operator](left, right))
    a, b = Decimal(left), Decimal(right)
    if operator == "**" and (not b or abs(b) > _LARGEST_EXPONENT):
        return None if b else 1
    try:
        return _settled(_OPERATIONS[operator](a, b))
    except DecimalException:
        return None


def number_text(number: Number) -> str:
    """The number without exponent and without closing zeros, as ``string()`` prints it."""
    if isinstance(number, int):
        return str(number)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
