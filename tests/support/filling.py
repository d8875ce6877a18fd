"""Fills a form with the smallest answers that it accepts and that set given facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from nrm.diagrams.forms import Field, Form

_TIMES = {"date": "2026-03-01", "time": "10:00", "datetime": "2026-03-01T10:00"}
_SOURCES = {"agencies": "harbour_house", "districts": "southport"}
_TEAM = {"members": [{"role": "CM", "agency": "sa_norvale"}]}


def fill(
    form: Form, facts: Mapping[str, object], answers: Mapping[str, object] | None = None,
    shown: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return the smallest answers that the form accepts and that set the facts.

    What ``answers`` says is kept; rows given there are completed with what the form requires. ``shown``: what the form
    began with; of its rows, what nobody can change goes back with the row of the same number.
    """
    given = dict(_TEAM if form.act == "team" else {}) | dict(answers or {})
    filled: dict[str, object] = {}
    for key, asked in form.fields.items():
        if key in given and asked.type == "dynamiclist":
            filled[key] = _rows(asked, given[key], (shown or {}).get(key))
        elif key in given:
            filled[key] = given[key]
        elif asked.fact in facts:
            filled[key] = _said(asked, facts[asked.fact])
    for _ in range(6):
        visible = form.visible(filled)
        for key, asked in form.fields.items():
            if key in visible and asked.required and key not in filled:
                filled[key] = _any_answer(asked)
    visible = form.visible(filled)
    return {key: value for key, value in filled.items() if key in visible}


def _said(asked: Field, value: object) -> object:
    """A fact's value as the field takes it."""
    if isinstance(value, date):
        return value.isoformat()
    return ("yes" if value else "no") if isinstance(value, bool) and asked.type != "checkbox" else value


def _rows(asked: Field, rows: object, shown: object) -> list[dict[str, object]]:
    assert isinstance(rows, Iterable)
    fixed = {key for key, cell in asked.answered().items() if cell.readonly}
    began = {
        row.get("no"): {key: value for key, value in row.items() if key in fixed}
        for row in (shown if isinstance(shown, list) else [])
    }
    return [_any_row(asked) | began.get(row.get("no"), {}) | dict(row) for row in rows]


def _any_row(asked: Field) -> dict[str, object]:
    return {key: _any_answer(cell) for key, cell in asked.answered().items() if cell.required and not cell.condition}


def _any_answer(asked: Field) -> object:
    if asked.source:
        return _SOURCES[asked.source]
    first = asked.options[0].value if asked.options else ""
    if asked.type == "dynamiclist":
        return [_any_row(asked)]
    simple: dict[str, object] = {
        "radio": first, "select": first, "checklist": [first], "taglist": [first], "checkbox": True,
        "number": int(asked.minimum or 0), "datetime": _TIMES.get(asked.subtype),
    }
    return simple.get(asked.type, "Invented words.")
