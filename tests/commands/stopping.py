"""A small process that stops where a fact is not known, published beside the shipped ones."""

from __future__ import annotations

from sqlalchemy import insert

from nrm.diagrams.bundle import DICTIONARY, Bundle, settings_files
from nrm.records.tables.bundle import BundleRow
from nrm.vocabulary.actor import SYSTEM
from tests.scenarios.by_engine import shipped_bundle
from tests.support.driving import START, Drive, shipped_configuration

FACT = "invented_answer"
FLOWS = ("which_way_yes", "which_way_no")
_FACT = """
invented_answer:
  type: answer
  scope: run
  sensitivity: ordinary
  set_by: ["form:none"]
  label: {en: "Invented answer", ro: "Invented answer", ar: "Invented answer"}
  doc: "Nobody asks for it, so it is not known."
"""
_LIMIT = '<bpmn:extensionElements><nrm:limit name="T29_return" ladder="quiet"/></bpmn:extensionElements>'


def stopping(process_id: str = "stopping", *, waits: bool = False) -> Bundle:
    """One task, then a question nobody has answered; with ``waits`` a limit event stands in between."""
    files = dict(shipped_bundle("report_gap").files)
    form = {name: data for name, data in files.items() if name.startswith("forms/")}
    draft = Bundle(process_id, {
        f"{process_id}.bpmn": _diagram(process_id, waits).encode(),
        DICTIONARY: files[DICTIONARY] + _FACT.encode(), **form,
    })
    known = shipped_configuration()
    return draft.with_files(settings_files(draft.process(), known.limit_documents, known.ladder_documents))


def publish(drive: Drive, bundle: Bundle) -> str:
    """Put a bundle among the published ones, as installing does; returns its process."""
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(BundleRow), [{
            "digest": bundle.digest, "process": bundle.process_id, "number": 1, "status": "current",
            "files": bundle.to_zip(), "author_id": "system", "approver_id": "system", "published_at": START,
            "note": "invented", "changes": [],
        }])
    return bundle.process_id


def _diagram(process_id: str, waits: bool) -> str:
    middle = f"""
    <bpmn:intermediateCatchEvent id="some_time" name="Some time">{_LIMIT}
      <bpmn:timerEventDefinition id="some_time_timer"/></bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="to_time" sourceRef="ask" targetRef="some_time"/>
    <bpmn:sequenceFlow id="to_question" sourceRef="some_time" targetRef="which_way"/>""" if waits else """
    <bpmn:sequenceFlow id="to_question" sourceRef="ask" targetRef="which_way"/>"""
    lane = "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in (
        "asked", "ask", "which_way", "when_yes", "when_no", "over", *(["some_time"] if waits else [])))
    tasks = "".join(_task(name) for name in ("ask", "when_yes", "when_no"))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:nrm="urn:nrm:bpmn:1" id="d"
  targetNamespace="urn:nrm:test">
  <bpmn:process id="{process_id}" name="Stopping" isExecutable="true">
    <bpmn:extensionElements><nrm:process title="Stopping" owner="COORD" legalBasis="none" trace="test" start="person"
      startRoles="CM COORD"/></bpmn:extensionElements>
    <bpmn:laneSet id="lanes"><bpmn:lane id="lane_cm" name="Case manager">
      <bpmn:extensionElements><nrm:lane role="CM"/></bpmn:extensionElements>{lane}</bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="asked" name="Asked"/>{tasks}
    <bpmn:exclusiveGateway id="which_way" name="Which way?" default="which_way_no"/>
    <bpmn:endEvent id="over" name="Over"><bpmn:extensionElements>
      <nrm:outcome name="over" owner="CM" onward="none"/></bpmn:extensionElements></bpmn:endEvent>
    <bpmn:sequenceFlow id="to_ask" sourceRef="asked" targetRef="ask"/>{middle}
    <bpmn:sequenceFlow id="which_way_yes" name="Yes" sourceRef="which_way" targetRef="when_yes">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{FACT} = "yes"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="which_way_no" name="No" sourceRef="which_way" targetRef="when_no"/>
    <bpmn:sequenceFlow id="yes_over" sourceRef="when_yes" targetRef="over"/>
    <bpmn:sequenceFlow id="no_over" sourceRef="when_no" targetRef="over"/>
  </bpmn:process>
</bpmn:definitions>
"""


def _task(name: str) -> str:
    return f"""
    <bpmn:userTask id="{name}" name="{name.replace('_', ' ').capitalize()}"><bpmn:extensionElements>
      <nrm:task form="F27_gap" limit="T_default" priority="normal" trace="test"/>
    </bpmn:extensionElements></bpmn:userTask>"""
