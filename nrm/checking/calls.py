"""Rules on what crosses a process: called processes exist and never go in a circle, messages have names."""

from __future__ import annotations

from collections.abc import Iterator

from nrm.checking.subject import Subject
from nrm.diagrams.process import Element, Kind, Trigger
from nrm.vocabulary.findings import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    for element in subject.process.elements:
        if element.kind is Kind.CALL:
            yield from _call(subject, element)
        waits_for_message = element.trigger is Trigger.MESSAGE or element.kind is Kind.RECEIVE_TASK
        if waits_for_message:
            yield from _message(subject, element)
    messages = subject.known.messages
    if "message" in subject.process.starts and not subject.process.start_message:
        yield subject.on_process("message_missing", "The process starts by a message but does not name it.")
    elif messages is not None and subject.process.start_message not in {"", *messages}:
        yield subject.on_process("message_unknown",
                                 f"Nobody sends the message “{subject.process.start_message}” that starts "
                                 "the process.")


def _call(subject: Subject, element: Element) -> Iterator[Finding]:
    if not element.calls:
        yield subject.at("call_missing", element, f"“{element.title}” does not name the process it opens.")
        return
    known = subject.known.processes
    if known is not None and element.calls not in known:
        yield subject.at("call_unknown", element,
                         f"“{element.title}” opens the process “{element.calls}”, which does not exist.")
    elif subject.known.callable is not None and element.calls not in subject.known.callable:
        yield subject.at("call_not_allowed", element,
                         f"“{element.title}” opens the process “{element.calls}”, which does not say that "
                         "another process may open it.")
    circle = _circle(subject, element.calls)
    if circle:
        yield subject.at("call_circle", element,
                         f"“{element.title}” opens a process that opens this one again "
                         f"({' → '.join(circle)}); "
                         "it would never end.")
    call = element.call
    for fact in (*call.facts_in, *call.facts_out) if call else ():
        if fact not in subject.facts:
            yield subject.at("fact_unknown", element,
                             f"“{element.title}” passes the fact “{fact}”, which the dictionary does not "
                             "know.")


def _circle(subject: Subject, called: str) -> tuple[str, ...]:
    """Process ids from the called one back to this one, or nothing."""
    mine = subject.process.id
    stack: list[tuple[str, ...]] = [(called,)]
    seen: set[str] = set()
    while stack:
        way = stack.pop()
        if way[-1] == mine:
            return (mine, *way)
        if way[-1] not in seen:
            seen.add(way[-1])
            stack += [(*way, following) for following in subject.known.calls.get(way[-1], ())]
    return ()


def _message(subject: Subject, element: Element) -> Iterator[Finding]:
    messages = subject.known.messages
    if not element.message:
        yield subject.at("message_missing", element, f"“{element.title}” does not name its message.")
    elif messages is not None and element.message not in messages:
        yield subject.at("message_unknown", element,
                         f"“{element.title}” uses the message “{element.message}”, which nobody knows.")
