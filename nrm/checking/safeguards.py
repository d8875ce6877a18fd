"""Rules of the domain: assistance never waits for a finding or the police; consent comes before sharing.

Kept simple, so that a coordinator can follow them. A choice *decides* about a step if the step can be
reached through some of its answers but not through all of them. Traps 6, 9 and 12 of the domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nrm.checking.conditions import listed_cases, parsed
from nrm.checking.subject import Subject
from nrm.diagrams.process import Element, Flow, Kind
from nrm.vocabulary.findings import Finding

_POLICE = re.compile(r"cooperat|police|prosecut|testif|testimon|witness")
_POLICE_ROLES = frozenset({"POL", "PROS"})
_FAVOURED = (True, "yes", "given", "positive")
_ASSISTANCE = "assistance"


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    helping = [e for e in subject.process.elements if e.task and e.task.purpose == _ASSISTANCE]
    for gateway in subject.process.of_kind(Kind.EXCLUSIVE, Kind.INCLUSIVE):
        yield from _choice(subject, gateway, helping)
    yield from _start(subject, helping)
    yield from _behind_police(subject, helping)
    yield from _consent(subject)


def forbidden(names: frozenset[str]) -> list[str]:
    """The facts among the names that no way to assistance may depend on."""
    return sorted(n for n in names if n == "finding" or n.startswith("finding_") or _POLICE.search(n))


def _choice(subject: Subject, gateway: Element, helping: list[Element]) -> Iterator[Finding]:
    flows = subject.process.outgoing(gateway.id)
    read = sorted({name for flow in flows for name in forbidden(_names(flow))})
    if not read:
        return
    reached = {flow.id: subject.reached_from(flow.target, avoiding=frozenset({gateway.id})) for flow in flows}
    for element in helping:
        leading = frozenset(flow.id for flow in flows if element.id in reached[flow.id])
        if leading and len(leading) < len(flows) and _worse_off(subject, gateway, read, leading):
            what = "the finding" if read[0].startswith("finding") else "cooperation or the police"
            yield subject.at("assistance_conditional", element,
                             f"“{element.title}” is assistance, but whether it happens is decided at "
                             f"“{gateway.title}” by {what} ({', '.join(read)}). "
                             "Assistance may not depend on that.")


def _worse_off(subject: Subject, gateway: Element, read: list[str], leading: frozenset[str]) -> bool:
    """Whether someone misses the step who, all else equal, would get it for a finding or for cooperating.

    Where the cases cannot be listed, reading such a fact is enough to say so.
    """
    flows = subject.process.outgoing(gateway.id)
    cases = listed_cases(subject, [f for f in flows if f.condition and f.id != gateway.default])
    if cases is None:
        return True
    favoured, others = set(), []
    for case, taken in cases:
        ways = [flow.id for flow in taken] or ([gateway.default] if gateway.default else [])
        if gateway.kind is Kind.EXCLUSIVE:
            ways = ways[:1]
        rest = tuple((name, value) for name, value in case.items() if name not in read)
        helped = any(way in leading for way in ways)
        if helped and any(case[name] in _FAVOURED for name in read):
            favoured.add(rest)
        elif not helped and not any(case[name] in _FAVOURED for name in read):
            others.append(rest)
    return any(rest in favoured for rest in others)


def _start(subject: Subject, helping: list[Element]) -> Iterator[Finding]:
    expression = parsed(subject.process.start_when) if subject.process.start_when else None
    read = forbidden(expression.names) if expression else []
    if read and helping:
        yield subject.on_process("assistance_conditional",
                                 f"The process gives assistance (“{helping[0].title}”), but may be started "
                                 "only "
                                 f"depending on {', '.join(read)}. Assistance may not depend on that.")


def _behind_police(subject: Subject, helping: list[Element]) -> Iterator[Finding]:
    """A step of the police that every way to assistance passes would make assistance wait for it."""
    starts = [e.id for e in subject.process.inside(None) if e.kind is Kind.START]
    police = [e for e in subject.process.elements if e.task and e.role in _POLICE_ROLES]
    for gate in police:
        # A time limit on the step of the police is a way on without them.
        beside = [e.id for e in subject.process.attached(gate.id)]
        free = [subject.reached_from(start, avoiding=frozenset({gate.id})) for start in (*starts, *beside)]
        for element in helping:
            waits = element.role not in _POLICE_ROLES and not any(element.id in ids for ids in free)
            if starts and waits:
                yield subject.at("assistance_waits_for_police", element,
                                 f"“{element.title}” is assistance, but every way to it passes "
                                 f"“{gate.title}”, which "
                                 "the police or the prosecution does. Assistance may not wait for them.")


def _consent(subject: Subject) -> Iterator[Finding]:
    """A step that shares data must lie behind a step or choice about consent on every way."""
    for element in subject.process.elements:
        if element.task and element.task.gate:
            yield from _gate(subject, element, element.task.gate)
    expression = parsed(subject.process.start_when) if subject.process.start_when else None
    if expression and any(n.startswith("consent_") for n in expression.names):
        return
    starts = [e.id for e in subject.process.inside(None) if e.kind is Kind.START]
    asks = frozenset(e.id for e in subject.process.elements if _asks_consent(subject, e))
    free = frozenset[str]().union(*(subject.reached_from(start, avoiding=asks) for start in starts))
    for element in subject.process.elements:
        if _shares(subject, element) and element.id in free and element.id not in asks:
            yield subject.look("consent_not_before", element,
                               f"“{element.title}” lets data leave, but on some way nothing before it in "
                               "this process "
                               "asks about consent. The consent gate will hold it back at run time unless "
                               "consent "
                               "was given elsewhere.")


def _gate(subject: Subject, element: Element, gate: str) -> Iterator[Finding]:
    kind, _, purpose = gate.partition(":")
    if kind != "consent" or not purpose:
        yield subject.at("gate_unknown", element,
                         f"The gate “{gate}” of “{element.title}” is not known; write “consent:” and a "
                         "purpose.")
    elif subject.dictionary and f"consent_{purpose}" not in subject.dictionary:
        yield subject.look("gate_purpose", element,
                           f"“{element.title}” needs consent for “{purpose}”, for which the dictionary has "
                           "no fact.")


def _asks_consent(subject: Subject, element: Element) -> bool:
    if element.task:
        form = subject.form(element.task.form)
        return element.task.gate.startswith("consent:") or bool(form and "consent" in form.act)
    if element.action:
        return "consent" in element.action.name
    flows = subject.process.outgoing(element.id) if element.kind in (Kind.EXCLUSIVE, Kind.INCLUSIVE) else ()
    return any(name.startswith("consent_") for flow in flows for name in _names(flow))


def _shares(subject: Subject, element: Element) -> bool:
    return bool(element.action and element.action.name in subject.known.sharing)


def _names(flow: Flow) -> frozenset[str]:
    expression = parsed(flow.condition) if flow.condition else None
    return expression.names if expression else frozenset()
