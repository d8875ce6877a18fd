"""Changes of the diagram itself: steps, ways, conditions, and what is set on each step."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from nrm.diagrams.change import Change, ChangeKind, becomes
from nrm.diagrams.equal_list import step_order
from nrm.diagrams.model import GATEWAYS, Element, Flow, Kind, Process

_DIAGRAM = "diagram"
_OF_LIMIT = "that of the time limit"


def compare(old: Process, new: Process) -> Iterator[Change]:
    """All changes of the diagram, steps in the order of the new one."""
    yield from _process(old, new)
    yield from _removed(old, new)
    moved = _moved(old, new)
    for element_id in step_order(new):
        element, earlier = new.by_id[element_id], old.element(element_id)
        if earlier is None:
            yield _added(old, new, element)
        else:
            yield from _element(old, new, earlier, element)
            if element_id in moved:
                yield _move(old, new, element)
    yield from _ways(old, new)
    yield from _conditions(old, new)


def _process(old: Process, new: Process) -> Iterator[Change]:
    pairs = [("Title", old.title, new.title), ("Owner", old.owner, new.owner),
             ("Legal basis", old.legal_basis, new.legal_basis), ("Started by", old.starts, new.starts),
             ("Roles that may start it", old.start_roles, new.start_roles),
             ("Condition for starting", old.start_when, new.start_when),
             ("Message that starts it", old.start_message, new.start_message),
             ("Decision tables to consult", old.advice, new.advice)]
    for what, before, after in pairs:
        yield from becomes(ChangeKind.PROCESS, new.id, _DIAGRAM, f"{what} of the process", before, after)


def _called(process: Process, element_id: str) -> str:
    element = process.element(element_id)
    return element.title if element else element_id


def _kind_word(element: Element) -> str:
    return "task" if element.kind is Kind.USER_TASK else "step"


def _neighbours(process: Process, ids: list[str], kept: Process) -> str:
    known = [i for i in ids if kept.element(i)] or ids
    return " and ".join(f"“{_called(process, i)}”" for i in known[:2])


def _added(old: Process, new: Process, element: Element) -> Change:
    before = [f.source for f in new.incoming(element.id)] or [i for i in [element.attached_to] if i]
    after = [f.target for f in new.outgoing(element.id)]
    place = ""
    if element.attached_to:
        place = f", beside “{_called(new, element.attached_to)}”"
    elif before and after:
        place = f", between {_neighbours(new, before, old)} and {_neighbours(new, after, old)}"
    elif before:
        place = f", after {_neighbours(new, before, old)}"
    same = next((e for e in old.elements if e.name and e.name == element.name and e.kind is element.kind
                 and not new.element(e.id)), None)
    sentence = f"The {_kind_word(element)} “{element.title}” is new{place}"
    if same:
        sentence += f"; it has the name of the removed “{same.id}”, but counts as another step"
    task = element.task
    detail = f"{task.form}, {task.limit}, {element.role}" if task else element.kind.value
    return Change(ChangeKind.ADDED, element.id, _DIAGRAM, "", detail, sentence)


def _removed(old: Process, new: Process) -> Iterator[Change]:
    for element_id in step_order(old):
        element = old.by_id[element_id]
        if new.element(element_id) is None:
            sentence = f"The {_kind_word(element)} “{element.title}” is removed"
            yield Change(ChangeKind.REMOVED, element_id, _DIAGRAM, element.title, "", sentence)


def _element(old: Process, new: Process, before: Element, after: Element) -> Iterator[Change]:
    if before.name != after.name:
        sentence = f"“{before.title}” is now called “{after.title}”"
        yield Change(ChangeKind.RENAMED, after.id, _DIAGRAM, before.title, after.title, sentence)
    what = f"“{after.title}”"
    for kind, word, one, other in _settings(old, new, before, after):
        yield from becomes(kind, after.id, _DIAGRAM, f"{what}, {word}", one, other)


Pair = tuple[ChangeKind, str, object, object]


def _settings(old: Process, new: Process, before: Element, after: Element) -> Iterator[Pair]:
    lanes = ({x.id: x.name or x.role for x in p.lanes} for p in (old, new))
    old_lane, new_lane = (names.get(e.lane, "") for names, e in zip(lanes, (before, after), strict=True))
    yield ChangeKind.LANE, "role", before.role, after.role
    if before.role == after.role:
        yield ChangeKind.LANE, "lane", old_lane, new_lane
    yield ChangeKind.SETTING, "kind", before.kind.value, after.kind.value
    yield from _task(before, after)
    yield from _others(before, after)
    yield ChangeKind.SETTING, "stands inside", before.parent, after.parent
    yield ChangeKind.SETTING, "sits on", before.attached_to, after.attached_to
    yield ChangeKind.SETTING, "ends what it sits on", before.interrupting, after.interrupting
    yield ChangeKind.SETTING, "done for each of several", before.multiple, after.multiple
    yield ChangeKind.SETTING, "message", before.message, after.message
    yield ChangeKind.SETTING, "opens the process", before.calls, after.calls
    yield ChangeKind.SETTING, "explanation", before.documentation, after.documentation


def _task(before: Element, after: Element) -> Iterator[Pair]:
    one, other = before.task, after.task
    if one is None or other is None:
        return
    yield ChangeKind.FORM, "form", one.form, other.form
    yield ChangeKind.LIMIT, "time limit", one.limit, other.limit
    yield ChangeKind.LIMIT, "further time limits", one.also, other.also
    yield ChangeKind.LADDER, "ladder", one.ladder or _OF_LIMIT, other.ladder or _OF_LIMIT
    yield ChangeKind.SETTING, "priority", one.priority, other.priority
    yield ChangeKind.SETTING, "not by whoever did", one.not_by, other.not_by
    yield ChangeKind.SETTING, "safety", one.safety, other.safety
    yield ChangeKind.SETTING, "purpose", one.purpose, other.purpose
    yield ChangeKind.SETTING, "gate", one.gate, other.gate
    yield ChangeKind.SETTING, "wakes on", one.wakes_on, other.wakes_on
    yield ChangeKind.SETTING, "for each of", one.each, other.each
    yield ChangeKind.SETTING, "advice from", one.advice, other.advice
    yield ChangeKind.SETTING, "requirement", one.trace, other.trace


def _others(before: Element, after: Element) -> Iterator[Pair]:
    if before.limit and after.limit:
        yield ChangeKind.LIMIT, "time limit", before.limit.name, after.limit.name
        yield ChangeKind.LADDER, "ladder", before.limit.ladder or _OF_LIMIT, after.limit.ladder or _OF_LIMIT
    if before.action and after.action:
        yield ChangeKind.SETTING, "action", before.action.name, after.action.name
        yield ChangeKind.SETTING, "action values", dict(before.action.params), dict(after.action.params)
    if before.decision and after.decision:
        yield ChangeKind.TABLE, "decision table", before.decision.table, after.decision.table
    if before.outcome and after.outcome:
        yield ChangeKind.SETTING, "outcome", before.outcome.name, after.outcome.name
        yield ChangeKind.SETTING, "owner afterwards", before.outcome.owner, after.outcome.owner
        yield ChangeKind.SETTING, "open door", before.outcome.onward, after.outcome.onward
    if before.call and after.call:
        yield ChangeKind.SETTING, "facts in", before.call.facts_in, after.call.facts_in
        yield ChangeKind.SETTING, "facts out", before.call.facts_out, after.call.facts_out
        yield ChangeKind.SETTING, "for each of", before.call.each, after.call.each


def _moved(old: Process, new: Process) -> frozenset[str]:
    """Steps in both versions that left the longest sequence both have in common (gateways do not count)."""
    place = {element_id: n for n, element_id in enumerate(step_order(old))}
    common = [e for e in step_order(new) if e in place and new.by_id[e].kind not in {*GATEWAYS, Kind.END}]
    tails: list[int] = []
    length_at: list[int] = []
    for element_id in common:
        at = bisect_left(tails, place[element_id])
        tails[at:at + 1] = [place[element_id]]
        length_at.append(at)
    wanted, stay = len(tails) - 1, set()
    for element_id, at in zip(reversed(common), reversed(length_at), strict=True):
        if at == wanted:
            stay.add(element_id)
            wanted -= 1
    return frozenset(e for e in common if e not in stay and _lost_a_way_in(old, new, e))


def _lost_a_way_in(old: Process, new: Process, element_id: str) -> bool:
    return any(new.element(i) for i in _befores(old, element_id) - _befores(new, element_id))


def _befores(process: Process, element_id: str) -> frozenset[str]:
    return frozenset(flow.source for flow in process.incoming(element_id))


def _move(old: Process, new: Process, element: Element) -> Change:
    before = " and ".join(f"“{_called(old, i)}”" for i in sorted(_befores(old, element.id)))
    after = " and ".join(f"“{_called(new, i)}”" for i in sorted(_befores(new, element.id)))
    sentence = f"“{element.title}” is moved: it came after {before}, and now comes after {after}"
    return Change(ChangeKind.MOVED, element.id, _DIAGRAM, before, after, sentence)


def _ways(old: Process, new: Process) -> Iterator[Change]:
    """Arrows between steps of both versions, apart from those an added or removed step explains."""
    both = {e for e in old.by_id if e in new.by_id}
    for flow in old.flows:
        gone = {flow.source, flow.target} <= both and not _connected(new, flow)
        if gone and not _through(new, flow.source, flow.target, both):
            sentence = f"The way from “{_called(old, flow.source)}” to “{_called(old, flow.target)}” is gone"
            yield Change(ChangeKind.WAY, flow.id, _DIAGRAM, flow.name or "way", "", sentence)
    for flow in new.flows:
        fresh = {flow.source, flow.target} <= both and not _connected(old, flow)
        if fresh and not _through(old, flow.source, flow.target, both):
            sentence = f"A new way leads from “{_called(new, flow.source)}” to “{_called(new, flow.target)}”"
            yield Change(ChangeKind.WAY, flow.id, _DIAGRAM, "", flow.name or "way", sentence)


def _connected(process: Process, flow: Flow) -> bool:
    return any(f.target == flow.target for f in process.outgoing(flow.source))


def _through(process: Process, source: str, target: str, both: set[str]) -> bool:
    """Whether the target is reached from the source through steps that only this version has."""
    stack, seen = [f.target for f in process.outgoing(source)], set[str]()
    while stack:
        current = stack.pop()
        if current == target and seen:
            return True
        if current not in seen and current not in both:
            seen.add(current)
            stack += [f.target for f in process.outgoing(current)]
    return False


def _conditions(old: Process, new: Process) -> Iterator[Change]:
    earlier = {f.id: f for f in old.flows}
    by_ends = {(f.source, f.target): f for f in old.flows}
    for flow in new.flows:
        before = earlier.get(flow.id) or by_ends.get((flow.source, flow.target))
        if before is None:
            if flow.condition and old.element(flow.source):
                what = f"A new answer “{flow.name or flow.id}” of “{_called(new, flow.source)}” holds when"
                sentence = f"{what} {flow.condition}"
                yield Change(ChangeKind.CONDITION, flow.id, _DIAGRAM, "", flow.condition, sentence)
            continue
        what = f"The answer “{flow.name or flow.id}” of “{_called(new, flow.source)}”"
        yield from becomes(ChangeKind.RENAMED, flow.id, _DIAGRAM, what, before.name, flow.name)
        yield from becomes(ChangeKind.CONDITION, flow.id, _DIAGRAM, f"{what}, condition",
                           before.condition or "", flow.condition or "")
    for gateway in new.elements:
        was = old.element(gateway.id)
        if was and was.default != gateway.default:
            names = [next((f.name or f.id for f in p.flows if f.id == d), "") for p, d in
                     ((old, was.default), (new, gateway.default))]
            yield from becomes(ChangeKind.CONDITION, gateway.id, _DIAGRAM, f"“{gateway.title}”, "
                                                                           "otherwise", *names)
