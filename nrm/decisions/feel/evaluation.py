"""One evaluation: what it may use, what it read, what it could not know, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nrm.decisions.feel.limits import Limits
from nrm.decisions.feel.values import Value, accepted

INPUT = "?"
"""The name under which a unary test's own value is recorded as read or not known."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an expression came to.

    ``value``: a Python value, ``None`` for null. ``notes``: why something became null, in words, without
    values.
    ``read``: the names that were read. ``unknown``: those that were not known and could have changed the
    result;
    asking ``x = null`` or ``is defined(x)`` does not count, nor does an operand that ``and`` or ``or`` can
    spare.
    """

    value: object
    notes: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()

    @property
    def holds(self) -> bool | None:
        """As a condition: true or false only if it is a boolean that no unknown fact could have changed."""
        return self.value if isinstance(self.value, bool) and not self.unknown else None


class LimitReachedError(Exception):
    """A limit was reached; the evaluation ends as null with this sentence as its note."""


class Running:
    """The moving parts of one evaluation; never leaves this package."""

    __slots__ = ("context", "input", "limits", "notes", "read", "steps", "unknown")

    def __init__(self, context: Mapping[str, object], limits: Limits, given: Value = None) -> None:
        self.context = context
        self.limits = limits
        self.input = given
        self.steps = 0
        self.notes: list[str] = []
        self.read: set[str] = set()
        self.unknown: list[str] = []

    def step(self, cost: int = 1) -> None:
        """Count work; every operation calls this."""
        self.steps += cost
        if self.steps > self.limits.steps:
            raise LimitReachedError("The expression needs more steps than are allowed")

    def note(self, sentence: str) -> None:
        """Keep a note, once, up to the limit."""
        if len(self.notes) < self.limits.notes and sentence not in self.notes:
            self.notes.append(sentence)

    def look_up(self, name: str, *, asking: bool = False) -> Value:
        """The value of a name; ``asking`` whether it is known does not make it an unknown that matters."""
        self.read.add(name)
        raw = self.context.get(name)
        value, good = accepted(raw, self.limits.items)
        if isinstance(value, tuple):
            self.step(len(value))  # so that a list named a thousand times is a thousand lists' work
        if not good:
            self.note(f"{name} has a kind of value that expressions cannot read")
        if raw is None and not asking:
            self.note(f"{name} is not known")
        if value is None and not asking:
            self.unknown.append(name)
        return value

    def look_at_input(self, *, asking: bool = False) -> Value:
        """The value of ``?``."""
        if self.input is None and not asking:
            self.unknown.append(INPUT)
        return self.input

    def result(self, value: object) -> Evaluation:
        """Close the evaluation."""
        return Evaluation(value, tuple(self.notes), frozenset(self.unknown), frozenset(self.read))
