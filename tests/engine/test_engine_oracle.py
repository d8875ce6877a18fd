"""Joins in loops, where stock is wrong: the engine against a small interpreter of the same blocks.

The oracle walks the blocks a process was drawn from, never the diagram, so it shares no code and no idea
with the engine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from tests.support.diagrams import Diagram
from tests.support.runs import Driven

Facts = dict[str, bool]


@dataclass(frozen=True)
class Task:
    name: str

    def begin(self, facts: Facts) -> Open:
        return OpenTask(self.name)


@dataclass(frozen=True)
class Sequence:
    parts: tuple

    def begin(self, facts: Facts) -> Open:
        return OpenSequence(self.parts[0].begin(facts), self.parts[1:])


@dataclass(frozen=True)
class Split:
    """``kind``: parallel, choice or inclusive; each branch with the fact it hangs on (None: default)."""

    kind: str
    branches: tuple

    def begin(self, facts: Facts) -> Open:
        taken = [branch for when, branch in self.branches if when and facts[when]]
        if self.kind == "parallel":
            taken = [branch for _, branch in self.branches]
        elif not taken:
            taken = [branch for when, branch in self.branches if when is None]
        return OpenSplit(tuple(b.begin(facts) for b in (taken[:1] if self.kind == "choice" else taken)))


@dataclass(frozen=True)
class Loop:
    body: object
    enough: str

    def begin(self, facts: Facts) -> Open:
        return OpenLoop(self.body.begin(facts), self)


@dataclass(frozen=True)
class OpenTask:
    name: str

    def tasks(self) -> list[str]:
        return [self.name]

    def complete(self, task: str, facts: Facts) -> Open | None:
        return None


@dataclass(frozen=True)
class OpenSequence:
    now: Open
    later: tuple

    def tasks(self) -> list[str]:
        return self.now.tasks()

    def complete(self, task: str, facts: Facts) -> Open | None:
        left = self.now.complete(task, facts)
        if left is not None:
            return OpenSequence(left, self.later)
        return OpenSequence(self.later[0].begin(facts), self.later[1:]) if self.later else None


@dataclass(frozen=True)
class OpenSplit:
    branches: tuple

    def tasks(self) -> list[str]:
        return [task for branch in self.branches for task in branch.tasks()]

    def complete(self, task: str, facts: Facts) -> Open | None:
        left = [b.complete(task, facts) if task in b.tasks() else b for b in self.branches]
        open_ones = tuple(b for b in left if b is not None)
        return OpenSplit(open_ones) if open_ones else None


@dataclass(frozen=True)
class OpenLoop:
    body: Open
    loop: Loop

    def tasks(self) -> list[str]:
        return self.body.tasks()

    def complete(self, task: str, facts: Facts) -> Open | None:
        left = self.body.complete(task, facts)
        if left is not None:
            return OpenLoop(left, self.loop)
        return None if facts[self.loop.enough] else self.loop.begin(facts)


Open = OpenTask | OpenSequence | OpenSplit | OpenLoop


class Drawn:
    """A random tree of blocks and the diagram drawn from it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.count, self.facts = rng, 0, []
        self.diagram = Diagram()
        loop = Loop(self.block(0, must_split=True), self.fact())
        self.tree = Sequence((Task("first"), loop, Task("last")))
        self.diagram.path(self.draw(self.tree, self.diagram.start()), self.diagram.end())

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def fact(self) -> str:
        self.facts.append(self.name("is_"))
        return self.facts[-1]

    def block(self, depth: int, *, must_split: bool = False) -> object:
        kind = self.rng.choice(["task", "sequence", "parallel", "choice", "inclusive", "loop"])
        if must_split:
            kind = self.rng.choice(["parallel", "inclusive"])
        elif depth >= 3:
            kind = "task"
        if kind == "task":
            return Task(self.name("task"))
        if kind == "sequence":
            return Sequence(tuple(self.block(depth + 1) for _ in range(2)))
        if kind == "loop":
            return Loop(self.block(depth + 1), self.fact())
        size = self.rng.randint(2, 3)
        whens = [None, *(self.fact() for _ in range(size - 1))] if kind != "parallel" else [None] * size
        return Split(kind, tuple((when, self.block(depth + 1)) for when in whens))

    def draw(self, block: object, last: str) -> str:
        """Draw a block after ``last``; the id it ends with."""
        d = self.diagram
        if isinstance(block, Task):
            d.flow(last, d.task(block.name))
            return block.name
        if isinstance(block, Sequence):
            for part in block.parts:
                last = self.draw(part, last)
            return last
        if isinstance(block, Loop):
            d.flow(last, back := d.exclusive(self.name("again")))
            turn = self.name("enough")
            end = self.draw(block.body, back)
            d.path(end, d.exclusive(turn, default=f"f_{turn}_{back}"), back)
            d.flow(turn, after := d.exclusive(self.name("after")), block.enough)
            return after
        assert isinstance(block, Split)
        split, join = self.name("split"), self.name("join")
        kinds = {"parallel": "parallelGateway", "choice": "exclusiveGateway", "inclusive": "inclusiveGateway"}
        d.add(kinds[block.kind], split, default=None if block.kind == "parallel" else f"default_{split}")
        d.add(kinds[block.kind], join)
        d.flow(last, split)
        for when, branch in block.branches:
            step = d.exclusive(self.name("step"))
            default = None if when or block.kind == "parallel" else f"default_{split}"
            d.flow(split, step, when, default)
            d.path(self.draw(branch, step), join)
        return join


def play(seed: int) -> None:
    rng = random.Random(seed)
    drawn = Drawn(rng)

    def facts() -> Facts:
        return {name: rng.random() < 0.4 for name in drawn.facts}

    known = facts()
    run = Driven(drawn.diagram, known)
    oracle: Open | None = drawn.tree.begin(known)
    for _ in range(120):
        expected = sorted(oracle.tasks()) if oracle else []
        assert run.open == expected, f"seed {seed} after {run.act_no} acts"
        if oracle is None:
            break
        task = rng.choice(expected)
        known = facts()
        run.facts = dict(known)
        run.complete(task)
        oracle = oracle.complete(task, known)
        assert run.incidents == []
    assert (run.outcome is not None) is (oracle is None)


@pytest.mark.parametrize("block", range(10))
def test_joins_in_loops_wait_for_exactly_what_is_open(block: int) -> None:
    """defect:stock table 3 (17 of 40 random runs of stock go on too early, 6 crash)."""
    for seed in range(block * 20, block * 20 + 20):
        play(seed)


@pytest.mark.parametrize("seed", range(20))
def test_an_unstructured_join_in_a_loop_waits_for_every_branch(seed: int) -> None:
    """Nested splits into one join of three, a loop in a branch, an interrupting event, a loop around all."""
    rng = random.Random(seed)
    d = Diagram()
    d.path(d.start(), d.exclusive("lj"), d.task("b0"), d.parallel("s1"), d.task("A"), d.exclusive("ag"),
           d.parallel("j1"), d.task("D"), d.exclusive("og", default="f_og_lj"), "lj")
    d.path("s1", d.task("Bpre"), d.parallel("s2"), d.task("B"), "j1")
    d.path("s2", d.exclusive("cj"), d.task("C"), d.task("C2"), d.exclusive("cg", default="f_cg_j1"), "j1")
    d.flow("cg", "cj", "again")
    d.path(d.on_limit("it", "A", "T1", interrupting=True), "ag")
    d.path(d.on_limit("ni", "C2", "T2", interrupting=False), d.task("niU"), d.end("e2"))
    d.flow("og", d.end("e1", "done"), "stop")
    run = Driven(d, {"again": False, "stop": False})
    for n in range(160):
        if "D" in run.open:
            assert not {"A", "B", "Bpre", "C", "C2", "it"} & set(run.open), f"early, seed {seed} act {n}"
        wait = rng.choice(run.waits)
        run.facts = {"again": rng.random() < 0.4, "stop": n > 120}
        run.fire(wait.element) if wait.kind == "limit" else run.complete(wait.element)
        if run.outcome is not None:
            break
        assert run.open
    assert run.outcome in ("done", None)
