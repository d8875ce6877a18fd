"""Names can be searched without being stored: which answers are indexed, and how they are looked up."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.diagrams.forms import Form
from nrm.records.search import find_cases, write_index, write_marks
from nrm.records.unit import Unit
from nrm.rules.conflicts import contact_keys
from nrm.rules.normalise import name_keys, normalise

NAMES = ("person.chosen_name", "person.given_name", "person.family_name", "person.other_names")
"""All names share one index, so that a given name typed as a chosen name is still found."""
NUMBERS = ("person.document_number", "contact.phone")
REACHED = "contact.value"
ONE_INDEX = "person.name"


def index_answers(unit: Unit, case_id: str, form: Form, answers: Mapping[str, object]) -> None:
    """Index the names and numbers among a form's answers; nothing else, never sex, nationality or age.

    Ways to reach the person leave marks, which only hint at a conflict of interest: they cannot be searched for.
    """
    for element, key in form.elements().items():
        value = answers.get(key)
        if isinstance(value, str) and element in (*NAMES, *NUMBERS):
            write_index(unit, case_id, _index_of(element), _keys(element, value))
        elif isinstance(value, str) and element == REACHED:
            write_marks(unit, case_id, contact_keys(value))


def cases_named(unit: Unit, names: Mapping[str, str]) -> list[str]:
    """Return ids of cases that carry every one of the given words and numbers, of all cases."""
    found: set[str] | None = None
    for element, text in names.items():
        for key in _asked(element, text):
            ids = set(find_cases(unit, _index_of(element), key))
            found = ids if found is None else found & ids
    return sorted(found or ())


def _index_of(element: str) -> str:
    return ONE_INDEX if element in NAMES else element


def _keys(element: str, value: str) -> tuple[str, ...]:
    return name_keys(value) if element in NAMES else (normalise(value).replace(" ", ""),)


def _asked(element: str, text: str) -> tuple[str, ...]:
    """Each word is asked for by itself, so that the order of names does not matter."""
    words = normalise(text).split()
    return tuple(words) if element in NAMES else ("".join(words),) if words else ()
