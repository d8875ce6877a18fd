"""Runs a scenario through the engine alone: state is bytes between two rows, facts are what the forms set."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import cache

from nrm import engine
from nrm.deployment.paths import shipped
from nrm.diagrams.bundle import Bundle, assemble
from nrm.vocabulary.facts import initial_facts
from nrm.vocabulary.happenings import (
    Advance,
    FactsDecided,
    Happening,
    IncidentRaised,
    RunEnded,
    WaitKind,
    WaitOpened,
)
from tests.scenarios.playing import Seen, check, play
from tests.scenarios.reading import Row, Scenario
from tests.support.driving import shipped_configuration
from tests.support.filling import fill
from tests.support.runs import NOW

ACTS: dict[str, Callable[..., Advance]] = {"fire": engine.fire, "deliver": engine.deliver}


@cache
def shipped_bundle(process: str) -> Bundle:
    """The bundle of a shipped process."""
    known = shipped_configuration()
    return assemble(shipped("bpmn"), process, known.limit_documents, known.ladder_documents)


class EngineRun:
    """One scenario on its way."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.bundle = shipped_bundle(scenario.process)
        self.program = engine.load(self.bundle)
        self.dictionary = self.bundle.dictionary()
        self.facts: dict[str, object] = dict(initial_facts(self.dictionary))
        self.run_id = str(uuid.uuid5(uuid.NAMESPACE_URL, scenario.name))
        self.state = b""
        self.act_no = 0

    def play(self) -> None:
        """Play every row; AssertionError names the row."""
        play(self.scenario.name, self.scenario.rows, self._row)

    def _row(self, row: Row) -> None:
        self.facts.update(row.facts)
        happened, acted = self._act(row)
        ended = next((h.outcome for h in happened if isinstance(h, RunEnded)), None)
        check(row, Seen([wait.element for wait in self.waits], ended, acted, self.facts))

    @property
    def waits(self) -> tuple[WaitOpened, ...]:
        return engine.open_waits(self.program, self.state)

    def _act(self, row: Row) -> tuple[list[Happening], list[str]]:
        if row.do == "start":
            return self._settle(row, engine.start(
                self.program, run_id=self.run_id, facts=self.facts, now=NOW, items=row.items))
        wait = next((w for w in self.waits if w.element == row.element), None)
        assert wait is not None, f"not open; open: {sorted(wait.element for wait in self.waits)}"
        if row.do == "complete":
            self._answer(row, wait)
        elif row.do == "outcome":
            self.facts[f"{row.element}_outcome"] = row.outcome
        return self._settle(row, self._call(ACTS.get(row.do, engine.complete), wait, row))

    def _answer(self, row: Row, wait: WaitOpened) -> None:
        """The form takes the answers and sets the facts that are its own."""
        form = self.bundle.form(wait.name)
        validated = form.validate(fill(form, row.facts, row.answers), dictionary=self.dictionary)
        for name, value in validated.facts.items():
            assert row.facts.get(name, value) == value, f"the form sets {name} to {value!r}"
        self.facts.update({**validated.facts, **row.facts})

    def _call(self, act: Callable[..., Advance], wait: WaitOpened, row: Row) -> Advance:
        self.act_no += 1
        return act(self.program, self.state, run_id=self.run_id, wait_id=wait.wait_id, facts=self.facts, now=NOW,
                   act_no=self.act_no, items=row.items)

    def _settle(self, row: Row, advance: Advance) -> tuple[list[Happening], list[str]]:
        """Take what the engine says; every action is done at once."""
        happened: list[Happening] = []
        acted: list[str] = []
        while True:
            self.state = advance.state
            happened += advance.happenings
            for happening in advance.happenings:
                assert not isinstance(happening, IncidentRaised), happening
                if isinstance(happening, FactsDecided):
                    self.facts.update(happening.facts)
            action = next((w for w in self.waits if w.kind is WaitKind.ACTION), None)
            if action is None:
                return happened, acted
            acted.append(action.name)
            self.facts.update(row.action_facts.get(action.name, {}))
            advance = self._call(engine.complete, action, row)
