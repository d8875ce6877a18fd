"""Boxed expressions (DMN 1.5, 7.2 and 10.2.1): the logic of decisions, read once, evaluated in a scope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from nrm.decisions.dmn.deciding import decide
from nrm.decisions.dmn.items import ANY, Item
from nrm.decisions.dmn.scope import Scope
from nrm.decisions.dmn.tables import DecisionTable
from nrm.decisions.feel import Expression
from nrm.decisions.feel.calling import called
from nrm.decisions.feel.choosing import Verdict
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.iterating import filtered, gone_over
from nrm.decisions.feel.values import FunctionValue, Parameter, Value, kind

CALL_DEPTH = 12
"""What one call of a boxed function adds to the counted depth: about the frames it takes."""


class Boxed(Protocol):
    """A boxed expression."""

    def value(self, scope: Scope) -> Value:
        """What it comes to; null with a note where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class Absent:
    """Logic that is not there, cannot be read, or is of a kind that is never run: always null."""

    sentence: str

    def value(self, scope: Scope) -> Value:
        """Null, with the reason."""
        scope.running.note(self.sentence)
        return None


@dataclass(frozen=True, slots=True)
class Literal:
    """A FEEL expression."""

    expression: Expression

    def value(self, scope: Scope) -> Value:
        """Its value."""
        return scope.of(self.expression)


@dataclass(frozen=True, slots=True)
class Typed:
    """A boxed expression whose result must be of a type."""

    boxed: Boxed
    item: Item
    what: str

    def value(self, scope: Scope) -> Value:
        """The result converted, or null where it does not conform."""
        return self.item.converted(self.boxed.value(scope), scope, self.what)


@dataclass(frozen=True, slots=True)
class TableBox:
    """A decision table. ``fault``: why it is never evaluated, if a cell could not be read."""

    table: DecisionTable
    fault: str = ""

    def value(self, scope: Scope) -> Value:
        """What the table gives; its reasons are kept in the scope."""
        if self.fault:
            scope.running.note(self.fault)
            return None
        decided = decide(self.table, scope)
        scope.keep(decided)
        if decided.problem is not None:
            scope.running.note(decided.problem)
        return decided.value


@dataclass(frozen=True, slots=True)
class ContextBox:
    """Named entries, each seeing those before it. ``result``: what the whole stands for, if given."""

    entries: tuple[tuple[str, Boxed], ...]
    result: Boxed | None = None

    def value(self, scope: Scope) -> Value:
        """The result, else a context of all entries."""
        made: dict[str, Value] = {}
        for name, boxed in self.entries:
            made = {**made, name: boxed.value(scope.inner(made))}
        return made if self.result is None else self.result.value(scope.inner(made))


@dataclass(frozen=True, slots=True)
class ListBox:
    """A list of boxed expressions."""

    items: tuple[Boxed, ...]

    def value(self, scope: Scope) -> Value:
        """The list."""
        scope.running.step(len(self.items))
        return tuple(item.value(scope) for item in self.items)


@dataclass(frozen=True, slots=True)
class RelationBox:
    """A list of contexts with the same names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Boxed, ...], ...]

    def value(self, scope: Scope) -> Value:
        """The list."""
        scope.running.step(len(self.rows))
        return tuple(
            {name: cell.value(scope) for name, cell in zip(self.columns, row, strict=False)} for row in self.rows
        )


@dataclass(frozen=True, slots=True)
class FunctionBox:
    """A boxed function: a closure over the scope that it was made in."""

    name: str
    parameters: tuple[tuple[str, Item], ...]
    body: Boxed
    result: Item = ANY

    def value(self, scope: Scope) -> Value:
        """The function as a value."""
        return self.function(scope)

    def function(self, scope: Scope) -> FunctionValue:
        """The function; arguments that do not conform give null, and its body is never looked at."""

        def body(running: Running, arguments: tuple[Value, ...]) -> Value:
            given: dict[str, Value] = {}
            for (name, item), argument in zip(self.parameters, arguments, strict=True):
                given[name] = item.converted(argument, scope, name)
                if given[name] is None and argument is not None:
                    return None
            inside = scope.inner({self.name: made, **given} if self.name else given)
            value = running.nested(CALL_DEPTH, lambda _: self.body.value(inside))
            return self.result.converted(value, scope, self.name or "The function")

        parameters = tuple(Parameter(name, item.type) for name, item in self.parameters)
        made = FunctionValue(parameters, body, self.name, self.result.promised)
        return made


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function called with its parameters by name."""

    function: Boxed
    bindings: tuple[tuple[str, Boxed], ...]

    def value(self, scope: Scope) -> Value:
        """What the function gives."""
        function = self.function.value(scope)
        values = tuple(boxed.value(scope) for _, boxed in self.bindings)
        return called(scope.running, function, values, tuple(name for name, _ in self.bindings))


@dataclass(frozen=True, slots=True)
class Conditional:
    """``if``, ``then``, ``else``."""

    condition: Boxed
    then: Boxed
    otherwise: Boxed

    def value(self, scope: Scope) -> Value:
        """The value of one of the two; ``else`` unless the condition is true."""
        scope.running.step()
        condition = self.condition.value(scope)
        if not isinstance(condition, bool):
            scope.running.note(f"if needs true or false, not {kind(condition)}; the else part was taken")
            scope.running.missing()
        return self.then.value(scope) if condition is True else self.otherwise.value(scope)


@dataclass(frozen=True, slots=True)
class Filter:
    """The items of a list for which a condition holds; their entries and ``item`` are names in it."""

    collection: Boxed
    match: Boxed

    def value(self, scope: Scope) -> Value:
        """The items that pass, in order."""
        return filtered(scope.running, self.collection.value(scope), partial(_within, self.match, scope))


@dataclass(frozen=True, slots=True)
class For:
    """One result for each item; ``partial`` holds the results so far."""

    variable: str
    collection: Boxed
    result: Boxed

    def value(self, scope: Scope) -> Value:
        """The list of results; null where there is nothing to go over."""
        items = gone_over(scope.running, self.collection.value(scope))
        if items is None:
            return None
        found: tuple[Value, ...] = ()
        for one in items:
            scope.running.step(1 + len(found))
            found = (*found, self.result.value(scope.inner({self.variable: one, "partial": found})))
        return found


@dataclass(frozen=True, slots=True)
class Quantified:
    """Whether all items satisfy a condition (``every``) or at least one does."""

    every: bool
    variable: str
    collection: Boxed
    condition: Boxed

    def value(self, scope: Scope) -> Value:
        """True, false, or null where it cannot be told."""
        verdict = Verdict(scope.running, all_of=self.every)
        items = gone_over(scope.running, self.collection.value(scope))
        if items is None:
            return None
        for one in items:
            scope.running.step()
            answer = self.condition.value(scope.inner({self.variable: one}))
            if not isinstance(answer, bool):
                scope.running.note(f"Each item must give true or false, not {kind(answer)}")
                scope.running.missing()
            if verdict.add(answer):
                break
        return verdict.value


def _within(boxed: Boxed, scope: Scope, running: Running) -> Value:
    """The value of a boxed expression in a scope that FEEL has made."""
    return boxed.value(scope.at(running))
