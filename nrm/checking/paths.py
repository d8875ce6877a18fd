"""Rules on the ways through: nothing loose, every way ends with an owner and an open door, loops wait."""

from __future__ import annotations

from collections.abc import Iterator

from nrm.checking.subject import Subject
from nrm.diagrams.process import Element, Kind
from nrm.vocabulary.findings import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    yield from _start(subject)
    for element in subject.process.elements:
        yield from _connected(subject, element)
        if element.kind is Kind.END and element.parent is None:
            yield from _end(subject, element)
    yield from _loops(subject)


def _start(subject: Subject) -> Iterator[Finding]:
    process = subject.process
    starts = [e for e in process.inside(None) if e.kind is Kind.START]
    if len(starts) != 1:
        yield subject.on_process("start_count", f"The process “{process.title}” must have exactly one start; "
                                                f"it has {len(starts)}.")
    known = ("call", "opening", "person", "message", "command", "date")
    for way in process.starts:
        if way not in known:
            yield subject.on_process("start_unknown", f"“{way}” is not a way to start a process.")
    if not process.starts:
        yield subject.on_process("start_missing", f"The process “{process.title}” does not say how it may "
                                                  "be started.")
    if not process.owner:
        yield subject.on_process("owner_missing", f"The process “{process.title}” has no owner.")
    roles = subject.known.roles
    for role in (*process.start_roles, *([process.owner] if process.owner else [])):
        if roles is not None and role not in roles:
            yield subject.on_process("role_unknown", f"The role “{role}” named by the process does not "
                                                     "exist.")
    if "person" in process.starts and not process.start_roles:
        yield subject.on_process("start_roles_missing",
                                 f"The process “{process.title}” can be started by a person, but says no "
                                 "role.")


def _connected(subject: Subject, element: Element) -> Iterator[Finding]:
    process = subject.process
    starts = [e.id for e in process.inside(None) if e.kind is Kind.START]
    if element.kind is Kind.REFUSED:
        return
    reached = element.kind in (Kind.START, Kind.BOUNDARY) or process.incoming(element.id)
    if not reached or (starts and not any(element.id in subject.reached_from(s) for s in starts)):
        yield subject.at("never_reached", element, f"Nothing leads to “{element.title}”: it would never "
                                                   "happen.")
    if element.kind is Kind.START and process.incoming(element.id):
        yield subject.at("start_entered", element, f"An arrow leads into the start “{element.title}”.")
    if element.kind is Kind.END:
        if process.outgoing(element.id):
            yield subject.at("end_left", element, f"An arrow leaves the end “{element.title}”.")
    elif not process.outgoing(element.id):
        yield subject.at("dead_end", element,
                         f"The way stops at “{element.title}” without an end: nobody would own what comes "
                         "after.")


def _end(subject: Subject, element: Element) -> Iterator[Finding]:
    """Every end says what came out, who owns the person's case then, and which door stays open (I-043)."""
    outcome, roles = element.outcome, subject.known.roles
    if outcome is None or not outcome.name:
        yield subject.at("outcome_missing", element, f"The end “{element.title}” does not say what came out.")
    if outcome is None or not outcome.owner:
        yield subject.at("end_owner_missing", element,
                         f"The end “{element.title}” has no owner: someone must be responsible after it "
                         "(I-043).")
    elif roles is not None and outcome.owner not in roles:
        yield subject.at("role_unknown", element,
                         f"The end “{element.title}” is owned by the role “{outcome.owner}”, which does "
                         "not exist.")
    if outcome is None or not outcome.onward:
        yield subject.at("onward_missing", element,
                         f"The end “{element.title}” does not say which door stays open for the person "
                         "(I-043).")


def _loops(subject: Subject) -> Iterator[Finding]:
    """A circle in which nobody and nothing is waited for would turn without end."""
    process = subject.process
    waiting = frozenset(e.id for e in process.elements if e.waits)
    told: set[str] = set()
    for element in process.elements:
        if element.id in waiting or element.id in told:
            continue
        circle = [n for n in subject.next_of(element.id)
                  if element.id in subject.reached_from(n, avoiding=waiting)]
        if circle:
            told |= subject.reached_from(element.id, avoiding=waiting) & subject.leading_to(element.id)
            yield subject.at("loop_without_wait", element,
                             f"The way turns in a circle at “{element.title}” in which nobody does anything.")
