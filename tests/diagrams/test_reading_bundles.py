"""Diagrams, dictionaries and bundles: read exactly, refused with the line, the same bytes every time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nrm.diagrams.bundle import Bundle, assemble
from nrm.diagrams.dictionary import read_dictionary
from nrm.diagrams.process import Kind, Trigger, equal_list, read_process
from nrm.vocabulary.errors import ConfigurationRefused, DocumentRefused, NotFound
from tests.checking.sound_process import sound_files


def test_a_diagram_is_read_with_everything_our_extensions_say() -> None:
    process = read_process(sound_files()["sound.bpmn"])
    assert (process.id, process.title, process.owner) == ("sound", "A sound process", "COORD")
    assert (process.starts, process.start_roles) == (("call", "person"), ("CM",))
    assert process.start_when == 'is_child = "no"'
    police, late, answer, refer = (
        process.by_id[i] for i in ("tell_police", "help_late", "answer_came", "refer")
    )
    assert police.task is not None
    assert (police.role, police.task.form, police.task.limit, police.task.ladder, police.task.gate) == (
        "POL",
        "F99_note",
        "T01",
        "",
        "consent:police",
    )
    assert late.limit is not None
    assert (late.kind, late.trigger, late.attached_to, late.interrupting, late.limit.name) == (
        Kind.BOUNDARY,
        Trigger.LIMIT,
        "offer_help",
        False,
        "T02",
    )
    assert (answer.trigger, answer.message) == (Trigger.MESSAGE, "provider_replied")
    assert refer.action is not None
    assert (refer.action.name, refer.action.params) == ("send_referral", (("service", "legal"),))
    assert process.by_id["other_help"].calls == "other"
    assert process.limits == {"T01", "T02"}
    assert process.forms == {"F03_consent", "F99_note"}
    assert police.line > 30


def test_the_equal_list_follows_the_way_a_reader_would() -> None:
    rows = equal_list(read_process(sound_files()["sound.bpmn"]))
    order = [row.element for row in rows]
    assert order[:5] == ["started", "ask_consent", "police_wanted", "tell_police", "together"]
    assert order.index("offer_help") < order.index("weigh_risk") < order.index("refer") < order.index("done")
    assert sorted(order) == sorted({row.element for row in rows})
    asked = rows[1]
    assert (asked.step, asked.kind, asked.lane, asked.form, asked.limits) == (
        2,
        Kind.USER_TASK,
        "Case manager",
        "F03_consent",
        ("T01",),
    )
    assert [(way.title, way.when) for way in rows[2].next] == [("Tell the police", "yes"), ("Together", "no")]
    assert [(way.title, way.when) for way in rows[5].next][-1] == ("Help is late", "beside this step")


BPMN = '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">{}</bpmn:definitions>'
REFUSED = [
    ("<a/>", "not a BPMN diagram"),
    ("<a", "not well-formed"),
    ("", "not well-formed"),
    (BPMN.format(""), "exactly one process"),
    (BPMN.format('<bpmn:process id="a"/><bpmn:process id="b"/>'), "exactly one process"),
    (BPMN.format("<bpmn:process/>"), "has no id"),
    (BPMN.format('<bpmn:process id="a"><bpmn:startEvent/></bpmn:process>'), "has no id"),
    (BPMN.format('<bpmn:process id="a"><bpmn:startEvent id="a"/></bpmn:process>'), "used twice"),
    ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_no_diagram_is_refused(text: str, words: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        read_process(text.encode())
    assert words in refused.value.sentence


def test_words_stay_words_in_the_dictionary() -> None:
    facts = read_dictionary(b"""
answer: {type: enum, values: [yes, no, on, 1], initial: no, label: {en: Answer, ro: "R\xc4\x83spuns"}}
urgent: {type: answer, initial: unknown, scope: run}
count: {type: integer, initial: 0}
since: {type: date, initial: 2026-03-01}
safe: {type: boolean, initial: false}
""")
    assert facts["answer"].values == ("yes", "no", "on", "1")
    assert facts["answer"].initial == "no"
    assert facts["urgent"].values == ("yes", "no", "unknown", "not_asked", "prefers_not")
    assert (facts["count"].initial, facts["safe"].initial, facts["since"].initial) == (
        0,
        False,
        date(2026, 3, 1),
    )
    assert facts["answer"].title("ro") == "Răspuns"


WRONG = [
    (b"a: {type: boolean}\nb: {type: word}\n", 2, "must be one of"),
    (b"a:\n  type: enum\n  values: []\n", 2, "needs values"),
    (b"a: {type: enum, values: [x, x]}\n", 1, "different words"),
    (b"a: {type: boolean}\na: {type: boolean}\n", 2, "twice"),
    (b"A b: {type: boolean}\n", 1, "usable name"),
    (b"typename: {type: boolean}\n", 1, "usable name"),  # defect:D11
    (b"a: {type: boolean, colour: red}\n", 1, "not a setting"),
    (b"a: {type: integer, initial: many}\n", 1, "whole number"),
    (b"a: {type: enum, values: [x], initial: y}\n", 1, "one of"),
    (b"- a\n", 1, "was expected"),
    (b"a: [\n", 2, "well-formed"),
    (b"a: !!python/object:os.system {}\n", 1, "must be one of"),
    (b"\xff", None, "UTF-8"),
]


@pytest.mark.parametrize(("data", "line", "words"), WRONG)
def test_a_wrong_dictionary_is_refused_with_its_line(data: bytes, line: int | None, words: str) -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        read_dictionary(data)
    assert words in refused.value.sentence
    assert refused.value.line == line


def test_a_bundle_is_its_files_and_keeps_its_digest_through_a_zip() -> None:
    bundle = Bundle("sound", sound_files())
    again = Bundle.from_zip(bundle.to_zip())
    assert again == bundle
    assert (again.files, again.digest, again.to_zip()) == (bundle.files, bundle.digest, bundle.to_zip())
    assert Bundle("sound", dict(reversed(sound_files().items()))).digest == bundle.digest
    changed = bundle.with_files({"forms/F99_note.json": None})
    assert changed.digest != bundle.digest
    assert "forms/F99_note.json" not in changed.files
    with pytest.raises(NotFound):
        changed.form("F99_note")
    assert bundle.form("F99_note") is bundle.form("F99_note")
    assert bundle.limits["T02"]["length"] == 5


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04" + b"\0" * 40])
def test_a_damaged_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentRefused):
        Bundle.from_zip(data)


def test_a_bundle_is_assembled_with_shared_forms_and_only_what_it_uses(tmp_path: Path) -> None:
    files = {**sound_files(), "tables/D-99_risk.tests.yaml": b"tests: []"}
    for name, data in files.items():
        place = tmp_path / ("shared" if name.startswith("tables/") or name.endswith("F99_note.json") else "sound")
        place = tmp_path if name == "dictionary.yaml" else place
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    limits = {f"T0{n}": {"length": n, "unit": "hours", "ladder": "standard"} for n in range(5)}
    ladders = {"standard": {"title": "S"}, "safety": {"title": "F"}}
    bundle = assemble(tmp_path, "sound", limits, ladders)
    assert set(bundle.files) == set(files)
    assert set(bundle.limits) == {"T01", "T02"}
    assert set(bundle.ladders) == {"standard"}
    with pytest.raises(NotFound):
        assemble(tmp_path, "nothing", limits, ladders)
