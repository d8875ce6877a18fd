"""Small invented forms and diagrams for the tests of reading and comparing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from nrm.diagrams.forms import Form, read_form


def u(key: str, label: str = "", **more: object) -> dict[str, object]:
    """A yes / no / unknown question, as the shipped forms have it."""
    values = [{"value": v, "label": v} for v in ("yes", "no", "unknown", "not_asked", "prefers_not")]
    return {"type": "radio", "id": f"id_{key}", "key": key, "label": label or key, "values": values, **more}


def make_form(components: list[dict[str, object]], **properties: str) -> bytes:
    """form-js JSON of an invented form."""
    named = [{"id": f"id_{n}", **c} for n, c in enumerate(components)]
    schema = {
        "schemaVersion": 19,
        "type": "default",
        "id": "F99_invented",
        "components": named,
        "properties": {f"nrm:{k}": v for k, v in properties.items()},
    }
    return json.dumps(schema, indent=1).encode()


SAFETY: list[dict[str, object]] = [
    {"type": "text", "id": "intro", "text": "Ask only what the person can bear now."},
    u(
        "danger_now",
        "Is the person in danger now?",
        validate={"required": True},
        properties={"nrm:fact": "danger_now", "nrm:category": "risk"},
    ),
    {
        "type": "textarea",
        "key": "what_danger",
        "label": "What is the danger?",
        "validate": {"required": True},
        "conditional": {"hide": '=danger_now != "yes"'},
    },
    {
        "type": "group",
        "id": "grp",
        "conditional": {"hide": '=danger_now != "yes"'},
        "components": [
            {
                "type": "checklist",
                "id": "action",
                "key": "action_taken",
                "label": "Action taken",
                "values": [{"value": v, "label": v.title()} for v in ("police", "ambulance", "shelter")],
            },
            {
                "type": "textfield",
                "id": "why",
                "key": "why_police",
                "label": "Why the police?",
                "conditional": {"hide": '=not(list contains(action_taken, "police"))'},
                "validate": {"required": True, "maxLength": 40},
            },
        ],
    },
    {
        "type": "number",
        "key": "children",
        "label": "Children with the person",
        "decimalDigits": 0,
        "validate": {"min": 0, "max": 20},
        "properties": {"nrm:fact": "children_count"},
    },
    {
        "type": "datetime",
        "key": "seen_on",
        "label": "Seen on",
        "subtype": "date",
        "properties": {"nrm:fact": "seen_on"},
    },
    {
        "type": "textfield",
        "key": "given_name",
        "label": "Name",
        "validate": {"pattern": "[^0-9]+"},
        "properties": {"nrm:element": "person.given_name", "nrm:category": "identity"},
    },
    {
        "type": "checkbox",
        "key": "safe_tonight",
        "label": "Safe place tonight",
        "properties": {"nrm:fact": "safe_tonight"},
    },
    {
        "type": "dynamiclist",
        "path": "dependants",
        "label": "Dependants",
        "components": [
            {
                "type": "textfield",
                "id": "dep_name",
                "key": "name",
                "label": "Name",
                "validate": {"required": True},
                "properties": {"nrm:category": "identity"},
            },
            {
                "type": "number",
                "id": "dep_age",
                "key": "age",
                "label": "Age",
                "decimalDigits": 0,
                "validate": {"min": 0},
            },
            {
                "type": "textfield",
                "id": "dep_school",
                "key": "school",
                "label": "School",
                "conditional": {"hide": "=age = null or age > 18"},
                "validate": {"required": True},
            },
        ],
    },
]


@pytest.fixture(scope="session")
def safety_form() -> Form:
    """An invented safety form with every kind of dependency."""
    return read_form(make_form(SAFETY, category="narrative", title="Safety", act="safety"))


@pytest.fixture(scope="session")
def form_of() -> Callable[..., Form]:
    """Make a form of components."""
    return lambda *components, **properties: read_form(make_form(list(components), **properties))


@pytest.fixture(scope="session")
def form_bytes() -> Callable[..., bytes]:
    """Make form bytes of components."""
    return lambda *components, **properties: make_form(list(components), **properties)
