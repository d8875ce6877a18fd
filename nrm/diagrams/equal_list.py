"""The equal list: every step of a diagram as a row of words, in the order a reader would follow it."""

from __future__ import annotations

from dataclasses import dataclass

from nrm.diagrams.model import Element, Flow, Kind, Process, Trigger


@dataclass(frozen=True, slots=True)
class Way:
    """One way to or from a step: the other step, and the words on the arrow or its condition."""

    element: str
    title: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the equal list. ``step`` counts from 1; empty strings mean *does not apply*."""

    step: int
    element: str
    title: str
    kind: Kind
    role: str
    lane: str
    form: str
    limits: tuple[str, ...]
    before: tuple[Way, ...]
    next: tuple[Way, ...]
    note: str = ""
    parent: str | None = None


def equal_list(process: Process) -> tuple[Row, ...]:
    """Rows for every element of the process, starts first, a step after what leads to it (loops apart)."""
    lanes = {lane.id: lane.name or lane.role for lane in process.lanes}
    rows = []
    for number, element_id in enumerate(step_order(process), start=1):
        element = process.by_id[element_id]
        rows.append(Row(
            step=number, element=element.id, title=element.title, kind=element.kind, role=element.role,
            lane=lanes.get(element.lane, ""), form=element.task.form if element.task else "",
            limits=_limits(element), before=_before(process, element), next=_next(process, element),
            note=_note(element), parent=element.parent,
        ))
    return tuple(rows)


def step_order(process: Process) -> tuple[str, ...]:
    """All element ids, each after what leads to it except where the way loops back.

    Depth-first finishing order reversed, without recursion, so that a diagram of any length is safe.
    """
    finished: list[str] = []
    seen: set[str] = set()
    starts = [e.id for e in process.elements if e.kind is Kind.START and e.parent is None]
    for start in reversed(starts):
        _finish(process, start, seen, finished)
    for element in process.elements:  # what no start reaches comes last, in document order
        if element.id not in seen:
            orphans: list[str] = []
            _finish(process, element.id, seen, orphans)
            finished = [*orphans, *finished]
    return tuple(reversed(finished))


def _finish(process: Process, root: str, seen: set[str], finished: list[str]) -> None:
    if root in seen:
        return
    seen.add(root)
    stack = [(root, iter(reversed(_known(process, root))))]
    while stack:
        current, ways = stack[-1]
        for target in ways:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(reversed(_known(process, target)))))
                break
        else:
            finished.append(current)
            stack.pop()


def _known(process: Process, element_id: str) -> tuple[str, ...]:
    return tuple(t for t in process.successors(element_id) if t in process.by_id)


def _limits(element: Element) -> tuple[str, ...]:
    if element.task:
        return tuple(filter(None, (element.task.limit, *element.task.also)))
    return (element.limit.name,) if element.limit else ()


def _words(flow: Flow, process: Process) -> str:
    source = process.element(flow.source)
    if flow.name:
        return flow.name
    if source and source.default == flow.id:
        return "otherwise"
    return flow.condition or ""


def _before(process: Process, element: Element) -> tuple[Way, ...]:
    ways = []
    if element.attached_to:
        host = process.element(element.attached_to)
        title = host.title if host else element.attached_to
        ways.append(Way(element.attached_to, title, "while this is open"))
    for flow in process.incoming(element.id):
        source = process.element(flow.source)
        ways.append(Way(flow.source, source.title if source else flow.source, _words(flow, process)))
    return tuple(ways)


def _next(process: Process, element: Element) -> tuple[Way, ...]:
    ways = []
    for flow in process.outgoing(element.id):
        target = process.element(flow.target)
        ways.append(Way(flow.target, target.title if target else flow.target, _words(flow, process)))
    for event in process.attached(element.id):
        when = "ends this step" if event.interrupting else "beside this step"
        ways.append(Way(event.id, event.title, when))
    return tuple(ways)


def _note(element: Element) -> str:
    if element.outcome:
        return element.outcome.onward
    if element.calls:
        return element.calls
    if element.action:
        return element.action.name
    if element.decision:
        return element.decision.table
    return element.message if element.trigger is Trigger.MESSAGE else ""
