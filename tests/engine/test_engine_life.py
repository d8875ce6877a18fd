"""Whole lives of random runs: what the happenings say is always what the state holds."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from nrm import engine
from nrm.vocabulary.happenings import IncidentRaised, RunEnded, StepPassed, WaitGone, WaitKind, WaitOpened
from tests.support.random_process import RandomProcess
from tests.support.runs import NOW, Driven


class Watched:
    """A run and what the commands would know of it from happenings alone."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.process = RandomProcess(self.rng, anything=True)
        self.open: dict[str, WaitOpened] = {}
        self.steps: set[str] = set()
        self.run = Driven(self.process.diagram, self.facts(), items=self.items())
        self.heard()

    def facts(self) -> dict[str, object]:
        """Some facts are not known, and some are of the wrong kind."""
        return {name: self.rng.choice([True, True, True, True, False, False, False, None, "yes"])
                for name in self.process.facts}

    def items(self) -> dict[str, list[str]]:
        return {} if self.rng.random() < 0.1 else {"members": ["m-1", "m-2", "m-3"][:self.rng.randint(0, 3)]}

    def act(self) -> None:
        run = self.run
        run.facts, run.items = self.facts(), self.items()
        stops = engine.standing(run.program, run.state)
        if not self.open or (stops and self.rng.random() < 0.5):
            element = self.rng.choice(stops).element
            raised = [h for h in run.all if isinstance(h, IncidentRaised) and h.element == element]
            flows = raised[0].flows
            run.retry(element, self.rng.choice(flows) if flows and self.rng.random() < 0.5 else None)
            self.heard()
            return
        wait = self.rng.choice(list(self.open.values()))
        act = engine.deliver if wait.kind is WaitKind.MESSAGE else engine.complete
        run._took(act(run.program, run.state, run_id=run.run_id, wait_id=wait.wait_id, facts=run.facts,
                      now=NOW, act_no=run._next(), items=run.items))
        del self.open[wait.wait_id]
        self.heard()

    def heard(self) -> None:
        """Take in the happenings of the last act, and compare with the state."""
        for happening in self.run.new:
            if isinstance(happening, WaitGone):
                assert self.open.pop(happening.wait_id).kind is happening.kind
            elif isinstance(happening, WaitOpened):
                assert happening.wait_id not in self.open
                self.open[happening.wait_id] = happening
            elif isinstance(happening, StepPassed):
                assert happening.step_id not in self.steps, "a step is reported once"
                assert happening.parent_id != happening.step_id
                self.steps.add(happening.step_id)
        assert {w.wait_id for w in self.run.waits} == set(self.open)
        ended = Counter(type(h) for h in self.run.all)[RunEnded]
        assert ended == (0 if self.open or engine.standing(self.run.program, self.run.state) else 1)

    def cancelled(self) -> None:
        """From here, cancelling takes every open wait away, and says so."""
        run = self.run
        gone = engine.cancel(run.program, run.state, run_id=run.run_id, now=NOW, act_no=run.act_no + 1)
        assert {h.wait_id for h in gone.happenings if isinstance(h, WaitGone)} == set(self.open)
        assert engine.open_waits(run.program, gone.state) == ()
        assert engine.standing(run.program, gone.state) == ()


@pytest.mark.parametrize("block", range(8))
def test_what_is_said_is_what_is(block: int) -> None:
    ends = 0
    for seed in range(block * 10, block * 10 + 10):
        watched = Watched(seed)
        for _ in range(60):
            watched.cancelled()
            if watched.run.outcome is not None:
                ends += 1
                break
            watched.act()
    assert ends >= 3


@pytest.mark.parametrize("seed", range(20))
def test_every_step_leads_back_to_the_start(seed: int) -> None:
    watched = Watched(seed)
    for _ in range(40):
        if watched.run.outcome is not None:
            break
        watched.act()
    parents = {h.step_id: h.parent_id for h in watched.run.all if isinstance(h, StepPassed)}
    still_open = {p for p in parents.values() if p is not None} - set(parents)
    # Only what is still open (a subprocess, a repetition) may be named and not yet have been passed.
    if watched.run.outcome is not None:
        assert not still_open
    assert [step for step, parent in parents.items() if parent is None] == [next(iter(parents))]
