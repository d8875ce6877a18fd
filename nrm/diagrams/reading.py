"""BPMN XML into the model: one walk, nothing executed, everything odd remembered for the checker."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from nrm.diagrams import settings
from nrm.diagrams.model import Element, Flow, Kind, Lane, Process, Trigger
from nrm.diagrams.nodes import attributes, children, line, local, namespace
from nrm.documents import xml
from nrm.vocabulary.errors import DocumentRefused

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DRAWING = (
    BPMNDI, "http://www.omg.org/spec/DD/20100524/DC", "http://www.omg.org/spec/DD/20100524/DI",
    "http://bpmn.io/schema/bpmn/biocolor/1.0", "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
)
_MAX_NODES = 2000

_GROUPS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
_DRAWN_INSIDE = frozenset({"sequenceFlow", "laneSet", "textAnnotation", "association", "group"})
_REFUSED_SETTINGS = frozenset({
    ("triggeredByEvent", "true"), ("isForCompensation", "true"), ("instantiate", "true"),
    ("eventGatewayType", "Parallel"),
})

_KINDS = {
    "startEvent": Kind.START, "endEvent": Kind.END, "userTask": Kind.USER_TASK,
    "serviceTask": Kind.SERVICE_TASK, "sendTask": Kind.SEND_TASK, "receiveTask": Kind.RECEIVE_TASK,
    "businessRuleTask": Kind.DECISION, "callActivity": Kind.CALL, "exclusiveGateway": Kind.EXCLUSIVE,
    "parallelGateway": Kind.PARALLEL, "inclusiveGateway": Kind.INCLUSIVE,
    "eventBasedGateway": Kind.EVENT_GATEWAY, "intermediateCatchEvent": Kind.CATCH,
    "intermediateThrowEvent": Kind.THROW, "boundaryEvent": Kind.BOUNDARY, "subProcess": Kind.SUBPROCESS,
}
_REFUSED_NODES = frozenset({
    "task", "scriptTask", "manualTask", "transaction", "adHocSubProcess", "complexGateway",
    "implicitThrowEvent", "dataObject", "dataObjectReference", "dataStoreReference", "callChoreography",
    "choreographyTask",
})
_TRIGGERS = {
    "messageEventDefinition": Trigger.MESSAGE, "timerEventDefinition": Trigger.LIMIT,
    "terminateEventDefinition": Trigger.TERMINATE,
}
_PLAIN_CHILDREN = frozenset({
    "documentation", "extensionElements", "incoming", "outgoing", "multiInstanceLoopCharacteristics",
    "messageEventDefinition", "timerEventDefinition", "terminateEventDefinition",
})
_PLAIN_ATTRIBUTES = frozenset({
    "id", "name", "default", "calledElement", "attachedToRef", "cancelActivity", "gatewayDirection",
    "messageRef", "isInterrupting", "parallelMultiple", "implementation", "operationRef", "triggeredByEvent",
    "completionQuantity", "startQuantity", "isForCompensation", "eventGatewayType", "instantiate",
})


def read(data: bytes) -> Process:
    """Read BPMN bytes into a :class:`Process`; what is odd inside stays in the model for the checker.

    Raises DocumentRefused: not well-formed XML, not BPMN, no or several processes, a missing or double id.
    """
    root = xml.parse(data)
    if root.tag != _b("definitions"):
        raise DocumentRefused("This file is not a BPMN diagram.", line=line(root))
    processes = root.findall(_b("process"))
    if len(processes) != 1:
        raise DocumentRefused(
            f"A diagram must hold exactly one process; this one holds {len(processes)}.", line=line(root))
    return _Reader(root, processes[0]).process()


class _Reader:
    """Walks one process node; collects elements and flows in document order."""

    def __init__(self, root: etree._Element, node: etree._Element) -> None:
        self.root = root
        self.node = node
        self.messages = {m.get("id", ""): m.get("name", "") for m in root.findall(_b("message"))}
        self.lanes, self.lane_of = _lanes(node)
        self.elements: list[Element] = []
        self.flows: list[Flow] = []
        self.problems: list[tuple[str | None, int, str]] = []
        self.seen: set[str] = set()

    def process(self) -> Process:
        self._walk(self.node, None, 0)
        self._outside()
        said = settings.process(self.node)
        process_id = self._id(self.node)
        return Process(
            id=process_id, title=said.title or self.node.get("name", "") or process_id, line=line(self.node),
            owner=said.owner, legal_basis=said.legal_basis, trace=said.trace, starts=said.starts,
            start_roles=said.start_roles, start_when=said.start_when, start_message=said.start_message,
            is_stage=said.is_stage, advice=said.advice,
            documentation=_documentation(self.node), lanes=self.lanes, elements=tuple(self.elements),
            flows=tuple(self.flows), shapes=_shapes(self.root), problems=tuple(self.problems),
        )

    def _walk(self, parent: etree._Element, parent_id: str | None, depth: int) -> None:
        if depth > 5 or len(self.elements) > _MAX_NODES:
            sentence = "The diagram is nested too deeply or has too many steps."
            raise DocumentRefused(sentence, line=line(parent))
        for child in children(parent):
            name = local(child)
            if name == "sequenceFlow":
                self.flows.append(self._flow(child, parent_id))
            elif name in _KINDS or name in _REFUSED_NODES:
                self.elements.append(self._element(child, parent_id))
                if name in _GROUPS:
                    self._walk(child, child.get("id"), depth + 1)
            elif depth == 0:
                self._aside(child, name)

    def _aside(self, node: etree._Element, name: str) -> None:
        allowed = ("laneSet", "documentation", "extensionElements", "textAnnotation", "association", "group")
        if name not in allowed or namespace(node) != BPMN:
            sentence = f"The diagram contains “{name}”, which may not be used."
            self.problems.append((node.get("id"), line(node), sentence))

    def _outside(self) -> None:
        pools = [p for c in self.root.findall(_b("collaboration")) for p in c.findall(_b("participant"))]
        if len(pools) > 1:
            sentence = "The diagram has more than one pool; agencies are drawn as lanes of one pool."
            self.problems.append((pools[1].get("id"), line(pools[1]), sentence))
        for name in ("signal", "error", "escalation", "dataStore", "correlationProperty"):
            for node in self.root.findall(_b(name)):
                sentence = f"The diagram defines “{name}”, which may not be used."
                self.problems.append((node.get("id"), line(node), sentence))

    def _id(self, node: etree._Element) -> str:
        found = node.get("id", "")
        if not found:
            raise DocumentRefused(f"A “{local(node)}” has no id.", line=line(node))
        if found in self.seen:
            raise DocumentRefused(f"The id “{found}” is used twice.", line=line(node))
        self.seen.add(found)
        return found

    def _flow(self, node: etree._Element, parent: str | None) -> Flow:
        condition = node.find(_b("conditionExpression"))
        text = None if condition is None else (condition.text or "").strip()
        return Flow(
            id=self._id(node), name=_name(node), source=node.get("sourceRef", ""),
            target=node.get("targetRef", ""), line=line(node), condition=text, parent=parent,
            language="" if condition is None else condition.get("language", ""),
        )

    def _element(self, node: etree._Element, parent: str | None) -> Element:
        tag = local(node)
        element_id = self._id(node)
        lane = self.lane_of.get(element_id) or self.lane_of.get(parent or "")
        several = node.find(_b("multiInstanceLoopCharacteristics"))
        trigger, message = self._trigger(node)
        kind = _KINDS.get(tag, Kind.REFUSED)
        return Element(
            id=element_id, kind=kind, name=_name(node), line=line(node), tag=tag,
            role=lane.role if lane else "", lane=lane.id if lane else "", parent=parent,
            routing=lane.routing if lane else "",
            documentation=_documentation(node),
            task=settings.task(node) if kind is Kind.USER_TASK else None,
            call=settings.call(node) if kind is Kind.CALL else None,
            action=settings.action(node) if kind in (Kind.SERVICE_TASK, Kind.SEND_TASK) else None,
            limit=settings.limit(node) if trigger is Trigger.LIMIT else None,
            decision=settings.decision(node) if kind is Kind.DECISION else None,
            outcome=settings.outcome(node) if kind is Kind.END else None,
            trigger=trigger, message=message, calls=node.get("calledElement", ""),
            attached_to=node.get("attachedToRef"), interrupting=node.get("cancelActivity", "true") != "false",
            multiple=several is not None, default=node.get("default"),
            sequential=several is not None and several.get("isSequential") == "true",
            oddities=tuple(_oddities(node)),
        )

    def _trigger(self, node: etree._Element) -> tuple[Trigger, str]:
        found = [c for c in children(node) if local(c).endswith("EventDefinition")]
        reference = found[0].get("messageRef", "") if found else node.get("messageRef", "")
        message = self.messages.get(reference, reference)
        if not found:
            return (Trigger.MESSAGE if message else Trigger.NONE), message
        if len(found) > 1:
            return Trigger.REFUSED, ""
        return _TRIGGERS.get(local(found[0]), Trigger.REFUSED), message


def _lanes(node: etree._Element) -> tuple[tuple[Lane, ...], dict[str, Lane]]:
    lanes: list[Lane] = []
    lane_of: dict[str, Lane] = {}
    for found in node.iter(_b("lane")):
        role = settings.lane_role(found)
        lane = Lane(id=found.get("id", ""), name=_name(found), role=role, line=line(found),
                    routing=settings.lane_routing(found))
        lanes.append(lane)
        for reference in found.findall(_b("flowNodeRef")):
            lane_of[(reference.text or "").strip()] = lane
    return tuple(lanes), lane_of


def _oddities(node: etree._Element) -> Iterator[str]:
    """Constructs on an element that the design refuses (defect:D5-D9 and foreign expressions), in words."""
    nested = local(node) in _GROUPS
    for child in children(node):
        inner = nested and local(child) in {*_KINDS, *_REFUSED_NODES, *_DRAWN_INSIDE}
        if namespace(child) != BPMN or not (local(child) in _PLAIN_CHILDREN or inner):
            yield f"“{local(child)}”"
    for attribute, value in attributes(node).items():
        if attribute.startswith("{"):
            name = etree.QName(attribute)
            if name.namespace not in _DRAWING:
                yield f"the foreign setting “{name.localname}”"
        elif attribute not in _PLAIN_ATTRIBUTES or (attribute, value) in _REFUSED_SETTINGS:
            yield f"the setting “{attribute}”"
    for loop in node.findall(_b("multiInstanceLoopCharacteristics")):
        inside = (local(child) for child in children(loop))
        yield from (f"“{name}” of a repetition" for name in inside if name != "extensionElements")
    if any(children(timer) for timer in node.findall(_b("timerEventDefinition"))):
        yield "a length of time written into the diagram"
    yield from settings.foreign(node)


def _shapes(root: etree._Element) -> frozenset[str]:
    names = (f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge")
    return frozenset(shape.get("bpmnElement", "") for name in names for shape in root.iter(name))


def _documentation(node: etree._Element) -> str:
    found = node.find(_b("documentation"))
    return "" if found is None else (found.text or "").strip()


def _name(node: etree._Element) -> str:
    return " ".join(node.get("name", "").split())


def _b(name: str) -> str:
    return f"{{{BPMN}}}{name}"
