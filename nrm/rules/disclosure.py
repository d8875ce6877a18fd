"""Numbers that point at nobody: small ones are withheld, and others with them, so that none can be worked out again.

A table with its totals is a circulation: what goes from the total into a row goes on into its cells, from there into
the columns and back into the total. How large a withheld number could be, for somebody who knows the numbers that
stand there, is the largest flow that could go round through it (domain 4.2, C2, C3, goal:S13).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

TOTAL = ""
"""Stands for all rows, or all columns. No row and no column is called so."""
Place = tuple[str, str]
"""A row and a column; ``TOTAL`` in place of either for a margin."""
_Node = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """A table as it may be told: None where a number is withheld. What is missing from ``cells`` is nought."""

    cells: Mapping[Place, int | None]
    rows: Mapping[str, int | None]
    columns: Mapping[str, int | None]
    total: int | None


def tell(counts: Mapping[Place, int], smallest: int) -> Told:
    """Return a table, its margins and its total without any number from 1 to ``smallest`` - 1.

    Further numbers are withheld until every small one might be ``smallest`` or more for all that is told.
    A table with one column is told as its rows.
    """
    arcs = _arcs({place: count for place, count in counts.items() if count})
    hidden = {place for place, arc in arcs.items() if arc.count < smallest}
    for place in sorted(hidden, key=lambda one: (arcs[one].count, one)):
        _protect(place, arcs, hidden, smallest)
    told = {place: None if place in hidden else arc.count for place, arc in arcs.items()}
    return Told(
        {place: told[place] for place in sorted(counts) if place in told},
        {row: told[row, TOTAL] for row, column in sorted(told) if row != TOTAL and column == TOTAL},
        {column: told[TOTAL, column] for row, column in sorted(told) if row == TOTAL and column != TOTAL},
        told.get((TOTAL, TOTAL), 0),
    )


@dataclass(frozen=True, slots=True)
class _Arc:
    begin: _Node
    end: _Node
    count: int


@dataclass(slots=True)
class _Way:
    """One step of a way round: along an arc (its number grows) or against it (its number shrinks)."""

    place: Place
    end: _Node
    room: float
    cost: int
    along: bool = field(default=True)


def _arcs(counts: Mapping[Place, int]) -> dict[Place, _Arc]:
    rows, columns = defaultdict[str, int](int), defaultdict[str, int](int)
    for (row, column), count in counts.items():
        rows[row] += count
        columns[column] += count
    top, bottom = ("column", TOTAL), ("row", TOTAL)
    arcs = {(row, column): _Arc(("row", row), ("column", column), n) for (row, column), n in counts.items()}
    arcs.update({(row, TOTAL): _Arc(top, ("row", row), n) for row, n in rows.items()})
    arcs.update({(TOTAL, column): _Arc(("column", column), bottom, n) for column, n in columns.items()})
    if counts:
        arcs[TOTAL, TOTAL] = _Arc(bottom, top, sum(counts.values()))
    return arcs


def _protect(place: Place, arcs: Mapping[Place, _Arc], hidden: set[Place], smallest: int) -> None:
    """Withhold more numbers, as little as possible, until the one at this place might be large enough."""
    arc, flow = arcs[place], defaultdict[Place, int](int)
    missing = smallest - arc.count
    while missing > 0:
        way = _cheapest_way(arc, place, arcs, hidden, flow)
        hidden.update(step.place for step in way)
        room = min([missing, *(step.room for step in way)])
        for step in way:
            flow[step.place] += int(room if step.along else -room)
        missing -= int(room)


def _cheapest_way(
    arc: _Arc, place: Place, arcs: Mapping[Place, _Arc], hidden: set[Place], flow: Mapping[Place, int]
) -> Sequence[_Way]:
    """Return the way from the arc's end back to its begin that withholds least. There always is one."""
    steps = _steps(place, arcs, hidden, flow)
    queue: list[tuple[int, _Node]] = [(0, arc.end)]
    best: dict[_Node, int] = {arc.end: 0}
    came: dict[_Node, tuple[_Node, _Way]] = {}
    while queue:
        cost, node = heapq.heappop(queue)
        if node == arc.begin:
            break
        for step in steps[node]:
            if cost + step.cost < best.get(step.end, cost + step.cost + 1):
                best[step.end], came[step.end] = cost + step.cost, (node, step)
                heapq.heappush(queue, (cost + step.cost, step.end))
    return list(_back(arc, came))


def _steps(
    place: Place, arcs: Mapping[Place, _Arc], hidden: set[Place], flow: Mapping[Place, int]
) -> dict[_Node, list[_Way]]:
    found: dict[_Node, list[_Way]] = defaultdict(list)
    for other, arc in arcs.items():
        if other == place:
            continue
        cost = 0 if other in hidden else arc.count
        found[arc.begin].append(_Way(other, arc.end, float("inf"), cost))
        if arc.count + flow[other] > 0:
            found[arc.end].append(_Way(other, arc.begin, arc.count + flow[other], cost, along=False))
    return found


def _back(arc: _Arc, came: Mapping[_Node, tuple[_Node, _Way]]) -> Iterator[_Way]:
    node = arc.begin
    while node != arc.end:
        node, step = came[node]
        yield step
