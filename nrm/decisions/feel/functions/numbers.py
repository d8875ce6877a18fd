"""Functions of numbers (DMN 1.5, table 76)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DecimalException,
)

from nrm.decisions.feel.decimals import ARITHMETIC, Number, plain
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions.signatures import Function, Plain, function
from nrm.decisions.feel.kinds import Value
from nrm.decisions.feel.operators import negated, ordered
from nrm.decisions.feel.temporal import DaysTime, YearsMonths

_SMALLEST_SCALE, _LARGEST_SCALE = -6111, 6176
_ROUNDING = Context(prec=_LARGEST_SCALE, Emin=-10_000, Emax=10_000)


def _rounded(name: str, how: str) -> Plain:
    def body(running: Running, n: Number, scale: int = 0) -> Value:
        if not _SMALLEST_SCALE <= scale <= _LARGEST_SCALE:
            running.note(f"{name}() knows scales from {_SMALLEST_SCALE} to {_LARGEST_SCALE}")
            return None
        number = Decimal(n)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -exponent <= scale:
            return n
        return plain(number.quantize(Decimal((0, (1,), -scale)), how, _ROUNDING))

    return body


def _rounding(name: str, how: str, scale: str = "scale") -> Function:
    return function(name, "number", (f"n: number, {scale}: integer", _rounded(name, how)))


def _abs(_: Running, n: Number | DaysTime | YearsMonths) -> Value:
    zero = type(n)(0)
    return negated(n) if ordered("<", n, zero) else n


def _modulo(running: Running, dividend: Number, divisor: Number) -> Value:
    a, b = Decimal(dividend), Decimal(divisor)
    try:
        rest = ARITHMETIC.remainder(a, b)
        return plain(ARITHMETIC.add(rest, b) if rest and (rest < 0) != (b < 0) else rest)
    except DecimalException:
        running.note("modulo() cannot be worked out on these numbers")
        return None


def _calculated(name: str, operation: Callable[[Decimal], Decimal], least: str) -> Plain:
    def body(running: Running, number: Number) -> Value:
        try:
            if Decimal(number) >= Decimal(least):
                return plain(operation(Decimal(number)))
        except DecimalException:
            pass
        running.note(f"{name}() cannot be worked out on this number")
        return None

    return body


def _parity(odd: bool) -> Plain:
    def body(_: Running, number: Number) -> Value:
        if isinstance(number, int):
            return number % 2 == odd
        # What is not kept as a whole number has a fraction, or more than 34 digits of which the last are zeros.
        return None if number.adjusted() < 34 else not odd

    return body


NUMBERS = (
    _rounding("decimal", ROUND_HALF_EVEN),
    _rounding("floor", ROUND_FLOOR, "scale?"),
    _rounding("ceiling", ROUND_CEILING, "scale?"),
    _rounding("round up", ROUND_UP),
    _rounding("round down", ROUND_DOWN),
    _rounding("round half up", ROUND_HALF_UP),
    _rounding("round half down", ROUND_HALF_DOWN),
    function("abs", "", ("n: amount", _abs)),
    function("modulo", "number", ("dividend: number, divisor: number", _modulo)),
    function("sqrt", "number", ("number: number", _calculated("sqrt", ARITHMETIC.sqrt, "0"))),
    function("log", "number", ("number: number", _calculated("log", ARITHMETIC.ln, "1E-7000"))),
    function("exp", "number", ("number: number", _calculated("exp", ARITHMETIC.exp, "-Infinity"))),
    function("odd", "boolean", ("number: number", _parity(odd=True))),
    function("even", "boolean", ("number: number", _parity(odd=False))),
)
