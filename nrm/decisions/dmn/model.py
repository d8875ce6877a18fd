"""A decision model: its decisions, services and functions, each to be evaluated on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.evaluating import Evaluating
from nrm.decisions.dmn.graph import Decision, Graph, InputData, Key, Knowledge, Service
from nrm.decisions.dmn.scope import Scope
from nrm.decisions.feel import Limits, Problem
from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.values import FunctionValue, Value, accepted, released

LIMITS = replace(Limits(), steps=400_000)
"""Bounds of one evaluation of a model, well below two seconds; steps are counted over all its decisions."""


@dataclass(frozen=True, slots=True)
class Model:
    """A decision model, read once. ``problems``: logic that could not be read; it comes to null.

    ``decisions``, ``services``, ``knowledge`` and ``inputs`` are those of the document itself, by name.
    """

    name: str
    namespace: str
    graph: Graph
    decisions: Mapping[str, Decision]
    services: Mapping[str, Service]
    knowledge: Mapping[str, Knowledge]
    inputs: Mapping[str, InputData]
    problems: tuple[Problem, ...] = ()

    def needed(self, decision: str) -> tuple[InputData, ...]:
        """The inputs that a decision needs, its own and those of the decisions that it requires."""
        found = (self.graph.elements[key] for key in self.graph.order((self.decisions[decision].key,)))
        return tuple(one for one in found if isinstance(one, InputData))

    def evaluate(
        self, decision: str, inputs: Mapping[str, object], *, limits: Limits = LIMITS, moment: datetime | None = None
    ) -> Decided:
        """The decision of that name, to the letter of the specification: null is a value.

        ``inputs``: input data by name, imported ones as ``import.name`` or ``{namespace}name``. Raises
        ``KeyError`` for another name.
        """
        wanted = self.decisions[decision]
        evaluating = self._by_letter(inputs, limits, moment)
        return _bounded(wanted.label, lambda: evaluating.decide(wanted))

    def decide(
        self, decision: str, facts: Mapping[str, object], *, limits: Limits = LIMITS, moment: datetime | None = None
    ) -> Decided:
        """The decision of that name over facts, where null and missing mean: not known (which is never "no").

        Every fact can be read by its name. Raises ``KeyError`` for another name.
        """
        wanted = self.decisions[decision]
        context = dict(facts)
        scope = Scope(Running(context, limits, moment=moment), over_facts=True)

        def decided() -> Decided:
            self._tell(context, wanted.key, scope)
            return Evaluating(self.graph, scope, given).decide(wanted)

        def given(element: InputData, scope: Scope) -> tuple[Value, bool]:
            own = element.key[0] == self.namespace  # then it is read from the facts by its name
            value = None if own else _converted(element, facts, scope)
            return value, value is not None

        return _bounded(wanted.label, decided)

    def _tell(self, context: dict[str, object], wanted: Key, scope: Scope) -> None:
        """Make facts of the right types; a fact must not stand in for a decision of the same name."""
        for key in self.graph.order((wanted,)):
            element = self.graph.elements[key]
            if isinstance(element, Decision) and key != wanted:
                context.pop(element.variable, None)
            elif isinstance(element, InputData) and context.get(element.name) is not None:
                context[element.name] = _converted(element, context, scope)

    def serve(
        self, service: str, inputs: Mapping[str, object], *, limits: Limits = LIMITS, moment: datetime | None = None
    ) -> Decided:
        """What the decision service of that name gives on its inputs by name. Raises ``KeyError``."""
        evaluating, wanted = self._by_letter(inputs, limits, moment), self.services[service]
        return _bounded(service, lambda: _called(evaluating, evaluating.service(wanted), inputs))

    def apply(
        self, knowledge: str, inputs: Mapping[str, object], *, limits: Limits = LIMITS, moment: datetime | None = None
    ) -> Decided:
        """What the business knowledge model of that name gives on its parameters. Raises ``KeyError``."""
        evaluating, wanted = self._by_letter(inputs, limits, moment), self.knowledge[knowledge].key
        return _bounded(knowledge, lambda: _called(evaluating, evaluating.values((wanted,))[wanted], inputs))

    def _by_letter(self, inputs: Mapping[str, object], limits: Limits, moment: datetime | None) -> Evaluating:
        def given(element: InputData, scope: Scope) -> tuple[Value, bool]:
            return _converted(element, inputs, scope), True

        return Evaluating(self.graph, Scope(Running({}, limits, moment=moment)), given)


def _converted(element: InputData, inputs: Mapping[str, object], scope: Scope) -> Value:
    """The input as a FEEL value of its type; null where it is missing or does not conform."""
    raw = next((inputs[name] for name in element.known_as if name in inputs), None)
    value, good = accepted(raw, scope.running.limits.items)
    if not good:
        scope.running.note(f"{element.name} has a kind of value that expressions cannot read")
    return element.item.converted(value, scope, element.name)


def _called(evaluating: Evaluating, function: Value, inputs: Mapping[str, object]) -> Decided:
    assert isinstance(function, FunctionValue)
    items = evaluating.scope.running.limits.items
    arguments = tuple(accepted(inputs.get(one.name), items)[0] for one in function.parameters)
    value, notes = evaluating.scope.noted(lambda scope: scope.running.invoke(function, arguments))
    problem = f"{function.name} cannot be worked out: {'; '.join(notes)}." if value is None and notes else None
    return Decided(
        None if problem else {function.name: released(value)}, value=value, problem=problem, decision=function.name,
        reasons=tuple(sentence for one in evaluating.scope.ruled for sentence in one.reasons),
        steps=tuple(evaluating.scope.ruled),
    )


def _bounded(what: str, work: Callable[[], Decided]) -> Decided:
    """What ``work`` gives; a problem where it reaches a limit."""
    try:
        return work()
    except LimitReachedError as much:
        return Decided(None, problem=f"{what} cannot be worked out: {much}.", decision=what)
    except RecursionError:
        return Decided(None, problem=f"{what} cannot be worked out: it is nested too deeply.", decision=what)
