"""Functions that make one value of many (DMN 1.5, table 75): extremes, sums, means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from nrm.decisions.feel.decimals import ARITHMETIC, Number, calculated, is_number, plain
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions.signatures import Function, Plain, function
from nrm.decisions.feel.kinds import Value
from nrm.decisions.feel.operators import ordered

_Numbers = tuple[Number, ...]


def _extreme(name: str, operator: str) -> Plain:
    def body(running: Running, items: tuple[Value, ...]) -> Value:
        running.step(len(items))
        best: Value = items[0] if items else None
        for item in items:
            better = ordered(operator, item, best)
            if better is None:
                running.note(f"{name}() needs numbers, texts or dates, all of one kind")
                return None
            best = item if better else best
        return best

    return body


def _of_numbers(name: str, work_out: Callable[[_Numbers], Value]) -> Plain:
    """Null with a note where an item is no number or the numbers grow too large; counts the items as work."""

    def body(running: Running, items: tuple[Value, ...]) -> Value:
        running.step(len(items))
        numbers = tuple(item for item in items if is_number(item))
        if len(numbers) < len(items):
            running.note(f"{name}() needs numbers")
            return None
        return work_out(numbers)

    return body


def _folded(operator: str, numbers: _Numbers) -> Number | None:
    result: Number | None = numbers[0] if numbers else None
    for number in numbers[1:]:
        result = None if result is None else calculated(operator, result, number)
    return result


def _sum(numbers: _Numbers) -> Number | None:
    return _folded("+", numbers)


def _product(numbers: _Numbers) -> Value:
    return _folded("*", numbers)


def _mean(numbers: _Numbers) -> Number | None:
    total = _sum(numbers)
    return None if total is None else calculated("/", total, len(numbers))


def _median(numbers: _Numbers) -> Value:
    half = len(numbers) // 2
    ranked = tuple(sorted(numbers))
    if len(numbers) % 2:
        return ranked[half]
    return _mean(ranked[half - 1 : half + 1])


def _stddev(numbers: _Numbers) -> Value:
    """The sample standard deviation."""
    mean = _mean(numbers)
    if mean is None or len(numbers) < 2:
        return None
    apart = tuple(calculated("-", number, mean) for number in numbers)
    squares = tuple(calculated("*", each, each) for each in apart if each is not None)
    known = tuple(each for each in squares if each is not None)
    total = _sum(known) if len(known) == len(numbers) else None
    variance = None if total is None else calculated("/", total, len(numbers) - 1)
    return None if variance is None else plain(ARITHMETIC.sqrt(variance))


def _mode(numbers: _Numbers) -> Value:
    counts = Counter(numbers)
    most = max(counts.values(), default=0)
    return tuple(sorted(number for number, count in counts.items() if count == most))


def _one_of_many(name: str, gives: str, body: Plain, each: str = "n") -> Function:
    """Takes one list, or its items as arguments."""
    return function(name, gives, ("list: list", body), (f"{each}...: any", body))


STATISTICS = (
    _one_of_many("min", "", _extreme("min", "<"), "c"),
    _one_of_many("max", "", _extreme("max", ">"), "c"),
    _one_of_many("sum", "number", _of_numbers("sum", _sum)),
    _one_of_many("product", "number", _of_numbers("product", _product)),
    _one_of_many("mean", "number", _of_numbers("mean", _mean)),
    _one_of_many("median", "number", _of_numbers("median", _median)),
    _one_of_many("stddev", "number", _of_numbers("stddev", _stddev)),
    _one_of_many("mode", "list", _of_numbers("mode", _mode)),
)
