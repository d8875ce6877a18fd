"""``for``, ``some``, ``every`` and filters compiled into closures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.choosing import Verdict
from nrm.decisions.feel.closures import Closure, Compiler, makes
from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.kinds import Interval, Value, kind
from nrm.decisions.feel.temporal import Date, date_of_number

_Source: TypeAlias = Callable[[Running], Iterable[Value] | None]
_Visit: TypeAlias = Callable[[Running], bool]
"""What is done in the scope of one combination; whether that was the last one."""


def _source(compiler: Compiler, node: s.Iterator) -> _Source:
    """What an iterator goes over; ``None`` with a note where it is nothing to go over."""
    start = compiler.closure(node.source)
    end = None if node.end is None else compiler.closure(node.end)

    def run(running: Running) -> Iterable[Value] | None:
        first = start(running)
        if end is not None:
            return _stretch(running, first, end(running), downwards=True)
        return gone_over(running, first)

    return run


def gone_over(running: Running, value: Value) -> Iterable[Value] | None:
    """What there is to go over in a list, a range or a single value; ``None`` with a note if nothing."""
    if isinstance(value, Interval):
        low_in, high_in = value.low_included, value.high_included
        return _stretch(running, value.low, value.high, downwards=False, closed=(low_in, high_in))
    if value is None:
        running.note("There is no list to go over")
        return None
    return value if isinstance(value, tuple) else (value,)


def _stretch(
    running: Running, first: Value, last: Value, *, downwards: bool, closed: tuple[bool, bool] = (True, True)
) -> Iterable[Value] | None:
    """Whole numbers or days from ``first`` to ``last``."""
    a, b = _place(first), _place(last)
    if a is None or b is None or type(first) is not type(last) or (a > b and not downwards):
        running.note(f"A range to go over needs two whole numbers or dates, not {kind(first)} and {kind(last)}")
        return None
    step = 1 if a <= b else -1
    places = range(a if closed[0] else a + step, b + step if closed[1] else b, step)
    return map(date_of_number, places) if isinstance(first, Date) else places


def _place(end: Value) -> int | None:
    if isinstance(end, Date):
        return end.number
    return end if type(end) is int else None


def _nested(compiler: Compiler, iterators: tuple[s.Iterator, ...]) -> Callable[[Running, _Visit], bool | None]:
    """Goes over every combination: true when a visit ended it, null when there was nothing to go over."""
    name, source = iterators[0].name, _source(compiler, iterators[0])
    rest = _nested(compiler, iterators[1:]) if len(iterators) > 1 else None

    def go(running: Running, visit: _Visit) -> bool | None:
        items = source(running)
        if items is None:
            return None
        for item in items:
            running.step()
            scope = running.inner({name: item})
            ended = visit(scope) if rest is None else rest(scope, visit)
            if ended is not False:
                return ended
        return False

    return go


@makes(s.For)
def _for(compiler: Compiler, node: s.For) -> Closure:
    go, result = _nested(compiler, node.iterators), compiler.closure(node.result)
    looks_back = any(isinstance(each, s.Name) and each.name == "partial" for each in s.walk(node.result))

    def run(running: Running) -> Value:
        running.step()
        results: list[Value] = []

        def visit(scope: Running) -> bool:
            if looks_back:
                running.step(len(results))
                scope = scope.inner({"partial": tuple(results)})
            results.append(result(scope))
            if len(results) > running.limits.items:
                raise LimitReachedError("A list becomes longer than is allowed")
            return False

        return None if go(running, visit) is None else running.grown(tuple(results))

    return run


@makes(s.Quantified)
def _quantified(compiler: Compiler, node: s.Quantified) -> Closure:
    go, condition, all_of = _nested(compiler, node.iterators), compiler.closure(node.condition), node.all_of
    word = "every" if all_of else "some"

    def run(running: Running) -> Value:
        running.step()
        verdict = Verdict(running, all_of=all_of)

        def visit(scope: Running) -> bool:
            value = condition(scope)
            if not isinstance(value, bool):
                running.note(f"{word} needs true or false, not {kind(value)}")
                running.missing()
            return verdict.add(value)

        return None if go(running, visit) is None else verdict.value

    return run


@makes(s.Filter)
def _filter(compiler: Compiler, node: s.Filter) -> Closure:
    value, condition = compiler.closure(node.value), compiler.closure(node.condition)

    def run(running: Running) -> Value:
        running.step()
        return filtered(running, value(running), condition)

    return run


def filtered(running: Running, base: Value, condition: Closure) -> Value:
    """The items of a list for which the condition holds, or the one at the place that it gives."""
    if base is None:
        running.note("There is no list to filter")
        return None
    items = base if isinstance(base, tuple) else (base,)
    first = condition(_scope(running, items[0] if items else None))
    if not isinstance(first, bool) and kind(first) == "number":
        return _at(running, items, first)
    return _kept(running, items, first, condition)


def _scope(running: Running, item: Value) -> Running:
    """Where a filter's condition is worked out: ``item`` and, of a context, its entries."""
    return running.inner({"item": item, **item} if isinstance(item, dict) else {"item": item})


def _at(running: Running, items: tuple[Value, ...], index: Value) -> Value:
    """The item at a place, counted from 1, or from the end if it is negative."""
    if type(index) is int and 0 < abs(index) <= len(items):
        return items[index - 1 if index > 0 else index]
    running.note("The list has no item at that place")
    return None


def _kept(running: Running, items: tuple[Value, ...], first: Value, condition: Closure) -> Value:
    found: list[Value] = []
    for place, item in enumerate(items):
        running.step()
        held = first if place == 0 else condition(_scope(running, item))
        if held is True:
            found.append(item)
        elif held is None:
            running.missing()
        elif held is not False:
            running.note(f"A filter needs true or false, or a whole number, not {kind(held)}")
            return None
    return tuple(found)
