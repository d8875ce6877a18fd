"""Every rule of the checker: a sound process broken in one way gives the finding, in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from nrm.checking import Known, check_bundle, findings_as_json, require_publishable
from nrm.diagrams.bundle import Bundle
from nrm.vocabulary.errors import BundleRejected
from nrm.vocabulary.findings import Severity

STOP = Severity.STOP
GOOD_START = '<bpmn:startEvent id="started" name="Started"/>'
HELP = '<nrm:task form="F99_note" limit="T01" trace="P0.3" purpose="assistance"/>'
F_TOGETHER = '<bpmn:sequenceFlow id="f_together" sourceRef="together" targetRef="offer_help"/>'
POLICE_NO = '<bpmn:sequenceFlow id="police_no" name="no" sourceRef="police_wanted" targetRef="together"/>'


def condition(text: str) -> str:
    return f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{text}</bpmn:conditionExpression>'


def flow(flow_id: str, source: str, target: str, when: str = "") -> str:
    inner = condition(when) if when else ""
    head = f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">'
    return f"{head}{inner}</bpmn:sequenceFlow>"


BROKEN = {
    row["what"]: row for row in yaml.safe_load((Path(__file__).parent / "broken.yaml").read_text("utf-8"))
}


def test_the_sound_process_has_no_finding(sound: Bundle, known: Known) -> None:
    assert check_bundle(sound, known=known) == ()
    assert require_publishable(sound, known=known) == ()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_process_is_told_so_in_a_sentence(
    name: str, broken: Callable[..., Bundle], known: Known
) -> None:
    row = BROKEN[name]
    found = check_bundle(broken((row["replace"], row["by"])), known=known)
    match = [f for f in found if f.code == row["finding"] and f.element == row["element"]]
    assert match, [(f.code, f.element, f.message) for f in found]
    assert match[0].severity.value == row["severity"]
    assert match[0].message.endswith((".", "?", ")"))
    assert len(match[0].message.split()) >= 5
    assert match[0].file == "sound.bpmn"
    assert (match[0].line or 0) > 0


def test_a_positive_finding_may_lead_on_where_a_negative_one_still_gets_help(
    broken: Callable[..., Bundle], known: Known
) -> None:
    onward = (
        '<bpmn:exclusiveGateway id="found" name="Found?" default="f_not"/>'
        + flow("f_in", "together", "found")
        + flow("f_found", "found", "weigh_risk", 'finding = "positive"')
        + flow("f_not", "found", "offer_help")
    )
    assert check_bundle(broken((F_TOGETHER, onward)), known=known) == ()


def test_a_time_limit_on_the_police_step_is_a_way_on_without_them(
    broken: Callable[..., Bundle], known: Known
) -> None:
    late = (
        '<bpmn:boundaryEvent id="police_late" name="Police late" attachedToRef="tell_police"'
        ' cancelActivity="false">'
        '<bpmn:extensionElements><nrm:limit name="T02"/></bpmn:extensionElements>'
        '<bpmn:timerEventDefinition id="pl"/></bpmn:boundaryEvent>' + flow("f_pl", "police_late", "together")
    )
    waiting = (POLICE_NO, flow("police_no", "police_wanted", "tell_police"))
    codes = {f.code for f in check_bundle(broken(waiting, (GOOD_START, GOOD_START + late)), known=known)}
    assert "assistance_waits_for_police" not in codes


def test_calls_in_a_circle_are_found_across_processes(sound: Bundle, known: Known) -> None:
    circle = replace(known, calls={"other": ("third",), "third": ("sound",)})
    assert [f.code for f in check_bundle(sound, known=circle)] == ["call_circle"]


def test_a_process_is_opened_only_if_it_says_so(sound: Bundle, known: Known) -> None:
    found = check_bundle(sound, known=replace(known, callable=frozenset({"sound"})))
    assert [(f.code, f.element) for f in found] == [("call_not_allowed", "other_help")]


def test_what_is_not_known_is_not_asked(sound: Bundle) -> None:
    assert check_bundle(sound, known=Known()) == ()


FILES = {
    "a form that is no JSON": ({"forms/F99_note.json": b"{"}, "form_invalid", "F99_note"),
    "a form with another name": ({"forms/F99_note.json": ("F97_other", "")}, "form_name", "F99_note"),
    "a form with an unknown act": (
        {"forms/F99_note.json": ("F99_note", "explode")},
        "act_unknown",
        "F99_note",
    ),
    "a form nobody uses": ({"forms/F98_spare.json": ("F98_spare", "")}, "form_unused", "F98_spare"),
    "a table that overlaps (defect:D19)": (
        {"tables/D-99_risk.dmn": ('"no"', '"no", "yes"')},
        "table_overlap",
        "r2",
    ),
    "a table with a hole": (
        {"tables/D-99_risk.dmn": ('"in_doubt", "unknown"', '"unknown"')},
        "table_gap",
        "D-99_risk",
    ),
    "a table with a wrong value": (
        {"tables/D-99_risk.dmn": ('"medium"', '"moderate"')},
        "table_wrong_value",
        "r3",
    ),
    "a table with another policy": ({"tables/D-99_risk.dmn": ("UNIQUE", "BEST")}, "*", "D-99_risk"),
    "a dictionary that is no YAML": ({"dictionary.yaml": b"a: ["}, "dictionary_unreadable", None),
    "a limit that is not carried": ({"limits.yaml": b"T01: {length: 1}"}, "limit_not_held", "T02"),
    "limits that are no YAML": ({"limits.yaml": b"["}, "settings_unreadable", None),
    "a diagram that is no XML": ({"sound.bpmn": b"<a"}, "diagram_unreadable", "sound"),
    "a diagram with a DOCTYPE": (
        {"sound.bpmn": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'},
        "diagram_unreadable",
        "sound",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_told_so(
    name: str, sound: Bundle, form_of: Callable[..., bytes], known: Known
) -> None:
    change, code, element = FILES[name]
    files = {}
    for file, made in change.items():
        if isinstance(made, bytes):
            files[file] = made
        elif file.startswith("forms/"):
            files[file] = form_of(*made)
        else:
            files[file] = sound.files[file].replace(made[0].encode(), made[1].encode())
    found = check_bundle(sound.with_files(files), known=known)
    if code == "*":
        assert any((f.file or "").endswith(".dmn") and f.severity is STOP for f in found)
    else:
        assert (code, element) in {(f.code, f.element) for f in found}, found


FACTS = [
    ({"type": "checkbox", "key": "q", "properties": {"nrm:fact": "safe_tonight"}}, None),
    ({"type": "checkbox", "key": "q", "properties": {"nrm:fact": "risk_level"}}, "fact_mismatch"),
    ({"type": "checkbox", "key": "q", "properties": {"nrm:fact": "shoe_size"}}, "fact_unknown"),
    ({"type": "number", "key": "q", "decimalDigits": 0, "properties": {"nrm:fact": "visits"}}, None),
    ({"type": "number", "key": "q", "properties": {"nrm:fact": "visits"}}, "fact_mismatch"),
    ({"type": "datetime", "key": "q", "subtype": "date", "properties": {"nrm:fact": "seen_on"}}, None),
    (
        {"type": "datetime", "key": "q", "subtype": "datetime", "properties": {"nrm:fact": "seen_on"}},
        "fact_mismatch",
    ),
    (
        {
            "type": "radio",
            "key": "q",
            "values": [{"value": "low", "label": "l"}],
            "properties": {"nrm:fact": "risk_level"},
        },
        None,
    ),
    (
        {
            "type": "radio",
            "key": "q",
            "values": [{"value": "huge", "label": "h"}],
            "properties": {"nrm:fact": "risk_level"},
        },
        "fact_mismatch",
    ),
    ({"type": "textfield", "key": "q", "properties": {"nrm:fact": "risk_level"}}, "form_invalid"),
    ({"type": "html", "key": "q", "content": "<script>"}, "form_invalid"),
]


@pytest.mark.parametrize(("component", "code"), FACTS)
def test_a_question_fits_the_fact_it_sets(
    component: dict[str, object], code: str | None, sound: Bundle, form_of: Callable[..., bytes], known: Known
) -> None:
    form = form_of("F99_note", "", [{"id": "q", "label": "Question", **component}])
    found = check_bundle(sound.with_files({"forms/F99_note.json": form}), known=known)
    assert [f.code for f in found] == ([code] if code else [])


def test_a_safety_limit_wants_a_safety_ladder(sound: Bundle, known: Known) -> None:
    limits = sound.files["limits.yaml"].replace(b"length: 1,", b"length: 1, safety: yes,")
    codes = {f.code for f in check_bundle(sound.with_files({"limits.yaml": limits}), known=known)}
    assert codes == {"ladder_too_slow"}


def test_stops_come_first_and_forbid_publishing(broken: Callable[..., Bundle], known: Known) -> None:
    bundle = broken((HELP, '<nrm:task form="F98_lost" limit="T01"/>'), ('name="Police wanted?"', 'name=""'))
    found = check_bundle(bundle, known=known)
    assert [f.severity for f in found] == sorted((f.severity for f in found), key=lambda s: s is not STOP)
    with pytest.raises(BundleRejected) as rejected:
        require_publishable(bundle, known=known)
    assert rejected.value.findings == found
    assert '"severity": "stop"' in findings_as_json(found)
