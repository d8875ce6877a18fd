"""Functions of whole lists (DMN 1.5, tables 75 and 80)."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal

from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.functions.signatures import function, listed, same
from nrm.decisions.feel.kinds import FunctionValue, Value, kind
from nrm.decisions.feel.temporal import Date, DaysTime, YearsMonths


def _contains(running: Running, items: tuple[Value, ...], element: Value) -> Value:
    running.step(len(items))
    return any(same(running, item, element) for item in items)


def _count(_: Running, items: tuple[Value, ...]) -> Value:
    return len(items)


def _append(running: Running, items: tuple[Value, ...], more: tuple[Value, ...]) -> Value:
    return listed(running, items + more)


def _concatenate(running: Running, lists: tuple[tuple[Value, ...], ...]) -> Value:
    joined: list[Value] = []
    for each in lists:
        running.step(len(each))
        joined.extend(each)
    return listed(running, tuple(joined))


def _reverse(running: Running, items: tuple[Value, ...]) -> Value:
    return listed(running, items[::-1])


def _union(running: Running, lists: tuple[tuple[Value, ...], ...]) -> Value:
    joined = _concatenate(running, lists)
    assert isinstance(joined, tuple)
    return _distinct(running, joined)


def _distinct(running: Running, items: tuple[Value, ...]) -> Value:
    kept: list[Value] = []
    seen: set[Hashable] = set()
    compared: list[Value] = []
    for item in items:
        running.step()
        key = _key(item)
        if key is None:
            running.step(len(compared))
            if any(same(running, item, other) for other in compared):
                continue
            compared.append(item)
        elif key in seen:
            continue
        else:
            seen.add(key)
        kept.append(item)
    return tuple(kept)


def _key(value: Value) -> Hashable | None:
    """What is the same for equal values alone; ``None`` where they must be compared one by one."""
    if isinstance(value, (bool, int, Decimal, str, Date, DaysTime, YearsMonths)):
        return kind(value), value
    return ("null",) if value is None else None


def _flatten(running: Running, items: tuple[Value, ...]) -> Value:
    flat: list[Value] = []
    waiting = list(reversed(items))
    while waiting:
        running.step()
        item = waiting.pop()
        if isinstance(item, tuple):
            running.step(len(item))
            waiting.extend(reversed(item))
        else:
            flat.append(item)
        if len(flat) > running.limits.items:
            raise LimitReachedError("A list becomes longer than is allowed")
    return tuple(flat)


class _Unsortable(Exception):
    """The ordering function gave neither true nor false."""


def _sort(running: Running, items: tuple[Value, ...], precedes: FunctionValue) -> Value:
    class Placed:
        __slots__ = ("value",)

        def __init__(self, value: Value) -> None:
            self.value = value

        def __lt__(self, other: Placed) -> bool:
            answer = running.invoke(precedes, (self.value, other.value))
            if not isinstance(answer, bool):
                raise _Unsortable
            return answer

    try:
        return tuple(placed.value for placed in sorted(Placed(item) for item in listed(running, items)))
    except _Unsortable:
        running.note("sort() needs a function that gives true or false for every two items")
        return None


LISTS = (
    function("list contains", "boolean", ("list: list, element: any", _contains)),
    function("count", "number", ("list: list", _count)),
    function("append", "list", ("list: list, item...: any", _append)),
    function("concatenate", "list", ("list...: list", _concatenate)),
    function("reverse", "list", ("list: list", _reverse)),
    function("union", "list", ("list...: list", _union)),
    function("distinct values", "list", ("list: list", _distinct)),
    function("flatten", "list", ("list: list", _flatten)),
    function("sort", "list", ("list: list, precedes: function", _sort)),
)
