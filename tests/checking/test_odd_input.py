"""Whatever is uploaded, the checker answers with findings and the readers only with our own refusals."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable

import pytest

from nrm.checking import Known, check_bundle
from nrm.diagrams.bundle import Bundle
from nrm.diagrams.forms import inspect_form, read_form
from nrm.diagrams.process import equal_list, read_process
from nrm.vocabulary.errors import NrmError

ODD = [
    b"\x00",
    b"<",
    b'"',
    b"&amp;",
    b"\xff\xfe",
    b"]]>",
    b"=",
    b"{",
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"\\u0000",
    b"startEvent",
    b"endEvent",
    b"userTask",
    b"subProcess",
    b"[",
    b"id=",
    b"nrm:task",
    b"dynamiclist",
    b"components",
]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to six small injuries: bytes dropped, doubled, swapped for odd ones, pieces moved."""
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randrange(len(data)) for _ in range(2))
        to = min(to, at + chance.choice((1, 2, 8, 60)))
        piece = data[at:to]
        data = chance.choice(
            (
                data[:at] + data[to:],
                data[:to] + piece + data[to:],
                data[:at] + chance.choice(ODD) + data[to:],
                data[:at] + piece[::-1] + data[to:],
                data[:at] + data[to:] + piece,
            )
        )
    return data


@pytest.mark.parametrize("seed", range(10))
def test_injured_diagrams_are_read_or_refused(seed: int, sound: Bundle, known: Known) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        data = mutated(sound.files["sound.bpmn"], chance)
        with contextlib.suppress(NrmError):  # our own refusal is a good answer; any other fails the test
            assert equal_list(read_process(data))
        check_bundle(sound.with_files({"sound.bpmn": data}), known=known)


@pytest.mark.parametrize("seed", range(10))
def test_injured_attributes_are_found_not_fatal(seed: int, sound: Bundle, known: Known) -> None:
    """Well-formed but wrong: names and references exchanged among each other."""
    chance = random.Random(seed)
    text = sound.files["sound.bpmn"].decode()
    words = [
        "offer_help",
        "started",
        "done",
        "together",
        "T01",
        "userTask",
        "endEvent",
        "exclusiveGateway",
        "CM",
        "f_start",
        "police_no",
        "callActivity",
        "boundaryEvent",
        "lane_cm",
        "attachedToRef",
        "sourceRef",
    ]
    for _ in range(10):
        one, other = chance.sample(words, 2)
        data = text.replace(one, other).encode()
        check_bundle(sound.with_files({"sound.bpmn": data}), known=known)


@pytest.mark.parametrize("seed", range(10))
def test_injured_forms_are_read_or_refused(seed: int, form_of: Callable[..., bytes]) -> None:
    chance = random.Random(seed)
    whole = form_of(
        "F99_note",
        "",
        [
            {
                "type": "radio",
                "id": "a",
                "key": "a",
                "values": [{"value": "yes", "label": "Yes"}],
                "validate": {"required": True},
            },
            {
                "type": "textfield",
                "id": "b",
                "key": "b",
                "conditional": {"hide": '=a != "yes"'},
                "validate": {"pattern": "[a-z]+", "maxLength": 10},
            },
            {
                "type": "dynamiclist",
                "id": "c",
                "path": "c",
                "components": [{"type": "number", "id": "d", "key": "d", "validate": {"min": 1}}],
            },
        ],
    )
    for _ in range(25):
        data = mutated(whole, chance)
        _, problems = inspect_form(data)
        try:
            form = read_form(data)
        except NrmError:
            assert problems
            continue
        for answers in ({}, {"a": "yes", "b": "x", "c": [{"d": 3}]}, {"a": None, "c": [1]}, {"b": {"c": []}}):
            with contextlib.suppress(NrmError):
                form.validate(answers)


def test_deep_and_wide_input_is_refused_quickly(known: Known) -> None:
    deep = b'{"type":"default","id":"x","components":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    _, problems = inspect_form(deep)
    assert problems
    group: dict[str, object] = {"type": "group", "id": "g", "components": []}
    for number in range(20):
        group = {"type": "group", "id": f"g{number}", "components": [group]}
    _, problems = inspect_form(json.dumps({"type": "default", "id": "x", "components": [group]}).encode())
    assert problems
