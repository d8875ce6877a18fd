"""Rules on time events: they name a limit, never a length; one per event gateway (defect:D6)."""

from __future__ import annotations

from collections.abc import Iterator

from nrm.checking.subject import Subject
from nrm.diagrams.process import Element, Kind, TaskSetting, Trigger
from nrm.rules.limits import CASE_OPENED
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.vocabulary.findings import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    for element in subject.process.elements:
        if element.trigger is Trigger.LIMIT:
            yield from _limit(subject, element)
        if element.task:
            yield from _safety(subject, element, element.task)
        if element.kind is Kind.EVENT_GATEWAY:
            yield from _event_gateway(subject, element)
    yield from _dated(subject)


def _dated(subject: Subject) -> Iterator[Finding]:
    """A process that starts when a date becomes known waits for one: else nothing would ever start it."""
    process = subject.process
    if "date" not in process.starts:
        return
    try:
        limits = [subject.bundle.limits.get(event.limit.name, {}) for event in process.elements if event.limit]
    except ConfigurationRefused:
        return  # said elsewhere
    dates = [str(limit["starts"]) for limit in limits if limit.get("starts", CASE_OPENED) != CASE_OPENED]
    if not dates:
        yield subject.on_process("date_missing", f"The process “{process.title}” starts when a date becomes known, "
                                                 "but none of its time events is counted from one.")
    for name in dates:
        fact = subject.facts.get(name)
        if fact is None or fact.type != "date":
            yield subject.on_process("date_unknown", f"The process “{process.title}” is counted from “{name}”, which "
                                                     "is no date of the dictionary.")


def _safety(subject: Subject, element: Element, task: TaskSetting) -> Iterator[Finding]:
    """A safety limit runs day and night; a ladder that counts office hours would tell people too late."""
    for key in (task.limit, *task.also):
        try:
            limit = subject.bundle.limits.get(key, {})
            name = task.ladder or str(limit.get("ladder") or "standard")
            ladder = subject.bundle.ladders.get(name, {})
        except ConfigurationRefused:
            return  # said elsewhere
        if limit.get("safety") is True and ladder and ladder.get("safety") is not True:
            yield subject.look("ladder_too_slow", element,
                               f"“{element.title}” has the safety limit “{key}”, but its ladder “{name}” is "
                               "not one for safety: people would hear of a missed limit too late.")


def _limit(subject: Subject, element: Element) -> Iterator[Finding]:
    named = element.limit.name if element.limit else ""
    ladder = element.limit.ladder if element.limit else ""
    limits, ladders = subject.known.limits, subject.known.ladders
    if not named:
        yield subject.at("limit_missing", element,
                         f"The time event “{element.title}” must name a time limit; lengths are not drawn.")
    elif limits is not None and named not in limits:
        yield subject.at("limit_unknown", element,
                         f"The time event “{element.title}” names the limit “{named}”, which does not exist.")
    if ladder and ladders is not None and ladder not in ladders:
        yield subject.at("ladder_unknown", element,
                         f"The time event “{element.title}” names the ladder “{ladder}”, which does not "
                         "exist.")


def _event_gateway(subject: Subject, element: Element) -> Iterator[Finding]:
    process = subject.process
    targets = [process.element(flow.target) for flow in process.outgoing(element.id)]
    limits = [t for t in targets if t and t.trigger is Trigger.LIMIT]
    if len(limits) > 1:
        yield subject.at("several_limits", element,
                         f"“{element.title}” waits for {len(limits)} time limits at once; only one would "
                         "ever run out.")
    for target in targets:
        if target and target.kind not in (Kind.CATCH, Kind.RECEIVE_TASK):
            yield subject.at("gateway_target", element,
                             f"After “{element.title}” only waiting for a message or a time limit may "
                             "follow, "
                             f"not “{target.title}”.")
    if len(targets) < 2:
        yield subject.look("gateway_single", element, f"“{element.title}” has only one thing to wait for.")
