"""Random processes, random order: the engine, saved and reloaded at every step, does what live stock does.

Only where stock is right: no joins in loops (see the oracle), no conditions on unknown facts.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from nrm.vocabulary.happenings import StepPassed, WaitKind
from tests.support.random_process import RandomProcess
from tests.support.runs import Driven
from tests.support.stock import Stock

ITEMS = {"members": ["m-1", "m-2"]}


def play(seed: int) -> str:
    rng = random.Random(seed)
    process = RandomProcess(rng)

    def facts() -> dict[str, bool]:
        # Loops end more often than not, so that runs reach their end.
        return {name: rng.random() < 0.6 for name in process.facts}

    known = facts()
    ours = Driven(process.diagram, known, items=ITEMS)
    stock = Stock(process.diagram, known)
    happened: set[str] = set()
    for _ in range(150):
        waits = [w for w in ours.waits if w.element not in happened]
        assert Counter(w.element for w in waits) == stock.open, f"seed {seed} after {ours.act_no} acts"
        assert (ours.outcome is not None) == stock.over
        if not waits:
            break
        wait = rng.choice(waits)
        known = facts()
        ours.facts = dict(known)
        if wait.kind is WaitKind.MESSAGE:
            ours.deliver(wait.element)
            stock.deliver(wait.element, known)
            if wait.element in process.once:
                happened.add(wait.element)
        else:
            same = [w for w in waits if w.element == wait.element]
            ours.complete(wait.element, wait.item)
            stock.complete(wait.element, known, same.index(wait))
            # Entering the host again arms its event again; stock's own is compared from then on.
            happened -= {w.element for w in ours.new if getattr(w, "host", None)}
        assert ours.incidents == []
    tasks = Counter(
        h.element for h in ours.all if isinstance(h, StepPassed) and h.outcome == "completed"
        and h.element.startswith(("task", "each", "beside")) and (h.item or not h.element.startswith("each")))
    assert tasks == stock.completed
    return "ended" if ours.outcome is not None else "still open"


@pytest.mark.parametrize("block", range(10))
def test_the_engine_does_what_stock_does(block: int) -> None:
    ended = [play(seed) for seed in range(block * 12, block * 12 + 12)]
    assert ended.count("ended") >= 6
