"""One evaluation: what it may use, what it read, what it could not know, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from nrm.decisions.feel.limits import Limits
from nrm.decisions.feel.values import Value, accepted

if TYPE_CHECKING:
    from nrm.decisions.feel.values import FunctionValue

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


class _Tally:
    """What all scopes of one evaluation share: the counters and what was seen."""

    __slots__ = ("depth", "most", "notes", "read", "steps", "unknown")

    def __init__(self, most: int) -> None:
        self.most = most
        self.steps = 0
        self.depth = 0
        self.notes: list[str] = []
        self.read: set[str] = set()
        self.unknown: list[str] = []


class Running:
    """The moving parts of one evaluation, seen from one scope.

    ``context``: the facts, name to Python or FEEL value. ``moment``: what ``now()`` says, aware, or None.
    Scopes made by ``inner`` see the names of those around them and share every counter.
    """

    __slots__ = ("_names", "_outer", "_tally", "context", "input", "limits", "moment", "notes", "read", "unknown")

    def __init__(
        self, context: Mapping[str, object], limits: Limits, given: Value = None, moment: datetime | None = None
    ) -> None:
        self.context = context
        self.limits = limits
        self.input = given
        self.moment = moment
        self._names: Mapping[str, Value] | None = None
        self._outer: Running | None = None
        self._share(_Tally(limits.steps))

    def _share(self, tally: _Tally) -> None:
        self._tally = tally
        self.notes, self.read, self.unknown = tally.notes, tally.read, tally.unknown

    def inner(self, names: Mapping[str, Value], *, caller: Running | None = None) -> Running:
        """A scope inside this one in which ``names`` are known too.

        ``caller``: the evaluation that pays, where a function runs in the scope that it was made in.
        """
        scope = Running.__new__(Running)
        scope.context, scope.limits, scope.input, scope.moment = self.context, self.limits, self.input, self.moment
        scope._names, scope._outer = names, self
        scope._share(self._tally if caller is None else caller._tally)
        return scope

    def about(self, value: Value) -> Running:
        """The same scope with another ``?``."""
        scope = self.inner({})
        scope.input = value
        return scope

    def step(self, cost: int = 1) -> None:
        """Count work; every operation calls this."""
        tally = self._tally
        tally.steps += cost
        if tally.steps > tally.most:
            raise LimitReachedError("The expression needs more steps than are allowed")

    @property
    def steps(self) -> int:
        """How much work was counted so far."""
        return self._tally.steps

    def note(self, sentence: str) -> None:
        """Keep a note, once, up to the limit."""
        if len(self.notes) < self.limits.notes and sentence not in self.notes:
            self.notes.append(sentence)

    def missing(self) -> None:
        """A value came out null although nobody asked for null: whatever was read may be the cause."""
        self.unknown.extend(self.read)

    def local(self, name: str) -> tuple[Value, bool]:
        """The value of a name that a scope brought, and whether one did."""
        scope: Running | None = self
        while scope is not None and scope._names is not None:
            if name in scope._names:
                return scope._names[name], True
            scope = scope._outer
        return None, False

    def look_up(self, name: str, *, asking: bool = False) -> Value:
        """The value of a name; ``asking`` whether it is known does not make it an unknown that matters."""
        if self._names is not None:
            value, found = self.local(name)
            if found:
                return value
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

    def nested(self, depth: int, work: Callable[[Running], Value]) -> Value:
        """Do ``work`` that lies ``depth`` operations deep; the sum of all that lies inside one another is
        bounded, so that Python's own stack never ends.
        """
        tally = self._tally
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
        wanted = len(function.parameters)
        if len(arguments) != wanted and not function.variadic:
            self.note(f"{function.name or 'The function'} takes {wanted} values, not {len(arguments)}")
            return None
        return function.body(self, arguments)

    def bounded(self, work: Callable[[Running], Value]) -> Value:
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
