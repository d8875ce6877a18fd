"""What the engine asks of conditions (FEEL) and decision tables (DMN)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

Facts = Mapping[str, object]
"""Fact name to value (bool, str, int, date); a missing name or None means *not known*."""


class Evaluation(Protocol):
    """What a condition came to."""

    @property
    def holds(self) -> bool | None:
        """True or false only where that is certain."""
        ...

    @property
    def read(self) -> AbstractSet[str]:
        """The fact names it read."""
        ...

    @property
    def unknown(self) -> AbstractSet[str]:
        """Those of them that were not known and could have changed the answer."""
        ...


class Condition(Protocol):
    """A FEEL expression, parsed once; evaluating it has no side effects and raises nothing."""

    def evaluate(self, context: Facts) -> Evaluation:
        """Evaluate over facts."""
        ...


class Decided(Protocol):
    """What a decision table came to."""

    @property
    def outputs(self) -> Mapping[str, object] | None:
        """Output name to value, or None where the table decided nothing."""
        ...

    @property
    def reasons(self) -> Sequence[str]:
        """Sentences that say why."""
        ...

    @property
    def unknown(self) -> AbstractSet[str]:
        """The facts that were not known and could have changed the answer."""
        ...

    @property
    def problem(self) -> str | None:
        """Why nothing was decided, as a sentence."""
        ...


class Table(Protocol):
    """A decision table."""

    def evaluate(self, facts: Facts) -> Decided:
        """Decide over facts."""
        ...
