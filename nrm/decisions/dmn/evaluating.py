"""One evaluation of a decision model: each element after what it requires, each decision with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from nrm.decisions.dmn.boxed import CALL_DEPTH, Literal, TableBox, Typed
from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.graph import Decision, Element, Graph, InputData, Key, Knowledge, Service
from nrm.decisions.dmn.items import Item
from nrm.decisions.dmn.scope import Scope
from nrm.decisions.dmn.wording import not_known_words, not_worked_out_words
from nrm.decisions.feel.evaluation import INPUT, Running
from nrm.decisions.feel.values import FunctionValue, Parameter, Value, released
from nrm.vocabulary.phrases import SEMICOLON, Phrase, joined

Given = Callable[[InputData, Scope], tuple[Value, bool]]
"""The value of an input; False beside it where the scope knows it already."""


class Evaluating:
    """Elements of a graph evaluated in one scope, which holds what is known to all of them."""

    def __init__(self, graph: Graph, scope: Scope, given: Given) -> None:
        self.graph = graph
        self.scope = scope
        self.given = given
        self.steps: dict[Key, Decided] = {}

    def decide(self, decision: Decision) -> Decided:
        """The decision, with those before it as its steps."""
        self.values((decision.key,))
        came = self.steps.pop(decision.key)
        decided_names = {self.graph.elements[key].name for key in self.steps}
        return replace(
            came, steps=tuple(self.steps.values()), unknown=self._behind(came.unknown),
            read=frozenset(self.scope.running.read) - decided_names,
        )

    def values(self, wanted: tuple[Key, ...], known: Mapping[Key, Value] | None = None) -> dict[Key, Value]:
        """The values of elements, all that they require among them. ``known`` are not evaluated."""
        values = dict(known or {})
        for key in self.graph.order(wanted, frozenset(values)):
            element = self.graph.elements[key]
            value, had = self._value(element, self.scope.inner(self._names(element, values)))
            if had:
                values[key] = value
        return values

    def _names(self, element: Element, values: Mapping[Key, Value]) -> dict[str, Value]:
        """The names that an element sees: what it requires, imported ones as entries of their import."""
        names: dict[str, Value] = {}
        for one in element.requires:
            if one.key not in values:
                continue
            name = _known_as(self.graph.elements[one.key])
            if one.prefix:
                before = names.get(one.prefix)
                names[one.prefix] = {**(before if isinstance(before, dict) else {}), name: values[one.key]}
            else:
                names[name] = values[one.key]
        return names

    def _value(self, element: Element, scope: Scope) -> tuple[Value, bool]:
        """An element's value, and whether it has one."""
        match element:
            case InputData():
                return self.given(element, scope)
            case Knowledge():
                return element.function.function(scope), True
            case Service():
                return self.service(element), True
            case Decision():
                came = self.steps[element.key] = self._decided(element, scope.afresh())
                # What cannot be told must be found unknown by whoever reads it, not null.
                return came.value, not (self.scope.over_facts and came.problem)

    def _decided(self, decision: Decision, scope: Scope) -> Decided:
        since = scope.mark()
        value, notes = scope.noted(decision.logic.value)
        fitting = decision.item.converted(value, scope, decision.label)
        untold = scope.untold(since) - {INPUT}
        scope.forget(since)
        if isinstance(_bare(decision.logic), TableBox) and scope.ruled:
            came = scope.ruled[-1]
            if came.problem is None and fitting is None and value is not None:
                came = replace(came, outputs=None, problem=_unfitting(decision))
            return replace(came, value=fitting, decision=decision.label)
        problem = _problem(decision, value, fitting, notes, untold)
        return Decided(
            None if problem else {decision.variable: released(fitting)}, value=fitting, problem=problem,
            reasons=_reasons(decision, scope), unknown=untold, decision=decision.label,
            nearest=partial(_closest, tuple(scope.ruled)),
            asked=tuple(dict.fromkeys(pair for one in scope.ruled for pair in one.asked)),
            matched=tuple(rule for one in scope.ruled for rule in one.matched),
        )

    def service(self, service: Service) -> FunctionValue:
        """A decision service as a function; what it is given hides what decisions elsewhere come to."""
        inputs = [self.graph.elements[key] for key in service.inputs]

        def body(running: Running, arguments: tuple[Value, ...]) -> Value:
            known: dict[Key, Value] = {}
            for element, argument in zip(inputs, arguments, strict=True):
                known[element.key] = _item(element).converted(argument, self.scope, element.name)
                if known[element.key] is None and argument is not None:
                    return None
            return running.nested(CALL_DEPTH, lambda _: self.served(service, known))

        parameters = tuple(Parameter(_known_as(element), _item(element).type) for element in inputs)
        return FunctionValue(parameters, body, service.name, service.item.result.promised)

    def served(self, service: Service, known: Mapping[Key, Value]) -> Value:
        """What a service gives: its only output, or a context of all of them."""
        inside = Evaluating(self.graph, self.scope.afresh(), self.given)
        values = inside.values(service.outputs, known)
        names = {key: _known_as(self.graph.elements[key]) for key in service.outputs}
        came: Value = {name: values.get(key) for key, name in names.items()}
        if len(names) == 1:
            came = values.get(service.outputs[0])
        for ruled in inside.steps.values():
            self.scope.keep(ruled)
        return service.item.result.converted(came, self.scope, service.name)

    def _behind(self, unknown: frozenset[str]) -> frozenset[str]:
        """The facts behind unknown names: a decision that could not be told stands for what it lacked."""
        found = set(unknown)
        for key, step in reversed(self.steps.items()):
            name = _known_as(self.graph.elements[key])
            if name in found and step.problem:
                found = (found - {name}) | step.unknown
        return frozenset(found)


def _bare(logic: object) -> object:
    return logic.boxed if isinstance(logic, Typed) else logic


def _known_as(element: Element) -> str:
    return element.variable if isinstance(element, Decision) else element.name


def _item(element: Element) -> Item:
    assert isinstance(element, (InputData, Decision))
    return element.item


def _unfitting(decision: Decision) -> str:
    return Phrase("{label} came to a value that is not of its type, {type}.",
                  label=decision.label, type=decision.item.name)


def _problem(
    decision: Decision, value: Value, fitting: Value, notes: tuple[str, ...], untold: frozenset[str]
) -> str | None:
    if untold:
        return not_worked_out_words(decision.label, not_known_words(sorted(name.replace("_", " ") for name in untold)))
    if value is not None and fitting is None:
        return _unfitting(decision)
    return not_worked_out_words(decision.label, joined(SEMICOLON, notes)) if value is None and notes else None


def _closest(ruled: tuple[Decided, ...]) -> tuple[str, ...]:
    return tuple(sentence for one in ruled for sentence in one.closest)


def _reasons(decision: Decision, scope: Scope) -> tuple[str, ...]:
    logic = _bare(decision.logic)
    if isinstance(logic, Literal):
        return (Phrase("{label} is worked out as: {text}", label=decision.label, text=logic.expression.text),)
    return tuple(sentence for one in scope.ruled for sentence in one.reasons)
