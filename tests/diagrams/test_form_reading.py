"""Forms as uploaded: only listed components, safe patterns, conditions that can be read."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from nrm.diagrams.forms import TEMPLATES, Form, Option, inspect_form
from nrm.diagrams.forms.patterns import compiled, pattern_problem
from nrm.vocabulary.errors import InvalidInput

Q: dict[str, object] = {"type": "textfield", "id": "q", "key": "q", "label": "Q"}
REFUSED = [
    *[
        ({"type": kind, "id": "x", "key": "x"}, "may not be used")
        for kind in ("html", "iframe", "image", "expression", "documentPreview", "table", "script", "")
    ],
    ({**Q, "key": "a.b"}, "needs a key"),
    ({**Q, "key": ""}, "needs a key"),
    ({**Q, "key": "typename"}, "needs a key"),
    ({**Q, "conditional": {"hide": "=a =="}}, "cannot be read"),
    ({**Q, "conditional": {"hide": "a"}}, "not of the form"),
    ({**Q, "conditional": {"expression": "=a"}}, "not of the form"),
    ({**Q, "validate": {"pattern": "(a+)+"}}, "endlessly"),
    ({**Q, "validate": {"minLength": -1}}, "whole number"),
    ({**Q, "validate": {"maxLength": "9"}}, "not a number"),
    ({"type": "radio", "id": "r", "key": "r", "values": []}, "list of different answers"),
    (
        {"type": "radio", "id": "r", "key": "r", "values": [{"value": "a"}, {"value": "a"}]},
        "list of different",
    ),
    ({"type": "radio", "id": "r", "key": "r", "valuesExpression": "=x"}, "must be listed"),
    ({"type": "select", "id": "r", "key": "r", "valuesKey": "secrets"}, "must be listed"),
    ({"type": "group", "id": "g", "path": "p", "components": []}, "has a path"),
    (
        {
            "type": "dynamiclist",
            "id": "l",
            "path": "l",
            "components": [{"type": "dynamiclist", "id": "m", "path": "m", "components": []}],
        },
        "another list",
    ),
    (
        {
            "type": "dynamiclist",
            "id": "l",
            "path": "l",
            "components": [{"type": "checkbox", "id": "m", "key": "m", "properties": {"nrm:fact": "f"}}],
        },
        "may not set a fact",
    ),
    ({**Q, "properties": {"nrm:category": "gossip"}}, "not a data category"),
    ({**Q, "properties": {"nrm:colour": "red"}}, "not a property"),
    ({"type": "datetime", "id": "d", "key": "d", "subtype": "year"}, "a date, a time or both"),
]


@pytest.mark.parametrize(("component", "words"), REFUSED)
def test_a_component_that_may_not_be_is_named(
    component: dict[str, object], words: str, form_bytes: Callable[..., bytes]
) -> None:
    _, problems = inspect_form(form_bytes(component))
    assert any(words in p.sentence for p in problems), problems


def test_two_questions_with_one_key_are_refused_with_the_line(form_bytes: Callable[..., bytes]) -> None:
    _, problems = inspect_form(form_bytes(Q, {**Q, "id": "q2"}))
    assert [p.component for p in problems] == ["q"]
    assert (problems[0].line or 0) > 1


PATTERNS = [
    ("[0-9]{4}-[0-9]{2}", True),
    (r"\+?[0-9 ]{6,20}", True),
    (r"[^@]+@[^@]+\.[a-z]+", True),
    ("a|b", True),
    ("(?:ab)?c*", True),
    (r"\d{3}(-\d{3})?", True),
    ("[a\\]b]+", True),
    ("(a+)+", False),
    ("(a*)*", False),
    ("(a|a)*", False),
    ("((a{2,}))+", False),
    ("(a|b)+", False),
    (r"(.)\1", False),
    ("(?=a)b", False),
    ("(?i)a", False),
    ("[", False),
    ("a" * 201, False),
    (".*.*.*.*", False),
    ("a{2000}", False),
]


@pytest.mark.parametrize(("pattern", "good"), PATTERNS)
def test_only_patterns_that_end_are_accepted(pattern: str, good: bool) -> None:
    assert (pattern_problem(pattern) is None) is good
    if good:
        began = time.process_time()
        compiled(pattern).fullmatch("a" * 319 + "!")
        assert time.process_time() - began < 0.5


def test_deployment_lists_become_options(form_of: Callable[..., Form]) -> None:
    form = form_of({"type": "select", "key": "where", "label": "Where", "valuesKey": "districts"})
    filled = form.with_lists({"districts": (Option("north", "North"),), "agencies": ()})
    assert filled.validate({"where": "north"}).answers == {"where": "north"}
    with pytest.raises(InvalidInput):
        filled.validate({"where": "south"})
    assert form.validate({"where": "south"}).answers == {"where": "south"}
    with pytest.raises(InvalidInput):
        form.validate({"where": "no such <code>"})


def test_conditions_that_chase_each_other_come_to_an_end(form_of: Callable[..., Form]) -> None:
    form = form_of(
        {**Q, "id": "a", "key": "a", "conditional": {"hide": '=b = "x"'}},
        {**Q, "id": "b", "key": "b", "conditional": {"hide": '=not(a = "x")'}},
    )
    assert form.validate({"a": "x", "b": "x"}).answers in ({"a": "x"}, {"b": "x"}, {}, {"a": "x", "b": "x"})


MOMENTS = [
    ("date", "2026-03-31", "2026-03-31"),
    ("time", "14:30", "14:30"),
    ("datetime", "2026-03-31T14:30", None),
    ("datetime", "2026-03-31 14:30:10+02:00", "2026-03-31T14:30+02:00"),
    ("time", "25:00", ""),
    ("datetime", "2026-03-31", ""),
    ("date", "2026-03-31T10:00", ""),
]


@pytest.mark.parametrize(("subtype", "given", "kept"), MOMENTS)
def test_dates_and_times(subtype: str, given: str, kept: str | None, form_of: Callable[..., Form]) -> None:
    form = form_of({"type": "datetime", "key": "d", "subtype": subtype})
    if kept == "":
        with pytest.raises(InvalidInput):
            form.validate({"d": given})
    else:
        assert form.validate({"d": given}).answers == {"d": kept or given}


def test_files_are_ids_of_what_was_uploaded(form_of: Callable[..., Form]) -> None:
    form = form_of({"type": "filepicker", "key": "f", "multiple": True})
    assert form.validate({"f": ["a-1", "a-1", "b"]}).answers == {"f": ["a-1", "b"]}
    with pytest.raises(InvalidInput):
        form.validate({"f": ["../etc/passwd"]})


def test_a_required_box_must_be_ticked(form_of: Callable[..., Form]) -> None:
    form = form_of({"type": "checkbox", "key": "c", "validate": {"required": True}})
    assert form.validate({"c": True}).answers == {"c": True}
    for given in ({}, {"c": False}):
        with pytest.raises(InvalidInput) as refused:
            form.validate(given)
        assert refused.value.fields == {"c": ["Tick this box to go on."]}


def test_every_template_is_a_sentence() -> None:
    assert len(TEMPLATES) > 20
    assert all(t[0].isupper() and t.endswith(".") for t in TEMPLATES)
