"""goal:S13: from everything that is told of small numbers, none can be worked out, by sums, differences or limits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrm.rules.disclosure import TOTAL, Place, Told, tell
from tests.support.goals import Reached
from tests.support.long import LONG

SMALLEST = 11
NAMES = ("a", "b", "c", "d", "e")
TABLES = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(("x", "y", "z", "w"))),
    st.one_of(st.integers(0, 14), st.integers(0, 200)), max_size=20,
)
MANY = 20_000 if LONG else 300


def margins(counts: dict[Place, int]) -> dict[Place, int]:
    """Every number of a table: cells that are not nought, rows, columns and the total."""
    found: dict[Place, int] = {}
    for (row, column), count in counts.items():
        if count:
            for place in ((row, column), (row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
                found[place] = found.get(place, 0) + count
    return found


def numbers(told: Told) -> dict[Place, int | None]:
    """Every number as it is told."""
    return {
        **told.cells, **{(row, TOTAL): count for row, count in told.rows.items()},
        **{(TOTAL, column): count for column, count in told.columns.items()}, (TOTAL, TOTAL): told.total,
    }


def equations(places: list[Place]) -> list[dict[Place, int]]:
    """What everybody knows of a table: cells make rows and columns, and those make the total."""
    def line(whole: Place, parts: list[Place]) -> dict[Place, int]:
        return {whole: -1, **dict.fromkeys(parts, 1)}

    rows = [place for place in places if place[1] == TOTAL and place[0] != TOTAL]
    columns = [place for place in places if place[0] == TOTAL and place[1] != TOTAL]
    cells = [place for place in places if TOTAL not in place]
    return [
        *(line(row, [cell for cell in cells if cell[0] == row[0]]) for row in rows),
        *(line(column, [cell for cell in cells if cell[1] == column[1]]) for column in columns),
        line((TOTAL, TOTAL), rows), line((TOTAL, TOTAL), columns),
    ]


def solved(told: dict[Place, int | None]) -> dict[Place, Fraction]:
    """What exact elimination over all equations says of withheld numbers."""
    unknown = [place for place, count in told.items() if count is None]
    lines = [
        [Fraction(line.get(place, 0)) for place in unknown]
        + [Fraction(-sum(factor * (told[place] or 0) for place, factor in line.items()))]
        for line in equations(list(told))
    ]
    done = 0
    for column in range(len(unknown)):
        pivot = next((n for n in range(done, len(lines)) if lines[n][column]), None)
        if pivot is None:
            continue
        lines[done], lines[pivot] = lines[pivot], lines[done]
        head = lines[done] = [value / lines[done][column] for value in lines[done]]
        for number, line in enumerate(lines):
            if number != done and line[column]:
                lines[number] = [value - line[column] * by for value, by in zip(line, head, strict=True)]
        done += 1
    found = {}
    for line in lines[:done]:
        known = [n for n, value in enumerate(line[:-1]) if value]
        if len(known) == 1:
            found[unknown[known[0]]] = line[-1]
    return found


def most(told: dict[Place, int | None]) -> dict[Place, float]:
    """The largest that each withheld number can be, by narrowing limits until nothing changes."""
    low = {place: float(count or 0) for place, count in told.items()}
    high = {place: float("inf") if count is None else float(count) for place, count in told.items()}
    changed = True
    while changed:
        changed = False
        for line in equations(list(told)):
            for place, factor in line.items():
                others = [(other, by) for other, by in line.items() if other != place]
                # place = -factor * sum(by * other): the most and the least that can be
                up = sum((high if -factor * by > 0 else low)[other] * -factor * by for other, by in others)
                down = sum((low if -factor * by > 0 else high)[other] * -factor * by for other, by in others)
                if up < high[place] or down > low[place]:
                    high[place], low[place], changed = min(up, high[place]), max(down, low[place]), True
    return high


def derived(counts: dict[Place, int], told: Told) -> list[str]:
    """Every way in which a small number can still be known."""
    small = {place for place, count in margins(counts).items() if count < SMALLEST}
    shown = numbers(told)
    found = [f"{place} stands there" for place in sorted(small) if shown[place] is not None]
    found += [f"{place} is {value}" for place, value in solved(shown).items() if place in small]
    return found + [f"{place} is at most {high}" for place, high in most(shown).items()
                    if place in small and high < SMALLEST]


@settings(max_examples=MANY, deadline=None)
@given(TABLES)
def test_no_small_number_can_be_worked_out(counts: dict[Place, int]) -> None:
    told = tell(counts, SMALLEST)
    assert derived(counts, told) == []
    true = margins(counts) or {(TOTAL, TOTAL): 0}
    shown = numbers(told)
    assert shown.keys() == true.keys()
    assert all(count in (None, true[place]) for place, count in shown.items()), "what stands there is true"


def test_the_goal_is_reached(reached: Reached) -> None:
    reached("S13", f"{MANY} random tables with margins, no number under {SMALLEST} derived by sums or limits")


@pytest.mark.parametrize(("counts", "withheld"), [
    ({}, set()),
    ({("a", "x"): 11, ("a", "y"): 30}, set()),
    # Alone it could be taken from its row, its column and the total: others go with it.
    ({("a", "x"): 3, ("a", "y"): 40, ("b", "x"): 20, ("b", "y"): 50},
     {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}),
    # So few in all that nothing can be told.
    ({("a", "x"): 3}, {("a", "x"), ("a", TOTAL), (TOTAL, "x"), (TOTAL, TOTAL)}),
    # One column: its cells are its rows.
    ({("a", "x"): 3, ("b", "x"): 12, ("c", "x"): 40},
     {("a", "x"), ("a", TOTAL), ("b", "x"), ("b", TOTAL)}),
    # The seed of the domain: Cambodia's two women; Thailand (0, 70) does not protect them, Colombia does.
    ({("KH", "f"): 2, ("KH", "m"): 302, ("TH", "m"): 70, ("CO", "f"): 20, ("CO", "m"): 95, ("ID", "f"): 5929,
      ("ID", "m"): 819}, {("KH", "f"), ("KH", "m"), ("CO", "f"), ("CO", "m")}),
])
def test_tables(counts: dict[Place, int], withheld: set[Place]) -> None:
    told = tell(counts, SMALLEST)
    assert {place for place, count in numbers(told).items() if count is None} == withheld
    assert derived(counts, told) == []


def test_the_check_itself_finds_what_can_be_worked_out() -> None:
    counts = {("a", "x"): 3, ("a", "y"): 40, ("b", "x"): 20, ("b", "y"): 50}
    true = margins(counts)
    naive = Told(
        {place: count if count >= SMALLEST else None for place, count in counts.items()},
        {"a": true["a", TOTAL], "b": true["b", TOTAL]}, {"x": true[TOTAL, "x"], "y": true[TOTAL, "y"]}, 113,
    )
    assert derived(counts, naive) == ["('a', 'x') is 3", "('a', 'x') is at most 3.0"]
