"""goal:S1: the same strings where people write them: diagrams, forms, tests of tables, the command line, the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

import pytest
import yaml

from nrm import engine
from nrm.checking import Known, check_bundle
from nrm.decisions.dmn import read_decisions
from nrm.decisions.dmn.proving import prove, read_tests
from nrm.diagrams.forms import read_form
from nrm.entrypoints.deciding import decide_text, evaluate
from nrm.queries.decisions import facts_given
from nrm.vocabulary.errors import NrmError
from nrm.vocabulary.facts import Dictionary, FactType
from tests.checking.sound_process import broken, form_json
from tests.decisions.hostile_feel import CORPUS
from tests.decisions.tables import table_xml
from tests.support.long import LONG
from tests.support.watching import nothing_reached

MOMENT = datetime(2026, 3, 6, 12, tzinfo=UTC)
TABLE = table_xml(inputs=["a"], outputs=["out"], rules=[(["-"], ["1"])])
FACTS: Dictionary = {"a": FactType("a", "enum", ("yes", "no"))}


Doing = Callable[[], object]
"""What the program does with a text that was written somewhere; writing it down is not watched."""


def texts() -> Iterator[str]:
    """In a push every fourth text, in the long run all of them; only such as XML and JSON can hold."""
    for text in CORPUS if LONG else CORPUS[::4]:
        if all(sign >= " " and not "\ud800" <= sign <= "\udfff" for sign in text):
            yield text


def in_a_gateway(text: str) -> Doing:
    bundle = broken(('risk_level = "high"</bpmn', f"{escape(text)}</bpmn"))

    def published() -> None:
        check_bundle(bundle, known=Known())
        engine.load(bundle)

    return published


def in_a_start_rule(text: str) -> Doing:
    bundle = broken(('startWhen="is_child = &quot;no&quot;"', f"startWhen={quoteattr(text)}"))
    return lambda: check_bundle(bundle, known=Known())


def in_a_form(text: str) -> Doing:
    question = {"type": "textfield", "id": "q", "key": "q", "label": "Q", "conditional": {"hide": f"={text}"}}
    data = form_json("F99_note", components=[question])
    return lambda: read_form(data).visible({"q": "a"})


def in_a_test_of_a_table(text: str) -> Doing:
    tests = yaml.safe_dump({"tests": [{"name": text, "given": {"a": text, text: text}, "expect": {"out": text}}]})
    return lambda: prove(read_decisions(TABLE), read_tests(tests.encode()))


def on_the_command_line(text: str) -> Doing:
    return lambda: evaluate(text, json.dumps({text: text, "a": text}), MOMENT)


def as_input_of_a_decision(text: str) -> Doing:
    return lambda: decide_text(TABLE, None, json.dumps({"a": text}), MOMENT, why=True)


def over_the_api(text: str) -> Doing:
    return lambda: facts_given(read_decisions(TABLE), FACTS, {"a": text})


PLACES = [in_a_gateway, in_a_start_rule, in_a_form, in_a_test_of_a_table, on_the_command_line, as_input_of_a_decision,
          over_the_api]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_nothing_gets_out_of(place: Callable[[str], Doing]) -> None:
    with suppress(NrmError):
        place("1")()  # what is imported when it is first needed is imported before anyone watches
    for text in texts():
        doing = place(text)
        with nothing_reached(), suppress(NrmError):
            doing()
