"""Drives a run in tests as the commands do: state saved after every act, waits found by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from nrm import engine
from nrm.vocabulary.happenings import (
    Advance,
    FactsDecided,
    Happening,
    IncidentRaised,
    RunEnded,
    StepPassed,
    WaitGone,
    WaitOpened,
)
from tests.support.diagrams import Diagram

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Driven:
    """One run of a diagram. Nothing but bytes lives between two acts.

    ``facts`` are what the case knows; what a table decides is put there, as the commands do.
    ``new`` are the happenings of the last act, ``all`` those of all acts.
    """

    def __init__(self, diagram: Diagram, facts: Mapping[str, object] | None = None, *, run_id: str = "run-1",
                 items: Mapping[str, Sequence[str]] | None = None, begin: bool = True) -> None:
        self.program = engine.load(diagram.bundle())
        self.run_id = run_id
        self.facts: dict[str, object] = dict(facts or {})
        self.items = dict(items or {})
        self.act_no = 0
        self.state = b""
        self.new: tuple[Happening, ...] = ()
        self.all: list[Happening] = []
        if begin:
            self._took(engine.start(
                self.program, run_id=run_id, facts=self.facts, now=NOW, items=self.items))

    # acts

    def complete(self, element: str, item: str | None = None, **facts: object) -> Driven:
        self.facts.update(facts)
        return self._took(engine.complete(
            self.program, self.state, run_id=self.run_id, wait_id=self.wait(element, item).wait_id,
            facts=self.facts, now=NOW, act_no=self._next(), items=self.items))

    def fire(self, element: str) -> Driven:
        return self._took(engine.fire(
            self.program, self.state, run_id=self.run_id, wait_id=self.wait(element).wait_id,
            facts=self.facts, now=NOW, act_no=self._next(), items=self.items))

    def deliver(self, element: str) -> Driven:
        return self._took(engine.deliver(
            self.program, self.state, run_id=self.run_id, wait_id=self.wait(element).wait_id,
            facts=self.facts, now=NOW, act_no=self._next(), items=self.items))

    def retry(self, element: str, choose: str | None = None, **facts: object) -> Driven:
        self.facts.update(facts)
        return self._took(engine.retry(
            self.program, self.state, run_id=self.run_id, element=element, facts=self.facts, now=NOW,
            act_no=self._next(), choose=choose, items=self.items))

    def cancel(self) -> Driven:
        return self._took(engine.cancel(
            self.program, self.state, run_id=self.run_id, now=NOW, act_no=self._next()))

    # where it stands

    @property
    def waits(self) -> tuple[WaitOpened, ...]:
        return engine.open_waits(self.program, self.state)

    @property
    def open(self) -> list[str]:
        """Elements of the open waits, sorted; a repeated one as ``element:item``."""
        return sorted(w.element if w.item is None else f"{w.element}:{w.item}" for w in self.waits)

    def wait(self, element: str, item: str | None = None) -> WaitOpened:
        found = [w for w in self.waits if w.element == element and (item is None or w.item == item)]
        assert found, f"no open wait at {element}; open: {self.open}"
        return found[0]

    @property
    def outcome(self) -> str | None:
        return next((h.outcome for h in self.all if isinstance(h, RunEnded)), None)

    @property
    def passed(self) -> list[str]:
        """Elements passed in the last act, in order; a cancelled one with an exclamation mark."""
        marks = {"completed": "", "cancelled": "!"}
        return [h.element + marks[h.outcome] for h in self.new if isinstance(h, StepPassed)]

    @property
    def gone(self) -> list[str]:
        return sorted(h.element for h in self.new if isinstance(h, WaitGone))

    @property
    def opened(self) -> list[str]:
        return sorted(h.element for h in self.new if isinstance(h, WaitOpened))

    @property
    def incidents(self) -> list[IncidentRaised]:
        return [h for h in self.new if isinstance(h, IncidentRaised)]

    def _next(self) -> int:
        self.act_no += 1
        return self.act_no

    def _took(self, advance: Advance) -> Driven:
        self.state, self.new = advance.state, advance.happenings
        self.all += advance.happenings
        for happening in advance.happenings:
            if isinstance(happening, FactsDecided):
                self.facts.update(happening.facts)
        return self
