"""What a decision came to, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nrm.decisions.feel.values import Value


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision came to.

    ``outputs``: name -> Python value; under C, R and O name -> list of values; ``None`` if ``problem`` says
    why there is none. ``value``: the same as one FEEL value, as DMN has it (1.5, 10.3.2.8).
    ``problem``, ``reasons`` and ``closest`` are phrases: English texts that can be told in another language.
    ``all``: the outputs of each matched rule in order. ``matched``: their ids. ``reasons``: a sentence for
    each. ``nearest``: works out ``closest``, which costs as much as the decision.
    ``asked``: label and value in words of each input column.
    ``might``: ids of rules that were passed over only because a fact is not known; ``unknown``: those facts.
    ``read``: the names of facts that were read.
    ``decision``: its label. ``steps``: what the decisions it required came to, in the order of evaluation.
    """

    outputs: Mapping[str, object] | None
    all: tuple[Mapping[str, object], ...] = ()
    matched: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    nearest: Callable[[], tuple[str, ...]] = field(default=tuple, repr=False, compare=False)
    read: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    might: tuple[str, ...] = ()
    problem: str | None = None
    value: Value = None
    asked: tuple[tuple[str, str], ...] = ()
    decision: str = ""
    steps: tuple[Decided, ...] = ()

    @property
    def closest(self) -> tuple[str, ...]:
        """Sentences on the rules that came nearest and did not match, at most three of a table."""
        return self.nearest()
