"""The ``nrm:`` extensions of a diagram (namespace ``urn:nrm:bpmn:1``) read into small settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from nrm.diagrams.model import (
    ActionSetting,
    CallSetting,
    DecisionSetting,
    LimitSetting,
    OutcomeSetting,
    TaskSetting,
)
from nrm.diagrams.nodes import attributes, children, local, namespace

NRM = "urn:nrm:bpmn:1"
_BOX = "{http://www.omg.org/spec/BPMN/20100524/MODEL}extensionElements"
_KNOWN = {
    "process": {"title", "owner", "legalBasis", "trace", "start", "startRoles", "startWhen", "message",
                "stage", "advice"},
    "lane": {"role", "routing"},
    "task": {"form", "limit", "alsoLimits", "ladder", "priority", "notBy", "safety", "trace", "purpose", "gate",
             "wakesOn", "each", "visibility", "advice"},
    "call": {"in", "out", "each", "trace"},
    "action": {"name", "trace"},
    "param": {"name", "value"},
    "limit": {"name", "ladder", "trace"},
    "decision": {"table", "trace"},
    "outcome": {"name", "owner", "onward", "trace"},
    "trace": {"id", "ids"},
}


@dataclass(frozen=True, slots=True)
class ProcessSetting:
    """``<nrm:process>``: title, owner role, legal basis, and how and by whom a run may be started."""

    title: str = ""
    owner: str = ""
    legal_basis: str = ""
    trace: str = ""
    starts: tuple[str, ...] = ()
    start_roles: tuple[str, ...] = ()
    start_when: str = ""
    start_message: str = ""
    is_stage: bool = False
    advice: tuple[str, ...] = ()


def extension(node: etree._Element, name: str) -> etree._Element | None:
    """The first ``nrm:<name>`` directly in the node's extensionElements, or None."""
    for box in node.findall(_BOX):
        found = box.find(f"{{{NRM}}}{name}")
        if found is not None:
            return found
    return None


def process(node: etree._Element) -> ProcessSetting:
    """Read ``<nrm:process>``; all empty where it is missing."""
    found = extension(node, "process")
    if found is None:
        return ProcessSetting()
    return ProcessSetting(
        title=_get(found, "title"), owner=_get(found, "owner"), legal_basis=_get(found, "legalBasis"),
        trace=_get(found, "trace"), starts=_list(found, "start"), start_roles=_list(found, "startRoles"),
        start_when=_get(found, "startWhen").removeprefix("="), start_message=_get(found, "message"),
        is_stage=_get(found, "stage") == "true", advice=_list(found, "advice"),
    )


def lane_role(node: etree._Element) -> str:
    """The role code a lane names, or an empty string."""
    found = extension(node, "lane")
    return "" if found is None else _get(found, "role")


def lane_routing(node: etree._Element) -> str:
    """Which side of the run's transfer fills the lane: ``sender`` or ``receiver``; empty: who serves the role."""
    found = extension(node, "lane")
    return "" if found is None else _get(found, "routing")


def task(node: etree._Element) -> TaskSetting | None:
    """Read ``<nrm:task>`` of a user task; None where it is missing."""
    found = extension(node, "task")
    if found is None:
        return None
    return TaskSetting(
        form=_get(found, "form"), limit=_get(found, "limit"), also=_list(found, "alsoLimits"),
        ladder=_get(found, "ladder"), priority=_get(found, "priority") or "normal", not_by=_list(found, "notBy"),
        safety=_get(found, "safety") == "true", purpose=_get(found, "purpose"), gate=_get(found, "gate"),
        wakes_on=_list(found, "wakesOn"), each=_get(found, "each"), trace=_get(found, "trace"),
        advice=_list(found, "advice"),
    )


def call(node: etree._Element) -> CallSetting:
    """Read ``<nrm:call>``; a call without one passes nothing."""
    found = extension(node, "call")
    if found is None:
        return CallSetting()
    return CallSetting(facts_in=_list(found, "in"), facts_out=_list(found, "out"), each=_get(found, "each"),
                       trace=_get(found, "trace"))


def action(node: etree._Element) -> ActionSetting | None:
    """Read ``<nrm:action>`` with its parameters; None where it is missing."""
    found = extension(node, "action")
    if found is None:
        return None
    params = tuple((_get(p, "name"), _get(p, "value")) for p in found.findall(f"{{{NRM}}}param"))
    return ActionSetting(name=_get(found, "name"), params=params, trace=_get(found, "trace"))


def limit(node: etree._Element) -> LimitSetting | None:
    """Read ``<nrm:limit>`` of a timer event; None where it is missing."""
    found = extension(node, "limit")
    return None if found is None else LimitSetting(name=_get(found, "name"), ladder=_get(found, "ladder"))


def decision(node: etree._Element) -> DecisionSetting | None:
    """Read ``<nrm:decision>``; None where it is missing."""
    found = extension(node, "decision")
    return None if found is None else DecisionSetting(table=_get(found, "table"))


def outcome(node: etree._Element) -> OutcomeSetting | None:
    """Read ``<nrm:outcome>``; None where it is missing."""
    found = extension(node, "outcome")
    if found is None:
        return None
    return OutcomeSetting(name=_get(found, "name"), owner=_get(found, "owner"), onward=_get(found, "onward"))


def foreign(node: etree._Element) -> Iterator[str]:
    """Whatever in extensionElements is not ours, or is misspelt: foreign scripts, unknown settings."""
    boxes = list(node.findall(_BOX))
    boxes += [b for child in children(node) if _is_detail(child) for b in child.findall(_BOX)]
    for found in (c for box in boxes for child in children(box) for c in (child, *children(child))):
        known = _KNOWN.get(local(found))
        if namespace(found) != NRM:
            yield f"the foreign extension “{local(found)}”"
        elif known is None:
            yield f"the unknown extension “nrm:{local(found)}”"
        else:
            misspelt = [key for key in attributes(found) if key not in known]
            yield from (f"the unknown setting “{key}” of nrm:{local(found)}" for key in misspelt)


def _is_detail(node: etree._Element) -> bool:
    return local(node).endswith("EventDefinition") or local(node) == "multiInstanceLoopCharacteristics"


def _get(node: etree._Element, name: str) -> str:
    return node.get(name, "").strip()


def _list(node: etree._Element, name: str) -> tuple[str, ...]:
    return tuple(node.get(name, "").replace(",", " ").split())
