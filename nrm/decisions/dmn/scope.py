"""Where the logic of a decision runs: the names in scope, and how null is read there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from nrm.decisions.dmn.decided import Decided
from nrm.decisions.feel import Expression, UnaryTests
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.values import Value

T = TypeVar("T")
MOST_TABLES = 20
"""Tables inside one decision whose reasons are kept; a table in a loop would fill the history else."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope of one evaluation; all scopes of it share one ``Running``'s counters.

    ``over_facts``: null is a fact that nobody has told, so nothing may be concluded from it; elsewhere it is
    a value like any other, as the DMN specification has it. ``ruled``: what each table on the way came to.
    """

    running: Running
    over_facts: bool = False
    ruled: list[Decided] = field(default_factory=list)

    def inner(self, names: Mapping[str, Value]) -> Scope:
        """This scope with more names."""
        return self.at(self.running.inner(names))

    def at(self, running: Running) -> Scope:
        """The same where FEEL's evaluation stands elsewhere."""
        return Scope(running, self.over_facts, self.ruled)

    def afresh(self) -> Scope:
        """This scope with a record of tables of its own."""
        return Scope(self.running, self.over_facts)

    def keep(self, decided: Decided) -> None:
        """Record what a table came to."""
        if len(self.ruled) < MOST_TABLES:
            self.ruled.append(decided)

    def mark(self) -> int:
        """Where the record of unknown names stands now."""
        return len(self.running.unknown)

    def untold(self, since: int) -> frozenset[str]:
        """The facts, not told, that were read after the mark and could have mattered."""
        return frozenset(self.running.unknown[since:]) if self.over_facts else frozenset()

    def forget(self, since: int) -> None:
        """What was not known after the mark did not matter."""
        del self.running.unknown[since:]

    def of(self, expression: Expression) -> Value:
        """The value of an expression here."""
        return self._reading(lambda: expression.within(self.running))

    def holds(self, tests: UnaryTests, value: Value) -> bool | None:
        """Whether a value passes tests here; null where it cannot be told."""
        if not tests.names and not tests.uses_input:  # it reads nothing, so nothing it read can be why
            return tests.within(self.running, value)
        return self._reading(lambda: tests.within(self.running, value))

    def _reading(self, work: Callable[[], T]) -> T:
        """What ``work`` gives; only the facts that it read itself can be why it came to null."""
        read = self.running.read
        before = frozenset(read)
        read.clear()
        try:
            return work()
        finally:
            read |= before

    def noted(self, work: Callable[[Scope], Value]) -> tuple[Value, tuple[str, ...]]:
        """What ``work`` gives, and the notes that it alone made."""
        notes = self.running.notes
        before = notes[:]
        notes.clear()
        value = work(self)
        made = tuple(notes)
        notes[:0] = [note for note in before if note not in made]
        return value, made
