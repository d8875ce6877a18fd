"""One evaluation: what it may use, what it read, what it could not know, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from nrm.decisions.feel.crossing import accepted
from nrm.decisions.feel.kinds import FunctionValue, Value, kind
from nrm.decisions.feel.limits import Limits
from nrm.decisions.feel.types import coerced

_T = TypeVar("_T")
INPUT = "?"
"""The name under which a unary test's own value is recorded as read or not known."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an expression came to.

    ``value``: a Python value, ``None`` for null. ``notes``: why something became null, in words, without
    values. ``read``: the names that were read. ``unknown``: those that were not known and could have changed
    the result; asking ``x = null`` or ``is defined(x)`` does not count, nor does an operand that ``and`` or
    ``or`` can spare.
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


class Tally:
    """What all scopes of one evaluation share: the counters, and what was seen."""

    __slots__ = ("depth", "notes", "read", "steps", "unknown")

    def __init__(self) -> None:
        self.steps = 0
        self.depth = 0
        self.notes: list[str] = []
        self.read: set[str] = set()
        self.unknown: list[str] = []


@dataclass(frozen=True, slots=True)
class Names:
    """The names that one scope brings, and the scope around it."""

    values: Mapping[str, Value]
    outer: Names | None


class Running:
    """The moving parts of one evaluation, seen from one scope.

    ``context``: the facts, name to Python or FEEL value. ``moment``: what ``now()`` says, aware, or None.
    Scopes made by ``inner`` see the names of those around them and share every counter.
    """

    __slots__ = ("context", "input", "limits", "moment", "names", "notes", "read", "tally", "unknown")

    def __init__(
        self, context: Mapping[str, object], limits: Limits, given: Value = None, moment: datetime | None = None,
        *, names: Names | None = None, tally: Tally | None = None,
    ) -> None:
        self.context = context
        self.limits = limits
        self.input = given
        self.moment = moment
        self.names = names
        self.tally = tally or Tally()
        self.notes, self.read, self.unknown = self.tally.notes, self.tally.read, self.tally.unknown

    def inner(self, names: Mapping[str, Value], *, caller: Running | None = None) -> Running:
        """A scope inside this one in which ``names`` are known too.

        ``caller``: the evaluation that pays, where a function runs in the scope that it was made in.
        """
        tally = self.tally if caller is None else caller.tally
        return Running(
            self.context, self.limits, self.input, self.moment, names=Names(names, self.names), tally=tally
        )

    def about(self, value: Value) -> Running:
        """The same scope with another ``?``."""
        return Running(self.context, self.limits, value, self.moment, names=self.names, tally=self.tally)

    def step(self, cost: int = 1) -> None:
        """Count work; every operation calls this."""
        self.tally.steps += cost
        if self.tally.steps > self.limits.steps:
            raise LimitReachedError("The expression needs more steps than are allowed")

    @property
    def steps(self) -> int:
        """How much work was counted so far."""
        return self.tally.steps

    def note(self, sentence: str) -> None:
        """Keep a note, once, up to the limit."""
        if len(self.notes) < self.limits.notes and sentence not in self.notes:
            self.notes.append(sentence)

    def missing(self) -> None:
        """A value came out null although nobody asked for null: whatever was read may be the cause."""
        self.unknown.extend(self.read)

    def weigh(self, value: Value) -> None:
        """Count everything inside a list or context as work: it may hold one list a million times.

        Reaches the limit where lists lie in lists more deeply than operations may.
        """
        level: Iterable[Value] = (value,)
        for _ in range(self.limits.depth + 1):
            below: list[Value] = []
            for each in level:
                if isinstance(each, tuple):
                    self.step(len(each))
                    below.extend(item for item in each if isinstance(item, (tuple, dict)))
                elif isinstance(each, dict):
                    self.step(len(each))
                    below.extend(item for item in each.values() if isinstance(item, (tuple, dict)))
            if not below:
                return
            level = below
        raise LimitReachedError("Lists lie inside one another more deeply than is allowed")

    def weighed(self, value: Value) -> Value:
        """The value, its inside counted."""
        if isinstance(value, (tuple, dict)):
            self.weigh(value)
        return value

    def grown(self, value: tuple[Value, ...] | dict[str, Value]) -> Value:
        """A list or context just made, if it is not larger than allowed."""
        if len(value) > self.limits.items:
            raise LimitReachedError("A list becomes longer than is allowed")
        self.weigh(value)
        return value

    def local(self, name: str) -> tuple[Value, bool]:
        """The value of a name that a scope brought, and whether one did."""
        names = self.names
        while names is not None:
            if name in names.values:
                return names.values[name], True
            names = names.outer
        return None, False

    def look_up(self, name: str, *, asking: bool = False) -> Value:
        """The value of a name; ``asking`` whether it is known does not make it an unknown that matters."""
        if self.names is not None:
            value, found = self.local(name)
            if found:
                return value
        self.read.add(name)
        raw = self.context.get(name)
        value, good = accepted(raw, self.limits.items)
        if isinstance(value, (tuple, dict)):
            self.weigh(value)  # so that a list named a thousand times is a thousand lists' work
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

    def nested(self, depth: int, work: Callable[[Running], Value]) -> Value:
        """Do ``work`` that lies ``depth`` operations deep; the sum of all that lies inside one another is
        bounded, so that Python's own stack never ends.
        """
        tally = self.tally
        tally.depth += depth
        if tally.depth > self.limits.nesting:
            raise LimitReachedError("Functions call one another more deeply than is allowed")
        try:
            return work(self)
        finally:
            tally.depth -= depth

    def invoke(self, function: FunctionValue, arguments: tuple[Value, ...]) -> Value:
        """What a function gives on arguments by position; null with a note when they do not fit."""
        self.step()
        name, wanted = function.name or "The function", len(function.parameters)
        if function.variadic:
            return self.weighed(function.body(self, arguments))
        if len(arguments) != wanted:
            self.note(f"{name} takes {wanted} values, not {len(arguments)}")
            return None
        given: list[Value] = []
        for parameter, argument in zip(function.parameters, arguments, strict=True):
            fitting = coerced(argument, parameter.type)
            if fitting is None and argument is not None:
                self.note(f"{name} was given {kind(argument)} as {parameter.name}, which does not fit its type")
                return None
            given.append(fitting)
        return coerced(function.body(self, tuple(given)), function.result)

    def bounded(self, work: Callable[[Running], _T]) -> _T | None:
        """What ``work`` gives; null with a note where it reaches a limit."""
        try:
            return work(self)
        except LimitReachedError as much:
            self.note(str(much))
        except RecursionError:
            self.note("The expression is nested more deeply than the program can follow")
        return None

    def result(self, value: object) -> Evaluation:
        """Close the evaluation."""
        return Evaluation(value, tuple(self.notes), frozenset(self.unknown), frozenset(self.read))
