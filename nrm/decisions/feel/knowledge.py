"""What can be said of a value before anything is evaluated: its kind, its possible values, what is inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nrm.vocabulary.facts import FactType

THIS = "This"
"""The title of what is no fact."""
_KINDS = {"boolean": "boolean", "answer": "string", "enum": "string", "integer": "number", "date": "date"}
_WORDS = {
    "boolean": "yes or no (true, false)", "number": "a number", "string": "a text", "date": "a date",
    "time": "a time", "date and time": "a date and time", "days and time duration": "a duration in days",
    "years and months duration": "a duration in months", "list": "a list", "range": "a range",
    "context": "a context", "function": "a function", "null": "null",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a value. ``kind``: its FEEL kind, "" if unknown; ``values``: all texts that it can
    be.
    """

    kind: str = ""
    values: tuple[str, ...] = ()
    title: str = THIS
    always: bool = False
    """It is never null."""
    whole: bool = False
    """A number that is always an integer."""
    element: Known | None = None
    """Of a list or range: its items. Of a function: its result."""
    fields: Mapping[str, Known] | None = None
    """Of a context: all its entries."""
    parameters: tuple[str, ...] | None = None
    """Of a function: the names of its parameters."""

    @property
    def is_fact(self) -> bool:
        """Whether it is a fact of the dictionary, known by its name."""
        return self.title != THIS

    @property
    def words(self) -> str:
        """What it is, for people."""
        if self.values and self.is_fact:
            return "one of " + ", ".join(f'"{value}"' for value in self.values)
        return _WORDS.get(self.kind, "something else")


ANYTHING = Known()


def known_fact(fact: FactType) -> Known:
    """What the dictionary says of a fact."""
    return Known(_KINDS[fact.type], fact.values, fact.name, fact.initial is not None, fact.type == "integer")


def kind_words(kind: str) -> str:
    """A kind, for people."""
    return _WORDS[kind]


def either(one: Known, other: Known) -> Known:
    """What is known of a value that is one or the other."""
    if one.kind != other.kind:
        return ANYTHING
    both: tuple[str, ...] = ()
    if one.values and other.values:
        both = tuple(dict.fromkeys((*one.values, *other.values)))
    element = either(one.element, other.element) if one.element and other.element else None
    return Known(one.kind, both, always=one.always and other.always, element=element)
