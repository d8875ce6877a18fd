"""Rules on the drawing: only allowed elements, readable ids, everything drawn and connected."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nrm.checking.subject import Subject
from nrm.diagrams.process import ACTIVITIES, GATEWAYS, Element, Flow, Kind, Trigger
from nrm.vocabulary.findings import Finding, Severity

_READABLE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_NAMED = ACTIVITIES | {Kind.END}


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    for element_id, line, sentence in subject.process.problems:
        file = subject.bundle.diagram_name
        yield Finding("element_not_allowed", Severity.STOP, sentence, element_id, file, line)
    for element in subject.process.elements:
        yield from _allowed(subject, element)
        yield from _event(subject, element)
        yield from _place(subject, element)
        yield from _names(subject, element)
    yield from _flows(subject)
    yield from _drawn(subject)


def _allowed(subject: Subject, element: Element) -> Iterator[Finding]:
    if element.kind is Kind.REFUSED:
        yield subject.at("element_not_allowed", element,
                         f"“{element.title}” is a “{element.tag}”, which may not be used in a process.")
    for odd in element.oddities:
        yield subject.at("construct_not_allowed", element,
                         f"“{element.title}” carries {odd}, which may not be used; please remove it.")
    if element.multiple and element.kind not in (Kind.USER_TASK, Kind.CALL):
        yield subject.at("repetition_not_allowed", element,
                         f"“{element.title}” is repeated; only tasks and called processes can be done for "
                         "each of several.")
    elif element.multiple and not element.each:
        yield subject.at("repetition_without_list", element,
                         f"“{element.title}” is repeated but does not say for each of what.")
    elif element.each and not element.multiple:
        yield subject.at("repetition_not_drawn", element,
                         f"“{element.title}” names a list to repeat over but is not drawn as repeated.")
    if element.sequential:
        yield subject.look("repetition_in_turn", element,
                           f"“{element.title}” is done for one after the other; nobody should wait for "
                           "another's turn.")


_EVENTS = {
    Kind.START: {Trigger.NONE, Trigger.MESSAGE}, Kind.END: {Trigger.NONE, Trigger.TERMINATE},
    Kind.CATCH: {Trigger.MESSAGE, Trigger.LIMIT}, Kind.THROW: {Trigger.MESSAGE},
    Kind.BOUNDARY: {Trigger.MESSAGE, Trigger.LIMIT},
}


def _event(subject: Subject, element: Element) -> Iterator[Finding]:
    allowed = _EVENTS.get(element.kind)
    if allowed is None:
        return
    if element.trigger not in allowed:
        yield subject.at("event_not_allowed", element,
                         f"“{element.title}” is an event of a kind that may not be used here; "
                         "only messages and time limits are.")
    if element.kind is Kind.BOUNDARY:
        host = subject.process.element(element.attached_to or "")
        if host is None or host.kind not in (Kind.USER_TASK, Kind.CALL, Kind.RECEIVE_TASK, Kind.SUBPROCESS):
            yield subject.at("event_without_host", element,
                             f"“{element.title}” must sit on a task, a called process or a group of steps.")


def _place(subject: Subject, element: Element) -> Iterator[Finding]:
    parent = subject.process.element(element.parent or "")
    if element.kind is Kind.SUBPROCESS:
        if parent is not None:
            yield subject.at("group_in_group", element,
                             f"“{element.title}” is a group of steps inside another; one level is the most.")
        if sum(e.kind is Kind.START for e in subject.process.inside(element.id)) != 1:
            yield subject.at("group_start", element, f"“{element.title}” needs exactly one start inside.")
    if parent is not None and element.kind is Kind.START and element.trigger is not Trigger.NONE:
        yield subject.at("event_not_allowed", element,
                         f"“{element.title}” starts a group of steps and may not wait for anything.")


def _names(subject: Subject, element: Element) -> Iterator[Finding]:
    if not _READABLE.fullmatch(element.id):
        yield subject.look("id_not_readable", element,
                           f"The id “{element.id}” should be readable words such as “ask_for_consent”: "
                           "it appears in histories and reports.")
    if not element.name and element.kind in _NAMED:
        yield subject.at("name_missing", element, f"“{element.id}” has no name; people would see an empty "
                                                  "line.")
    if not element.name and element.kind is Kind.EXCLUSIVE and len(subject.process.outgoing(element.id)) > 1:
        yield subject.look("question_missing", element, f"The choice “{element.id}” should be named as a "
                                                        "question.")


def _flows(subject: Subject) -> Iterator[Finding]:
    process = subject.process
    for flow in process.flows:
        ends = process.element(flow.source), process.element(flow.target)
        if None in ends:
            yield subject.at("flow_loose", flow, f"The arrow “{flow.name or flow.id}” does not connect two "
                                                 "steps.")
        elif ends[0] and ends[1] and ends[0].parent != ends[1].parent:
            yield subject.at("flow_through_wall", flow,
                             f"The arrow “{flow.name or flow.id}” crosses the border of a group of steps.")
    for element in process.elements:
        out = process.outgoing(element.id)
        if len(out) > 1 and element.kind not in GATEWAYS:
            yield subject.at("several_ways_out", element,
                             f"“{element.title}” has {len(out)} arrows leaving it; use a gateway to say "
                             "which is taken.")
        if element.default and element.default not in {flow.id for flow in out}:
            yield subject.at("default_loose", element,
                             f"“{element.title}” names a default arrow that does not leave it.")


def _drawn(subject: Subject) -> Iterator[Finding]:
    shapes = subject.process.shapes
    if not shapes:
        yield subject.on_process("not_drawn", "The diagram has no picture: its steps have no positions.")
        return
    things: list[Element | Flow] = [*subject.process.elements, *subject.process.flows]
    for thing in things:
        if thing.id not in shapes:
            title = thing.name or thing.id
            yield subject.at("not_drawn", thing, f"“{title}” is not drawn in the picture.")
