"""Random block-structured processes for tests that compare or watch whole runs."""

from __future__ import annotations

import random

from tests.support.diagrams import Diagram


class RandomProcess:
    """A block-structured process; ``facts`` are the plain names its conditions read.

    ``once`` are its message events that do not interrupt. Without ``anything``, only what stock gets right.
    """

    def __init__(self, rng: random.Random, *, anything: bool = False) -> None:
        self.rng = rng
        self.anything = anything
        self.facts: list[str] = []
        self.once: set[str] = set()
        self.count = 0
        self.diagram = Diagram()
        self.diagram.start()
        last = self.sequence(self.diagram, "start", depth=0, loop=False)
        self.diagram.path(last, self.diagram.end("end", "done"))

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def fact(self) -> str:
        self.facts.append(self.name("is_"))
        return self.facts[-1]

    def sequence(self, d: Diagram, last: str, *, depth: int, loop: bool) -> str:
        for _ in range(self.rng.randint(1, 3)):
            kinds = ["task", "task", "repeated", "guarded"]
            if depth < 3:
                kinds += ["choice", "loop"]
                if self.anything or not loop:
                    kinds += ["parallel", "inclusive", "events"]
            if d is self.diagram and depth < 3:
                kinds.append("embedded")
            last = getattr(self, self.rng.choice(kinds))(d, last, depth, loop)
        return last

    def task(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        d.flow(last, d.task(task := self.name("task")))
        return task

    def repeated(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        task = d.task(self.name("each"), each="members", sequential=self.rng.random() < 0.5)
        d.flow(last, task)
        return task

    def guarded(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        host = (self.task if self.rng.random() < 0.7 else self.repeated)(d, last, depth, loop)
        interrupting = self.rng.random() < 0.5
        event = d.on_message(self.name("event"), host, "news", interrupting=interrupting)
        if not interrupting:
            self.once.add(event)
        d.path(event, beside := d.task(self.name("beside")))
        if interrupting:
            merge = d.exclusive(self.name("merge"))
            d.path(host, merge)
            d.path(beside, merge)
            return merge
        d.path(beside, d.end(self.name("end")))
        return host

    def branches(self, d: Diagram, split: str, join: str, depth: int, loop: bool,
                 when: list[str | None]) -> str:
        for condition in when:
            default = None if condition or split.startswith("split") else f"default_{split}"
            d.flow(split, first := d.task(self.name("task")), condition, default)
            last = self.sequence(d, first, depth=depth + 1, loop=loop) if self.rng.random() < 0.6 else first
            d.path(last, join)
        return join

    def choice(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        split = self.name("choice")
        d.exclusive(split, default=f"default_{split}")
        d.flow(last, split)
        join = d.exclusive(self.name("merge"))
        return self.branches(d, split, join, depth, loop, [None, self.fact(), self.fact()])

    def parallel(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        split, join = d.parallel(self.name("split")), d.parallel(self.name("join"))
        d.flow(last, split)
        return self.branches(d, split, join, depth, loop, [None] * self.rng.randint(2, 3))

    def inclusive(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        split = self.name("several")
        d.inclusive(split, default=f"default_{split}")
        d.flow(last, split)
        join = d.inclusive(self.name("together"))
        for condition in [None, self.fact(), self.fact()]:
            # Stock's inclusive join misjudges branches that hold gateways: they stay plain there.
            default = None if condition else f"default_{split}"
            d.flow(split, first := d.task(self.name("task")), condition, default)
            if self.anything:
                d.path(self.sequence(d, first, depth=depth + 1, loop=loop), join)
            else:
                d.path(first, d.task(self.name("task")), join)
        return join

    def events(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        gate, merge = d.first_of(self.name("gate")), d.exclusive(self.name("merge"))
        d.flow(last, gate)
        for _ in range(2):
            event = d.catch_message(self.name("came"), self.name("news"))
            d.path(gate, event, d.task(self.name("task")), merge)
        return merge

    def loop(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        back = d.exclusive(self.name("again"))
        d.flow(last, back)
        end = self.sequence(d, back, depth=depth + 1, loop=True)
        turn = self.name("enough")
        d.exclusive(turn, default=f"f_{turn}_{back}")
        d.flow(end, turn)
        d.flow(turn, back)
        d.flow(turn, after := d.task(self.name("task")), self.fact())
        return after

    def embedded(self, d: Diagram, last: str, depth: int, loop: bool) -> str:
        inside = Diagram(self.name("inside"))
        inside.start(first := self.name("in_start"))
        inside.path(self.sequence(inside, first, depth=depth + 1, loop=loop), inside.end(self.name("in_end")))
        d.flow(last, d.sub(inside))
        return inside.id
