"""goal:S3: injured diagrams, tables, forms and JSON: each is read or refused in our own words, and soon."""

from __future__ import annotations

import gc
import json
import random
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from time import thread_time

import pytest

from nrm.checking import Known, check_bundle
from nrm.commands.draft_files import place_of, placed
from nrm.deployment.paths import shipped
from nrm.diagrams.bundle import Bundle, assemble
from nrm.vocabulary.errors import NrmError
from nrm_api.intake import strict_json
from tests.checking.test_odd_input import mutated
from tests.support.driving import shipped_configuration
from tests.support.goals import Reached
from tests.support.long import LONG

WAY = placed if LONG else place_of
"""With full numbers as an upload goes, through a process of its own; else only the reading."""
EACH = 2_500 if LONG else 500
LONGEST_S = 2.0
CHECKED_EVERY = 20
"""How many of the documents that can be read are then checked as a process to be published."""
ENDINGS = {"diagrams": "*.bpmn", "tables": "*.dmn", "forms": "*.json"}
BODY = {"answers": {"a": "words", "b": [1, 2.5, None, True], "c": {"d": [{"e": "ș"}]}}, "seen_version": 3}


_VALUES = re.compile(rb'"[^"<>{}]{1,80}"')


def exchanged(data: bytes, chance: random.Random) -> bytes:
    """Well-formed as before, but some names, references and values stand where others were."""
    for _ in range(chance.randint(1, 3)):
        one, other = sorted(chance.sample(list(_VALUES.finditer(data)), 2), key=re.Match.start)
        data = data[: one.start()] + other[0] + data[one.end() : other.start()] + one[0] + data[other.end() :]
    return data


@cache
def sources(ending: str) -> list[Path]:
    """The documents of the reference processes."""
    return sorted(path for path in shipped("bpmn").rglob(ending) if path.is_file())


@cache
def home() -> Bundle:
    """A process that the documents are put into."""
    known = shipped_configuration()
    return assemble(shipped("bpmn"), "identification", known.limit_documents, known.ladder_documents)


def timed(do: Callable[[], object]) -> float:
    """Seconds of the processor that something takes which may be refused by us, and by nobody else."""
    gc.disable()  # the garbage of a thousand other tests is not its own
    try:
        begin = thread_time()
        with suppress(NrmError):
            do()
        return thread_time() - begin
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", ENDINGS)
def test_an_injured_document_is_read_or_refused(kind: str, reached: Reached) -> None:
    chance, numbers, longest, readable = random.Random(kind), count(1), 0.0, 0
    paths = sources(ENDINGS[kind])
    for _ in range(EACH):
        path = chance.choice(paths)
        data = chance.choice((mutated, exchanged))(path.read_bytes(), chance)
        found: list[dict[str, bytes]] = []
        longest = max(longest, timed(lambda: found.append(WAY(home(), path.name, data))))  # noqa: B023
        readable += bool(found)
        if found and next(numbers) % CHECKED_EVERY == 0:
            draft = home().with_files(found[0])
            longest = max(longest, timed(lambda: check_bundle(draft, known=Known())))  # noqa: B023
    reached("S3", f"{EACH} injured {kind}: {readable} readable, the rest refused; the longest took {longest:.2f} s")
    assert longest < LONGEST_S


def test_injured_json_is_read_or_refused() -> None:
    chance, whole, longest = random.Random(7), json.dumps(BODY).encode(), 0.0
    for _ in range(EACH):
        data = mutated(whole, chance)
        longest = max(longest, timed(lambda: strict_json(data)))  # noqa: B023
    assert longest < LONGEST_S


NEST = 200_000
BOMBS: dict[str, tuple[str, bytes]] = {
    "two megabytes of one attribute": ("a.bpmn", b'<definitions a="' + b"x" * 1_990_000 + b'"/>'),
    "very many attributes": ("a.bpmn", b"<definitions " + b" ".join(b'a%d="x"' % n for n in range(120_000)) + b"/>"),
    "very many elements": ("a.bpmn", b"<definitions>" + b"<a/>" * 490_000 + b"</definitions>"),
    "deep elements": ("a.bpmn", b"<a>" * NEST + b"</a>" * NEST),
    "deep lists in a form": ("a.json", b"[" * NEST + b"]" * NEST),
    "deep objects in a form": ("a.json", b'{"components":[' * 60_000),
    "a number of a million digits": ("a.json", b'{"id":' + b"9" * 1_000_000 + b"}"),
    "very many questions": (
        "a.json", json.dumps({"type": "default", "id": "F99_x", "components": [
            {"type": "textfield", "id": f"f{n}", "key": f"k{n}", "label": "x"} for n in range(20_000)]}).encode()),
    "a question asked under itself": (
        "a.json", b'{"id":"F99_x","components":[' + b'{"type":"group","id":"g","components":[' * 5_000),
    "a condition without end": (
        "a.json", json.dumps({"type": "default", "id": "F99_x", "components": [
            {"type": "textfield", "id": "f", "key": "k", "label": "x", "conditional": {"hide": "=" + "(" * 90_000}},
        ]}).encode()),
    "a pattern that never ends": (
        "a.json", json.dumps({"type": "default", "id": "F99_x", "components": [
            {"type": "textfield", "id": "f", "key": "k", "label": "x", "validate": {"pattern": "(a+)+$"}}]}).encode()),
    "tests that name each other": ("a.tests.yaml", b"a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n"),
    "tests as deep as can be": ("a.tests.yaml", b"[" * 50_000),
    "tests that are a program": ("a.tests.yaml", b"!!python/object/apply:os.system [id]"),
    "a table of one cell": ("a.dmn", b"<definitions>" + b"<text>" + b"(" * 1_000_000 + b"</text></definitions>"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_before_it_goes_off(bomb: str) -> None:
    name, data = BOMBS[bomb]
    assert timed(lambda: placed(home(), name, data)) < LONGEST_S
