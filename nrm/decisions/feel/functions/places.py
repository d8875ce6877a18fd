"""Functions of places in a list: 1 is the first, -1 the last (DMN 1.5, table 75)."""

from __future__ import annotations

from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions.signatures import function, listed, same, whole
from nrm.decisions.feel.kinds import FunctionValue, Value


def _index(running: Running, name: str, length: int, position: int) -> int | None:
    """The 0-based index of a position from either end; ``None`` with a note outside the list."""
    if position == 0 or abs(position) > length:
        running.note(f"{name}() was given a place that is not in the list")
        return None
    return position - 1 if position > 0 else length + position


def _sublist(running: Running, items: tuple[Value, ...], start: int, length: int | None = None) -> Value:
    index = _index(running, "sublist", len(items), start)
    if index is None:
        return None
    if length is not None and not 1 <= length <= len(items) - index:
        running.note("sublist() was given a length that the list does not have")
        return None
    return listed(running, items[index : None if length is None else index + length])


def _insert_before(running: Running, items: tuple[Value, ...], position: int, item: Value) -> Value:
    index = _index(running, "insert before", len(items), position)
    return None if index is None else listed(running, (*items[:index], item, *items[index:]))


def _remove(running: Running, items: tuple[Value, ...], position: int) -> Value:
    index = _index(running, "remove", len(items), position)
    return None if index is None else listed(running, items[:index] + items[index + 1 :])


def _replace(running: Running, items: tuple[Value, ...], where: Value, item: Value) -> Value:
    if isinstance(where, FunctionValue):
        return _replace_matching(running, items, where, item)
    position = whole(where)
    if position is None:
        running.note("list replace() needs a place in the list, or a function that finds one")
        return None
    index = _index(running, "list replace", len(items), position)
    return None if index is None else listed(running, (*items[:index], item, *items[index + 1 :]))


def _replace_matching(running: Running, items: tuple[Value, ...], match: FunctionValue, new: Value) -> Value:
    replaced: list[Value] = []
    for item in listed(running, items):
        answer = running.invoke(match, (item, new))
        if not isinstance(answer, bool):
            running.note("list replace() needs a function that gives true or false for every item")
            return None
        replaced.append(new if answer else item)
    return tuple(replaced)


def _index_of(running: Running, items: tuple[Value, ...], match: Value) -> Value:
    running.step(len(items))
    return tuple(place for place, item in enumerate(items, start=1) if same(running, item, match))


PLACES = (
    function("sublist", "list", ("list: list, start position: integer, length?: integer", _sublist)),
    function("insert before", "list", ("list: list, position: integer, newItem: any", _insert_before)),
    function("remove", "list", ("list: list, position: integer", _remove)),
    function(
        "list replace", "list",
        ("list: list, position: any, newItem: any", _replace), ("list: list, match: any, newItem: any", _replace),
    ),
    function("index of", "list", ("list: list, match: any", _index_of)),
)
