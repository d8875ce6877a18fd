"""The frozen model of one process diagram: what is drawn, and what our extensions say about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """What an element is. The value is the plain word shown in the equal list."""

    START = "start"
    END = "end"
    USER_TASK = "task"
    SERVICE_TASK = "action"
    SEND_TASK = "sending"
    RECEIVE_TASK = "waiting for a message"
    DECISION = "decision table"
    CALL = "other process"
    EXCLUSIVE = "choice"
    PARALLEL = "parallel"
    INCLUSIVE = "any of several"
    EVENT_GATEWAY = "first of several"
    CATCH = "waiting"
    THROW = "message sent"
    BOUNDARY = "meanwhile"
    SUBPROCESS = "group of steps"
    REFUSED = "not allowed"
    """Anything the design does not allow; ``Element.tag`` says what it is in BPMN."""


GATEWAYS = frozenset({Kind.EXCLUSIVE, Kind.PARALLEL, Kind.INCLUSIVE, Kind.EVENT_GATEWAY})
ACTIVITIES = frozenset({
    Kind.USER_TASK, Kind.SERVICE_TASK, Kind.SEND_TASK, Kind.RECEIVE_TASK, Kind.DECISION, Kind.CALL,
    Kind.SUBPROCESS,
})
EVENTS = frozenset({Kind.START, Kind.END, Kind.CATCH, Kind.THROW, Kind.BOUNDARY})


class Trigger(StrEnum):
    """What makes an event happen."""

    NONE = "none"
    MESSAGE = "message"
    LIMIT = "limit"
    """A timer event: it names a time limit, never a length."""
    TERMINATE = "terminate"
    REFUSED = "refused"
    """Signal, error, escalation, conditional, link, compensation, cancel, several at once."""


@dataclass(frozen=True, slots=True)
class TaskSetting:
    """``<nrm:task>`` of a user task. Empty strings mean *not given*."""

    form: str = ""
    limit: str = ""
    also: tuple[str, ...] = ()
    """Further time limits that run beside it."""
    ladder: str = ""
    """Empty: the ladder of the time limit itself."""
    priority: str = "normal"
    not_by: tuple[str, ...] = ()
    safety: bool = False
    purpose: str = ""
    gate: str = ""
    wakes_on: tuple[str, ...] = ()
    each: str = ""
    trace: str = ""
    advice: tuple[str, ...] = ()
    """Decision tables whose result is shown to whoever does the task; they decide nothing."""


@dataclass(frozen=True, slots=True)
class CallSetting:
    """``<nrm:call>`` of a call activity: facts in and out, and the collection it runs once for each of."""

    facts_in: tuple[str, ...] = ()
    facts_out: tuple[str, ...] = ()
    each: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class ActionSetting:
    """``<nrm:action>`` of a service or send task: a named action and its parameters in document order."""

    name: str = ""
    params: tuple[tuple[str, str], ...] = ()
    trace: str = ""


@dataclass(frozen=True, slots=True)
class LimitSetting:
    """``<nrm:limit>`` of a timer event."""

    name: str = ""
    ladder: str = ""


@dataclass(frozen=True, slots=True)
class DecisionSetting:
    """``<nrm:decision>`` of a business-rule task."""

    table: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeSetting:
    """``<nrm:outcome>`` of an end event: what it ends as, who owns it then, which door stays open."""

    name: str = ""
    owner: str = ""
    onward: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane, the role it names, and which side of a transfer fills it, where the run is one."""

    id: str
    name: str
    role: str
    line: int
    routing: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One flow node.

    ``parent`` is the embedded subprocess it lies in. ``message`` is a message *name*. ``calls`` is the
    called process id. ``multiple`` says it runs once for each of a collection. ``oddities`` are BPMN
    constructs found on it that the design refuses, in words.
    """

    id: str
    kind: Kind
    name: str
    line: int
    tag: str
    role: str = ""
    lane: str = ""
    documentation: str = ""
    parent: str | None = None
    task: TaskSetting | None = None
    call: CallSetting | None = None
    action: ActionSetting | None = None
    limit: LimitSetting | None = None
    decision: DecisionSetting | None = None
    outcome: OutcomeSetting | None = None
    trigger: Trigger = Trigger.NONE
    message: str = ""
    calls: str = ""
    attached_to: str | None = None
    interrupting: bool = True
    multiple: bool = False
    sequential: bool = False
    default: str | None = None
    oddities: tuple[str, ...] = ()
    routing: str = ""
    """Which side of a transfer the lane is, where it is one."""

    @property
    def title(self) -> str:
        """The name for a sentence: the drawn name, or the id in plain words where nothing is written."""
        return self.name or self.id.replace("_", " ").capitalize()

    @property
    def waits(self) -> bool:
        """Whether a run can stand still here (subprocesses wait through what is in them)."""
        waiting = {Kind.USER_TASK, Kind.RECEIVE_TASK, Kind.CALL, Kind.CATCH, Kind.EVENT_GATEWAY}
        return self.kind in waiting

    @property
    def each(self) -> str:
        """The collection a multi-instance element runs over, or an empty string."""
        setting = self.task or self.call
        return setting.each if setting else ""


@dataclass(frozen=True, slots=True)
class Flow:
    """One sequence flow; ``condition`` is FEEL text, or None where nothing is written."""

    id: str
    name: str
    source: str
    target: str
    line: int
    condition: str | None = None
    language: str = ""
    parent: str | None = None


@dataclass(frozen=True)
class Process:
    """One process diagram.

    ``starts`` are the ways a run may begin (``call opening person message command date``); ``start_when`` is
    FEEL over facts; ``shapes`` are the ids that are drawn; ``problems`` are (element id or None, line,
    sentence) for what the reader saw outside single elements.
    """

    id: str
    title: str
    line: int
    owner: str = ""
    legal_basis: str = ""
    trace: str = ""
    starts: tuple[str, ...] = ()
    start_roles: tuple[str, ...] = ()
    start_when: str = ""
    start_message: str = ""
    is_stage: bool = False
    """Whether a case stands in this process while it runs (``stage="true"``)."""
    advice: tuple[str, ...] = ()
    """Decision tables that people of this process consult, beside those its steps name."""
    documentation: str = ""
    lanes: tuple[Lane, ...] = ()
    elements: tuple[Element, ...] = ()
    flows: tuple[Flow, ...] = ()
    shapes: frozenset[str] = frozenset()
    problems: tuple[tuple[str | None, int, str], ...] = field(default=())

    @cached_property
    def by_id(self) -> dict[str, Element]:
        """Elements by id."""
        return {e.id: e for e in self.elements}

    @cached_property
    def _out(self) -> dict[str, tuple[Flow, ...]]:
        return _grouped(self.flows, "source")

    @cached_property
    def _in(self) -> dict[str, tuple[Flow, ...]]:
        return _grouped(self.flows, "target")

    def element(self, element_id: str) -> Element | None:
        """The element with that id, or None."""
        return self.by_id.get(element_id)

    def outgoing(self, element_id: str) -> tuple[Flow, ...]:
        """Flows that leave the element, in document order."""
        return self._out.get(element_id, ())

    def incoming(self, element_id: str) -> tuple[Flow, ...]:
        """Flows that reach the element, in document order."""
        return self._in.get(element_id, ())

    def attached(self, element_id: str) -> tuple[Element, ...]:
        """Boundary events that sit on the element."""
        return tuple(e for e in self.elements if e.attached_to == element_id)

    def inside(self, parent: str | None) -> tuple[Element, ...]:
        """Elements that lie directly in the process (None) or in one subprocess."""
        return tuple(e for e in self.elements if e.parent == parent)

    def successors(self, element_id: str) -> tuple[str, ...]:
        """Ids reached next: by flow, by a boundary event on it, into a subprocess by its start events."""
        reached = [flow.target for flow in self.outgoing(element_id)]
        reached += [e.id for e in self.attached(element_id)]
        element = self.by_id.get(element_id)
        if element and element.kind is Kind.SUBPROCESS:
            reached += [e.id for e in self.inside(element_id) if e.kind is Kind.START]
        return tuple(dict.fromkeys(reached))

    def of_kind(self, *kinds: Kind) -> tuple[Element, ...]:
        """Elements of the given kinds, in document order."""
        return tuple(e for e in self.elements if e.kind in kinds)

    @property
    def forms(self) -> frozenset[str]:
        """Ids of the forms that the user tasks name."""
        return frozenset(e.task.form for e in self.elements if e.task and e.task.form)

    @property
    def tables(self) -> frozenset[str]:
        """Ids of the decision tables that decide in this process or give advice in it."""
        return self.deciding.union(self.advice, *(e.task.advice for e in self.elements if e.task))

    @property
    def deciding(self) -> frozenset[str]:
        """Ids of the decision tables that the business-rule tasks name."""
        return frozenset(e.decision.table for e in self.elements if e.decision and e.decision.table)

    @property
    def limits(self) -> frozenset[str]:
        """Keys of the time limits that tasks and events name."""
        named = {key for e in self.elements if e.task for key in (e.task.limit, *e.task.also)}
        named |= {e.limit.name for e in self.elements if e.limit}
        return frozenset(named - {""})

    @property
    def ladders(self) -> frozenset[str]:
        """Keys of the escalation ladders that tasks and events name."""
        named = {e.task.ladder for e in self.elements if e.task}
        named |= {e.limit.ladder for e in self.elements if e.limit}
        return frozenset(named - {""})

    @property
    def called(self) -> tuple[str, ...]:
        """Ids of the processes that call activities name, each once, in document order."""
        return tuple(dict.fromkeys(e.calls for e in self.elements if e.calls))


def _grouped(flows: tuple[Flow, ...], end: str) -> dict[str, tuple[Flow, ...]]:
    groups: dict[str, list[Flow]] = {}
    for flow in flows:
        groups.setdefault(flow.source if end == "source" else flow.target, []).append(flow)
    return {key: tuple(value) for key, value in groups.items()}
