"""Builds small process diagrams for tests: a few lines of Python to BPMN and a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from nrm.diagrams.bundle import Bundle

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:nrm="urn:nrm:bpmn:1" '
    'id="definitions" targetNamespace="urn:nrm:test">\n'
)
_LIMIT = '<bpmn:timerEventDefinition id="{0}_timer"/>'


def _element(tag: str, attributes: Mapping[str, str | None], inner: str = "") -> str:
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value is not None)
    return f"<{tag}{written}>{inner}</{tag}>"


def _extension(kind: str, inner: str = "", **attributes: str | None) -> str:
    said = _element(f"nrm:{kind}", attributes, inner)
    return f"<bpmn:extensionElements>{said}</bpmn:extensionElements>"


class Diagram:
    """A process (or, through :meth:`sub`, an embedded subprocess) that grows call by call.

    Every adder returns the id of what it added; ``flow`` returns the id of the flow, ``f_<from>_<to>``.
    """

    def __init__(self, process_id: str = "sample") -> None:
        self.id = process_id
        self.messages: list[str] = []
        self.tables: dict[str, bytes] = {}
        self._nodes: list[tuple[str, dict[str, str | None], str]] = []
        self._flows: list[str] = []

    # elements

    def add(self, tag: str, element_id: str, inner: str = "", **attributes: str | None) -> str:
        self._nodes.append((tag, {"id": element_id, "name": element_id, **attributes}, inner))
        return element_id

    def start(self, element_id: str = "start") -> str:
        return self.add("startEvent", element_id)

    def end(self, element_id: str = "end", outcome: str = "", *, terminate: bool = False,
            message: str = "") -> str:
        inner = _extension("outcome", name=outcome) if outcome else ""
        inner += f'<bpmn:terminateEventDefinition id="{element_id}_terminate"/>' if terminate else ""
        return self.add("endEvent", element_id, inner + self._message_event(element_id, message))

    def task(self, element_id: str, *, each: str | None = None, sequential: bool = False) -> str:
        inner = _extension("task", form=f"form_{element_id}", limit="T01", each=each)
        return self.add("userTask", element_id, inner + self._several(each, sequential))

    def call(self, element_id: str, process: str, *, each: str | None = None,
             sequential: bool = False) -> str:
        inner = _extension("call", each=each) + self._several(each, sequential)
        return self.add("callActivity", element_id, inner, calledElement=process)

    def service(self, element_id: str, action: str, tag: str = "serviceTask") -> str:
        return self.add(tag, element_id, _extension("action", name=action))

    def send(self, element_id: str, action: str) -> str:
        return self.service(element_id, action, "sendTask")

    def receive(self, element_id: str, message: str) -> str:
        return self.add("receiveTask", element_id, messageRef=self._message(message))

    def decide(self, element_id: str, table: str, dmn: bytes) -> str:
        self.tables[f"tables/{table}.dmn"] = dmn
        return self.add("businessRuleTask", element_id, _extension("decision", table=table))

    def exclusive(self, element_id: str, default: str | None = None) -> str:
        return self.add("exclusiveGateway", element_id, default=default)

    def inclusive(self, element_id: str, default: str | None = None) -> str:
        return self.add("inclusiveGateway", element_id, default=default)

    def parallel(self, element_id: str) -> str:
        return self.add("parallelGateway", element_id)

    def first_of(self, element_id: str) -> str:
        return self.add("eventBasedGateway", element_id)

    def catch_limit(self, element_id: str, limit: str) -> str:
        return self.add("intermediateCatchEvent", element_id, self._limit_event(element_id, limit))

    def catch_message(self, element_id: str, message: str) -> str:
        return self.add("intermediateCatchEvent", element_id, self._message_event(element_id, message))

    def throw(self, element_id: str, message: str) -> str:
        return self.add("intermediateThrowEvent", element_id, self._message_event(element_id, message))

    def on_limit(self, element_id: str, host: str, limit: str, *, interrupting: bool) -> str:
        return self._boundary(element_id, host, self._limit_event(element_id, limit), interrupting)

    def on_message(self, element_id: str, host: str, message: str, *, interrupting: bool) -> str:
        return self._boundary(element_id, host, self._message_event(element_id, message), interrupting)

    def sub(self, inside: Diagram) -> str:
        """Embed another diagram as a subprocess, under its own id."""
        self.messages += inside.messages
        self.tables |= inside.tables
        return self.add("subProcess", inside.id, inside.body())

    # flows

    def flow(self, source: str, target: str, when: str | None = None, flow_id: str | None = None) -> str:
        flow_id = flow_id or f"f_{source}_{target}"
        condition = ""
        if when is not None:
            kind: dict[str, str | None] = {"xsi:type": "bpmn:tFormalExpression"}
            condition = _element("bpmn:conditionExpression", kind, escape(when))
        attributes: dict[str, str | None] = {"id": flow_id, "sourceRef": source, "targetRef": target}
        self._flows.append(_element("bpmn:sequenceFlow", attributes, condition))
        return flow_id

    def path(self, *ids: str) -> None:
        """Flows from each to the next."""
        for source, target in pairwise(ids):
            self.flow(source, target)

    # results

    def body(self) -> str:
        nodes = [_element(f"bpmn:{tag}", attributes, inner) for tag, attributes, inner in self._nodes]
        return "\n".join(nodes + self._flows)

    def xml(self) -> bytes:
        messages = "".join(
            f'<bpmn:message id="m_{name}" name="{name}"/>' for name in dict.fromkeys(self.messages)
        )
        process = f'<bpmn:process id="{self.id}" isExecutable="true">\n{self.body()}\n</bpmn:process>'
        return f"{_HEAD}{messages}{process}\n</bpmn:definitions>\n".encode()

    def bundle(self) -> Bundle:
        return Bundle(self.id, {f"{self.id}.bpmn": self.xml(), **self.tables})

    # inner parts

    def _boundary(self, element_id: str, host: str, inner: str, interrupting: bool) -> str:
        cancel = "true" if interrupting else "false"
        return self.add("boundaryEvent", element_id, inner, attachedToRef=host, cancelActivity=cancel)

    def _limit_event(self, element_id: str, limit: str) -> str:
        return _extension("limit", name=limit) + _LIMIT.format(element_id)

    def _message(self, message: str) -> str:
        self.messages.append(message)
        return f"m_{message}"

    def _message_event(self, element_id: str, message: str) -> str:
        if not message:
            return ""
        reference = self._message(message)
        return f'<bpmn:messageEventDefinition id="{element_id}_message" messageRef="{reference}"/>'

    @staticmethod
    def _several(each: str | None, sequential: bool) -> str:
        if each is None:
            return ""
        return f'<bpmn:multiInstanceLoopCharacteristics isSequential="{"true" if sequential else "false"}"/>'
