"""The row loop of every table, and what a row beside a process expects, whoever did it and whoever looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.scenarios.reading import Row

AnyRow = TypeVar("AnyRow")


@dataclass(frozen=True, slots=True)
class Seen:
    """How the run of a scenario stands after a row. ``has_twin``: the case has another run of the same process."""

    open: Sequence[str]
    ended: str | None
    acted: Sequence[str]
    facts: Mapping[str, object]
    incidents: int = 0
    has_twin: bool = False


def play(title: str, rows: Iterable[AnyRow], do: Callable[[AnyRow], None]) -> None:
    """Do every row and see what it expects; what goes wrong names its row."""
    for number, row in enumerate(rows, start=1):
        try:
            do(row)
        except Exception as wrong:
            wrong.add_note(f"{title}: row {number}: {row} {getattr(wrong, 'fields', '')}")
            raise


def check(row: Row, seen: Seen) -> None:
    """Compare what a row says with what was seen; AssertionError where they differ."""
    expects = row.expects
    assert not seen.incidents
    if "ended" in expects:
        assert (seen.ended, sorted(seen.open)) == (expects["ended"], [])
    elif "open" in expects:
        assert sorted(seen.open) == sorted(expects["open"])
    if "acted" in expects:
        wanted, acted = Counter(expects["acted"]), Counter(seen.acted)
        # An action may start a second run of the same process, whose own actions stand beside.
        assert wanted == acted or (seen.has_twin and wanted <= acted), acted
    # What the row says the form, its act or a table has set is really there.
    told = {**row.facts, **expects.get("decided", {})}
    assert {name: seen.facts.get(name) for name in told} == told
