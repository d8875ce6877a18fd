"""The functions that expressions may call: these and no others. Each takes FEEL values and never raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.values import Value, arithmetic, equal, is_number, ordered

Body = Callable[[Running, tuple[Value, ...]], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """``least``/``most``: how many arguments; ``gives``: the kind of its result, for checks ("" if it
    varies).
    """

    name: str
    body: Body
    least: int
    most: int
    gives: str


def _bad(run: Running, name: str, wants: str) -> None:
    run.note(f"{name}() needs {wants}")


def _not(run: Running, given: tuple[Value, ...]) -> Value:
    if isinstance(given[0], bool):
        return not given[0]
    if given[0] is not None:
        _bad(run, "not", "true or false")
    return None


def _texts(name: str, test: Callable[[str, str], bool]) -> Body:
    def body(run: Running, given: tuple[Value, ...]) -> Value:
        whole, part = given
        if isinstance(whole, str) and isinstance(part, str):
            return test(whole, part)
        _bad(run, name, "two texts")
        return None

    return body


def _items(given: tuple[Value, ...]) -> tuple[Value, ...]:
    """One list argument, or the arguments themselves as a list."""
    return given[0] if len(given) == 1 and isinstance(given[0], tuple) else given


def _count(run: Running, given: tuple[Value, ...]) -> Value:
    if isinstance(given[0], tuple):
        return len(given[0])
    if given[0] is None:
        _bad(run, "count", "a list")
        return None
    return 1


def _extreme(name: str, operator: str) -> Body:
    def body(run: Running, given: tuple[Value, ...]) -> Value:
        items = _items(given)
        run.step(len(items))
        best: Value = items[0] if items else None
        for item in items:
            better = ordered(operator, item, best)
            if better is None:
                _bad(run, name, "numbers, texts or dates, all of one kind")
                return None
            best = item if better else best
        return best

    return body


def _sum(run: Running, given: tuple[Value, ...]) -> Value:
    items = _items(given)
    run.step(len(items))
    total: Value = None if not items else 0
    for item in items:
        total = arithmetic("+", total, item) if is_number(item) else None
        if total is None:
            _bad(run, "sum", "numbers")
            return None
    return total


def _list_contains(run: Running, given: tuple[Value, ...]) -> Value:
    items, wanted = given
    if not isinstance(items, tuple):
        _bad(run, "list contains", "a list")
        return None
    run.step(len(items))
    return any(equal(item, wanted) is True for item in items)


def _quantified(decisive: bool) -> Body:
    def body(run: Running, given: tuple[Value, ...]) -> Value:
        items = _items(given)
        run.step(len(items))
        if any(item is decisive for item in items):
            return decisive
        return None if any(not isinstance(item, bool) for item in items) else not decisive

    return body


def _date(run: Running, given: tuple[Value, ...]) -> Value:
    if len(given) == 1 and isinstance(given[0], datetime):
        return given[0].date()
    if len(given) == 1 and isinstance(given[0], date):
        return given[0]
    try:
        if len(given) == 1 and isinstance(given[0], str) and len(given[0]) == 10 and given[0].isascii():
            return date.fromisoformat(given[0])
        if len(given) == 3 and all(type(part) is int for part in given):
            return date(*given)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        pass
    _bad(run, "date", 'a date such as "2026-03-31"')
    return None


def _abs(run: Running, given: tuple[Value, ...]) -> Value:
    value = given[0]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return -value if value < 0 else value
    _bad(run, "abs", "a number")
    return None


def _string_length(run: Running, given: tuple[Value, ...]) -> Value:
    if isinstance(given[0], str):
        return len(given[0])
    _bad(run, "string length", "a text")
    return None


def _is_defined(_: Running, given: tuple[Value, ...]) -> Value:
    return given[0] is not None  # the compiler reads the name without counting it as an unknown that matters


_MANY = 1_000
FUNCTIONS: dict[str, Function] = {
    each.name: each
    for each in (
        Function("not", _not, 1, 1, "boolean"),
        Function("contains", _texts("contains", lambda whole, part: part in whole), 2, 2, "boolean"),
        Function("starts with", _texts("starts with", str.startswith), 2, 2, "boolean"),
        Function("ends with", _texts("ends with", str.endswith), 2, 2, "boolean"),
        Function("string length", _string_length, 1, 1, "number"),
        Function("list contains", _list_contains, 2, 2, "boolean"),
        Function("count", _count, 1, 1, "number"),
        Function("min", _extreme("min", "<"), 1, _MANY, ""),
        Function("max", _extreme("max", ">"), 1, _MANY, ""),
        Function("sum", _sum, 1, _MANY, "number"),
        Function("all", _quantified(False), 1, _MANY, "boolean"),
        Function("any", _quantified(True), 1, _MANY, "boolean"),
        Function("date", _date, 1, 3, "date"),
        Function("abs", _abs, 1, 1, "number"),
        Function("is defined", _is_defined, 1, 1, "boolean"),
    )
}
