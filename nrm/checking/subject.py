"""What a rule looks at: one bundle, its diagram and forms as read, and what the deployment knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nrm.diagrams.bundle import Bundle
from nrm.diagrams.forms import Form, FormProblem, inspect_form
from nrm.diagrams.process import Element, Flow, Process
from nrm.vocabulary.facts import Dictionary, FactType
from nrm.vocabulary.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Known:
    """What exists around a process. ``None`` means *not known here*: rules about it are left out.

    ``elements``: ids of the user tasks of all processes, for separations across processes.
    ``calls``: process id -> ids of the processes it calls, to find circles.
    ``callable``: ids of the processes that another may open.
    ``sharing``: names of actions that let data leave to another agency.
    ``outcomes``: process id -> names of its end outcomes.
    ``unfilled``: role -> names of the districts in which nobody fills it; None where nobody does anywhere.
    """

    roles: frozenset[str] | None = None
    limits: frozenset[str] | None = None
    ladders: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    actions: frozenset[str] | None = None
    messages: frozenset[str] | None = None
    acts: frozenset[str] | None = None
    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elements: frozenset[str] | None = None
    callable: frozenset[str] | None = None
    sharing: frozenset[str] = frozenset({"send_referral", "hand_over_case"})
    outcomes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unfilled: Callable[[str], Collection[str] | None] | None = None


@dataclass(frozen=True)
class Subject:
    """One bundle under check."""

    bundle: Bundle
    process: Process
    dictionary: Dictionary
    known: Known

    @cached_property
    def forms(self) -> Mapping[str, tuple[Form | None, tuple[FormProblem, ...]]]:
        """Form id -> the form as far as readable, and what is wrong with it."""
        return {name: inspect_form(self.bundle.files[f"forms/{name}.json"]) for name in self.bundle.form_ids}

    def form(self, form_id: str) -> Form | None:
        """The form, if it is there and readable."""
        return self.forms.get(form_id, (None, ()))[0]

    @cached_property
    def facts(self) -> Dictionary:
        """The dictionary plus the run facts that calls leave behind (``<call>_outcome``)."""
        extra = {}
        for element in self.process.elements:
            if element.calls:
                values = tuple(sorted(self.known.outcomes.get(element.calls, ())))
                name = f"{element.id}_outcome"
                # Without the called diagram at hand its outcomes are not known; then only the name counts.
                extra[name] = FactType(name, "enum", values=values, scope="run")
        return {**extra, **self.dictionary}

    def at(self, code: str, place: Element | Flow, message: str) -> Finding:
        """A finding that stops publication."""
        return self._finding(code, Severity.STOP, place, message)

    def look(self, code: str, place: Element | Flow, message: str) -> Finding:
        """A finding that someone should look at."""
        return self._finding(code, Severity.WARNING, place, message)

    def on_process(self, code: str, message: str, severity: Severity = Severity.STOP) -> Finding:
        """A finding about the diagram as a whole."""
        file, line = self.bundle.diagram_name, self.process.line
        return Finding(code, severity, message, self.process.id, file, line)

    def _finding(self, code: str, severity: Severity, place: Element | Flow, message: str) -> Finding:
        return Finding(code, severity, message, place.id, self.bundle.diagram_name, place.line)

    # -- ways through the diagram ---------------------------------------------------------------

    def reached_from(self, start: str, *, avoiding: frozenset[str] = frozenset()) -> frozenset[str]:
        """Ids reached from an element (itself included), not walking into those to avoid."""
        return _walk(start, self.next_of, avoiding)

    def leading_to(self, target: str) -> frozenset[str]:
        """Ids from which the element can be reached, itself included."""
        return _walk(target, self._predecessors, frozenset())

    @cached_property
    def _back(self) -> Mapping[str, tuple[str, ...]]:
        back: dict[str, list[str]] = {}
        for element in self.process.elements:
            for target in self.next_of(element.id):
                back.setdefault(target, []).append(element.id)
        return {key: tuple(value) for key, value in back.items()}

    def _predecessors(self, element_id: str) -> tuple[str, ...]:
        return self._back.get(element_id, ())

    def next_of(self, element_id: str) -> tuple[str, ...]:
        """Successors, and out of an embedded subprocess from its end events."""
        found = list(self.process.successors(element_id))
        element = self.process.element(element_id)
        if element and element.parent and not self.process.outgoing(element_id):
            found += [flow.target for flow in self.process.outgoing(element.parent)]
        return tuple(found)

    def conditions(self) -> Iterator[Flow]:
        """Flows that carry a condition."""
        return (flow for flow in self.process.flows if flow.condition)


def _walk(start: str, step: Callable[[str], tuple[str, ...]], avoiding: frozenset[str]) -> frozenset[str]:
    seen: set[str] = set()
    stack = [start]
    while stack:
        current = stack.pop()
        if current not in seen and current not in avoiding:
            seen.add(current)
            stack += step(current)
    return frozenset(seen)
