"""The parts of one sound invented process, shared by the tests of checking and of comparing."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nrm.checking import Known
from nrm.diagrams.bundle import Bundle

HERE = Path(__file__).parent
DICTIONARY = b"""
is_child: {type: enum, values: [no, yes, in_doubt, unknown], initial: unknown}
consent_police: {type: enum, values: [not_asked, given, refused, withdrawn], initial: not_asked}
risk_level: {type: enum, values: [unknown, low, medium, high], initial: unknown}
finding: {type: enum, values: [none, positive, negative], initial: none}
willing_to_cooperate: {type: answer, initial: not_asked}
visits: {type: integer, initial: 0}
seen_on: {type: date}
safe_tonight: {type: boolean, initial: false}
"""
LIMITS = b"""
T01: {title: First, length: 1, unit: working_days, source: Invented Act 1, start_event: Something}
T02: {title: Second, length: 5, unit: working_days, source: Invented Act 2, start_event: Something}
"""
LADDERS = b"standard: {title: Standard, rungs: [{when: breach, tell: [assignee, \"role:COORD\"]}]}\n"
TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:nrm:test">
  <decision id="D-99_risk" name="Risk">
    <decisionTable id="table" hitPolicy="UNIQUE">
      <input id="i1" label="Child">
        <inputExpression id="e1" typeRef="string"><text>is_child</text></inputExpression>
      </input>
      <output id="o1" name="risk_level" typeRef="string"/>
      <rule id="r1"><inputEntry id="c1"><text>"yes"</text></inputEntry>
        <outputEntry id="v1"><text>"high"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="c2"><text>"no"</text></inputEntry>
        <outputEntry id="v2"><text>"low"</text></outputEntry></rule>
      <rule id="r3"><inputEntry id="c3"><text>"in_doubt", "unknown"</text></inputEntry>
        <outputEntry id="v3"><text>"medium"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
"""
TABLE_TESTS = b"""
source: the sound process
tests:
  - name: a child is at high risk
    given: {is_child: "yes"}
    expect: {risk_level: high}
    rules: [r1]
  - name: not threatened is low
    given: {is_child: "no"}
    expect: {risk_level: low}
"""
KNOWN = Known(
    roles=frozenset({"CM", "COORD", "POL"}),
    limits=frozenset({"T01", "T02"}),
    ladders=frozenset({"standard"}),
    processes=frozenset({"sound", "other"}),
    actions=frozenset({"send_referral"}),
    messages=frozenset({"provider_replied"}),
    acts=frozenset({"consent"}),
    calls={"other": ()},
    outcomes={"other": frozenset({"ended"})},
    elements=frozenset({"elsewhere"}),
)


def form_json(form_id: str, act: str = "", components: list[dict[str, object]] | None = None) -> bytes:
    """form-js JSON with one question unless components are given."""
    question: dict[str, object] = {"type": "textarea", "id": "note", "key": "note", "label": "Note"}
    return json.dumps(
        {
            "schemaVersion": 19,
            "type": "default",
            "id": form_id,
            "components": components if components is not None else [question],
            "properties": {"nrm:title": form_id, "nrm:act": act},
        }
    ).encode()


def with_picture(diagram: str) -> str:
    """Shapes for every id of a flow node or flow: a picture as the editor would write it."""
    ids = re.findall(r'<bpmn:(?!process|lane|message|definitions|flowNodeRef)\w+ id="(\w+)"', diagram)
    shapes = "".join(f'<di:BPMNShape id="s_{i}" bpmnElement="{i}"/>' for i in ids)
    picture = (
        f'<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"><di:BPMNPlane>{shapes}'
        "</di:BPMNPlane></di:BPMNDiagram>"
    )
    return diagram.replace("<!--PICTURE-->", picture)


def sound_files() -> dict[str, bytes]:
    """The files of the sound bundle."""
    return {
        "sound.bpmn": with_picture((HERE / "sound.bpmn").read_text("utf-8")).encode(),
        "forms/F03_consent.json": form_json("F03_consent", "consent"),
        "forms/F99_note.json": form_json("F99_note"),
        "tables/D-99_risk.dmn": TABLE.encode(),
        "tables/D-99_risk.tests.yaml": TABLE_TESTS,
        "dictionary.yaml": DICTIONARY,
        "limits.yaml": LIMITS,
        "ladders.yaml": LADDERS,
    }


def broken(*replacements: tuple[str, str]) -> Bundle:
    """The sound bundle with text replaced in its diagram; each text must occur."""
    text = (HERE / "sound.bpmn").read_text("utf-8")
    for old, new in replacements:
        assert old in text, f"the sound diagram has no {old!r}"
        text = text.replace(old, new)
    return Bundle("sound", {**sound_files(), "sound.bpmn": with_picture(text).encode()})
