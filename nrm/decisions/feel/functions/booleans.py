"""Functions of truth values (DMN 1.5, table 73), and what is known (ours)."""

from __future__ import annotations

from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions.signatures import function
from nrm.decisions.feel.kinds import Value


def _not(_: Running, negand: Value) -> Value:
    return None if negand is None else not negand


def _all(running: Running, items: tuple[Value, ...]) -> Value:
    return _quantified(running, items, decisive=False)


def _any(running: Running, items: tuple[Value, ...]) -> Value:
    return _quantified(running, items, decisive=True)


def _quantified(running: Running, items: tuple[Value, ...], *, decisive: bool) -> Value:
    running.step(len(items))
    if any(item is decisive for item in items):
        return decisive
    return None if any(not isinstance(item, bool) for item in items) else not decisive


def _is_defined(_: Running, value: Value) -> Value:
    return value is not None  # the compiler reads the name without counting it as an unknown that matters


BOOLEANS = (
    function("not", "boolean", ("negand: boolean|null", _not)),
    function("all", "boolean", ("list: list", _all), ("b...: any", _all)),
    function("any", "boolean", ("list: list", _any), ("b...: any", _any)),
    function("is defined", "boolean", ("value: any", _is_defined)),
)
