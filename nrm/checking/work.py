"""Rules on the work: every task has a role, a form, a limit and a ladder; every wait has an owner."""

from __future__ import annotations

from collections.abc import Iterator

from nrm.checking.subject import Subject
from nrm.diagrams.process import Element, Kind, TaskSetting
from nrm.vocabulary.findings import Finding, Severity

_PRIORITIES = frozenset({"normal", "urgent"})


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    roles = subject.known.roles
    for lane in subject.process.lanes:
        if roles is not None and lane.role and lane.role not in roles:
            yield Finding("role_unknown", Severity.STOP, f"The lane “{lane.name}” names the role "
                                                         f"“{lane.role}”, which does "
                          "not exist.", lane.id, subject.bundle.diagram_name, lane.line)
    for element in subject.process.elements:
        if element.kind is Kind.USER_TASK and not element.role:
            yield subject.at("lane_missing", element,
                             f"The task “{element.title}” lies in no lane with a role: nobody would get it.")
        elif element.waits and not element.role and not subject.process.owner:
            yield subject.at("wait_without_owner", element,
                             f"The run stands still at “{element.title}”, but nobody owns this waiting.")
        if element.kind is Kind.USER_TASK:
            yield from _task(subject, element)
        if element.kind in (Kind.SERVICE_TASK, Kind.SEND_TASK):
            yield from _action(subject, element)



def _task(subject: Subject, element: Element) -> Iterator[Finding]:
    task = element.task or TaskSetting()
    if not task.form:
        yield subject.at("form_missing", element, f"The task “{element.title}” has no form.")
    elif task.form not in subject.forms:
        yield subject.at("form_unknown", element,
                         f"The task “{element.title}” uses the form “{task.form}”, which does not exist.")
    yield from _limit(subject, element, task)
    if task.priority not in _PRIORITIES:
        yield subject.at("priority_unknown", element,
                         f"The priority “{task.priority}” of “{element.title}” is neither normal nor urgent.")
    if not task.trace:
        yield subject.look("trace_missing", element,
                           f"The task “{element.title}” does not say which requirement it fulfils.")
    yield from _duties(subject, element, task)
    for fact in task.wakes_on:
        if fact not in subject.facts:
            yield subject.at("fact_unknown", element,
                             f"“{element.title}” waits for the fact “{fact}”, which the dictionary does "
                             "not know.")


def _limit(subject: Subject, element: Element, task: TaskSetting) -> Iterator[Finding]:
    limits, ladders = subject.known.limits, subject.known.ladders
    if not task.limit:
        yield subject.at("limit_missing", element, f"The task “{element.title}” has no time limit.")
    for key in filter(None, (task.limit, *task.also)):
        if limits is not None and key not in limits:
            yield subject.at("limit_unknown", element,
                             f"The task “{element.title}” names the time limit “{key}”, which does not exist.")
    if task.ladder and ladders is not None and task.ladder not in ladders:
        yield subject.at("ladder_unknown", element,
                         f"The task “{element.title}” names the ladder “{task.ladder}”, which does not "
                         "exist.")


def _duties(subject: Subject, element: Element, task: TaskSetting) -> Iterator[Finding]:
    """Separation of duties must name steps that exist, that people do, and that can come before."""
    for other_id in task.not_by:
        other = subject.process.element(other_id)
        if other is None and subject.known.elements is None:
            yield subject.look("not_by_elsewhere", element,
                               f"“{element.title}” may not be done by whoever did “{other_id}”, which is "
                               "no step of this process; it counts only if another process has it.")
        elif other is None:
            if other_id not in (subject.known.elements or ()):
                yield subject.at("not_by_unknown", element,
                                 f"“{element.title}” may not be done by whoever did “{other_id}”: there is "
                                 "no task of that name in any process.")
        elif other.kind is not Kind.USER_TASK or other_id == element.id:
            yield subject.at("not_by_wrong", element,
                             f"“{element.title}” may not be done by whoever did “{other.title}”, "
                             "but that is not another person's task.")
        elif other_id not in subject.leading_to(element.id):
            yield subject.look("not_by_later", element,
                               f"“{other.title}” never comes before “{element.title}”, so the separation "
                               "has no effect.")


def _action(subject: Subject, element: Element) -> Iterator[Finding]:
    name = element.action.name if element.action else ""
    if not name:
        yield subject.at("action_missing", element, f"“{element.title}” does not name the action it "
                                                    "performs.")
    elif subject.known.actions is not None and name not in subject.known.actions:
        yield subject.at("action_unknown", element,
                         f"“{element.title}” performs the action “{name}”, which does not exist.")
