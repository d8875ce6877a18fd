"""Two versions of a process compared: each change is one sentence a second person can judge."""

from __future__ import annotations

import json

import pytest

from nrm.diagrams.bundle import Bundle
from nrm.diagrams.compare import compare
from tests.checking.sound_process import broken, form_json, sound_files

HELP = '<nrm:task form="F99_note" limit="T01" trace="P0.3" purpose="assistance"/>'
HELPED = '<bpmn:sequenceFlow id="f_helped" sourceRef="offer_help" targetRef="weigh_risk"/>'
NEW_STEP = (
    '<bpmn:userTask id="ask_how_it_went" name="Ask how it went"><bpmn:extensionElements>'
    '<nrm:task form="F99_note" limit="T02" trace="P0.9"/></bpmn:extensionElements></bpmn:userTask>'
    '<bpmn:sequenceFlow id="f_helped" sourceRef="offer_help" targetRef="ask_how_it_went"/>'
    '<bpmn:sequenceFlow id="f_asked_how" sourceRef="ask_how_it_went" targetRef="weigh_risk"/>'
)
LANE = "<bpmn:flowNodeRef>tell_police</bpmn:flowNodeRef>"

DIAGRAM = [
    # (old, new) in the diagram, sentences
    ((HELPED, NEW_STEP), ["The task “Ask how it went” is new, between “Offer help” and “Weigh the risk”"]),
    (('name="Offer help"', 'name="Give help"'), ["“Offer help” is now called “Give help”"]),
    ((HELP, HELP.replace("F99_note", "F03_consent")), ["“Offer help”, form: F99_note becomes F03_consent"]),
    ((HELP, HELP.replace("T01", "T02")), ["“Offer help”, time limit: T01 becomes T02"]),
    (
        (HELP, HELP.replace('limit="T01"', 'limit="T01" ladder="safety"')),
        ["“Offer help”, ladder: that of the time limit becomes safety"],
    ),
    (
        (HELP, HELP.replace("trace", 'notBy="ask_consent" trace')),
        ["“Offer help”, not by whoever did: ask_consent is new"],
    ),
    (
        ('<nrm:limit name="T02" ladder="standard"/>', '<nrm:limit name="T01" ladder="standard"/>'),
        ["“Help is late”, time limit: T02 becomes T01"],
    ),
    (
        ('consent_police = "given"', 'consent_police = "withdrawn"'),
        [
            (
                'The answer “yes” of “Police wanted?”, condition: consent_police = "given" becomes '
                'consent_police = "withdrawn"'
            )
        ],
    ),
    ((' default="police_no"', ' default="police_yes"'), ["“Police wanted?”, otherwise: no becomes yes"]),
    (('owner="CM" onward', 'owner="COORD" onward'), ["“Help in place”, owner afterwards: CM becomes COORD"]),
    (
        ('cancelActivity="false"', 'cancelActivity="true"'),
        ["“Help is late”, ends what it sits on: no becomes yes"],
    ),
    (
        ('calledElement="other"', 'calledElement="another"'),
        ["“Other help”, opens the process: other becomes another"],
    ),
    (
        ('value="legal"', 'value="medical"'),
        ["“Send the referral”, action values: service: legal becomes service: medical"],
    ),
    (
        ('title="A sound process" owner="COORD"', 'title="A sound process" owner="CM"'),
        ["Owner of the process: COORD becomes CM"],
    ),
    (
        (HELPED, HELPED.replace("weigh_risk", "approve")),
        [
            "The way from “Offer help” to “Weigh the risk” is gone",
            "A new way leads from “Offer help” to “Approve”",
        ],
    ),
    (
        ('form="F99_note" limit="T01" trace="P0.3"', 'form="F99_note" limit="T01" alsoLimits="T02" trace="P0.3"'),
        ["“Offer help”, further time limits: T02 is new"],
    ),
    (("<bpmn:flowNodeRef>offer_help</bpmn:flowNodeRef>", ""), ["“Offer help”, role: CM is taken away"]),
]


@pytest.mark.parametrize(("change", "sentences"), DIAGRAM)
def test_a_change_of_the_diagram_is_one_sentence(change: tuple[str, str], sentences: list[str]) -> None:
    assert [c.sentence for c in compare(broken(), broken(change))] == sentences


def test_a_removed_step_is_said_once_and_the_arrows_are_not() -> None:
    assert [c.sentence for c in compare(broken((HELPED, NEW_STEP)), broken())] == [
        "The task “Ask how it went” is removed"
    ]


def test_a_step_moved_to_another_lane_changes_its_role() -> None:
    moved = broken(
        (LANE, ""),
        (
            "<bpmn:flowNodeRef>approve</bpmn:flowNodeRef>",
            "<bpmn:flowNodeRef>approve</bpmn:flowNodeRef>" + LANE,
        ),
    )
    assert [c.sentence for c in compare(broken(), moved)] == ["“Tell the police”, role: POL becomes CM"]


def test_a_step_moved_earlier_says_where_it_stood() -> None:
    moved = broken(
        (
            'id="f_together" sourceRef="together" targetRef="offer_help"',
            'id="f_together" sourceRef="together" targetRef="refer"',
        ),
        (
            'id="f_other" sourceRef="other_help" targetRef="refer"',
            'id="f_other" sourceRef="other_help" targetRef="answer_or_limit"',
        ),
        (
            'id="f_referred" sourceRef="refer" targetRef="answer_or_limit"',
            'id="f_referred" sourceRef="refer" targetRef="offer_help"',
        ),
    )
    kinds = {(c.kind.value, c.sentence) for c in compare(broken(), moved)}
    assert (
        "moved",
        "“Send the referral” is moved: it came after “Other help”, and now comes after “Together”",
    ) in kinds
    assert sum(kind == "moved" for kind, _ in kinds) == 1


def files(**changed: bytes) -> Bundle:
    return Bundle("sound", {**sound_files(), **changed})


LIMITS = [
    (b"length: 5", b"length: 7", ["Time limit T02: 5 working days becomes 7 working days"]),
    (b"length: 1", b"length: 2", ["Time limit T01: 1 working day becomes 2 working days"]),
    (
        b"length: 5, unit: working_days",
        b"length: 50, unit: hours",
        ["Time limit T02: 5 working days becomes 50 hours"],
    ),
    (
        b"Invented Act 2",
        b"Invented Act 2 as amended",
        ["Time limit T02, legal source: Invented Act 2 becomes Invented Act 2 as amended"],
    ),
    (b"Second", b"Second answer", ["Time limit T02, title: Second becomes Second answer"]),
]


@pytest.mark.parametrize(("old", "new", "sentences"), LIMITS)
def test_a_changed_limit_says_length_and_source(old: bytes, new: bytes, sentences: list[str]) -> None:
    limits = sound_files()["limits.yaml"].replace(old, new)
    assert [c.sentence for c in compare(files(), files(**{"limits.yaml": limits}))] == sentences


def test_ladders_rung_by_rung() -> None:
    ladder = (
        b"standard: {title: Standard, rungs: [{when: half, tell: [assignee]}, "
        b"{when: after, length: 2, unit: hours, tell: ['role:NCU']}]}"
    )
    assert [c.sentence for c in compare(files(), files(**{"ladders.yaml": ladder}))] == [
        "Ladder standard, rung 1: when missed tell assignee, COORD becomes at half time tell assignee",
        "Ladder standard, rung 2: 2 hours after tell NCU is new",
    ]


TABLE = [
    ('"medium"', '"high"', ['Decision table D-99_risk, rule 3, risk level: "medium" becomes "high"']),
    (
        '"in_doubt", "unknown"',
        '"in_doubt"',
        ['Decision table D-99_risk, rule 3, Child: "in_doubt", "unknown" becomes "in_doubt"'],
    ),
    (
        'id="r1"',
        'id="r9"',
        [
            'Decision table D-99_risk, rule 1 is removed: "yes" | "high"',
            'Decision table D-99_risk, rule 1 is new: "yes" | "high"',
        ],
    ),
    ('name="Risk"', 'name="Level"', ["Decision table D-99_risk, name: Risk becomes Level"]),
]


@pytest.mark.parametrize(("old", "new", "sentences"), TABLE)
def test_decision_tables_cell_by_cell(old: str, new: str, sentences: list[str]) -> None:
    table = sound_files()["tables/D-99_risk.dmn"].decode().replace(old, new).encode()
    assert [c.sentence for c in compare(files(), files(**{"tables/D-99_risk.dmn": table}))] == sentences


KEPT_TEST = "- {name: no help, given: {}, expect: {risk: low}}"


@pytest.mark.parametrize(("old", "new", "sentences"), [
    (KEPT_TEST, KEPT_TEST, []),
    (KEPT_TEST, f"{KEPT_TEST}\n- {{name: help, given: {{}}, expect: {{risk: low}}}}", ["test “help” is new"]),
    (f"{KEPT_TEST}\n- {{name: help, given: {{}}, expect: {{risk: low}}}}", KEPT_TEST, ["test “help” is removed"]),
    (KEPT_TEST, KEPT_TEST.replace("low", "high"), ["test “no help” is changed"]),
])
def test_tests_of_a_table_one_by_one(old: str, new: str, sentences: list[str]) -> None:
    before, after = (
        files(**({"tables/D-99_risk.tests.yaml": f"tests:\n{text}\n".encode()})) for text in (old, new)
    )
    assert [c.sentence for c in compare(before, after)] == [f"Decision table D-99_risk, {one}" for one in sentences]


def question(**more: object) -> dict[str, object]:
    return {"type": "textarea", "id": "note", "key": "note", "label": "Note", **more}


FORMS = [
    ([question(label="Remark")], ["Form F99_note, question “Remark”, wording: Note becomes Remark"]),
    (
        [question(validate={"required": True, "maxLength": 9})],
        [
            "Form F99_note, question “Note”, must be answered: no becomes yes",
            "Form F99_note, question “Note”, most characters: 9 is new",
        ],
    ),
    (
        [question(), {"type": "number", "id": "n", "key": "n", "label": "How many"}],
        ["Form F99_note, question “How many” is new"],
    ),
    ([], ["Form F99_note, question “Note” is removed"]),
    (
        [question(conditional={"hide": "=note = null"})],
        ["Form F99_note, question “Note”, hidden when: note = null is new"],
    ),
]


@pytest.mark.parametrize(("components", "sentences"), FORMS)
def test_forms_question_by_question(components: list[dict[str, object]], sentences: list[str]) -> None:
    form = form_json("F99_note", "", components)
    assert [c.sentence for c in compare(files(), files(**{"forms/F99_note.json": form}))] == sentences


def test_facts_and_whole_files() -> None:
    dictionary = sound_files()["dictionary.yaml"] + b"new_fact: {type: boolean, initial: false}\n"
    dictionary = dictionary.replace(b"initial: 0", b"initial: 1")
    changed = {"dictionary.yaml": dictionary, "forms/F98_extra.json": form_json("F98_extra")}
    assert [c.sentence for c in compare(files(), files(**changed))] == [
        "Form F98_extra: F98_extra is new",
        "Fact visits, initial value: 0 becomes 1",
        "Fact new_fact: boolean is new",
    ]


def test_equal_bundles_have_no_change_and_layout_is_said_to_be_only_that() -> None:
    assert compare(files(), files()) == ()
    spread = files(
        **{"forms/F99_note.json": json.dumps(json.loads(form_json("F99_note")), indent=4).encode()}
    )
    assert [c.sentence for c in compare(files(), spread)] == [
        "Only the drawing or the layout of forms/F99_note.json is different; nothing works differently"
    ]
