"""What the engine asks of conditions (FEEL) and decision tables (DMN)."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from nrm.decisions.dmn import Decided

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


class Table(Protocol):
    """A decision table."""

    def evaluate(self, facts: Facts) -> Decided:
        """Decide over facts."""
        ...
