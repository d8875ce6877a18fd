"""Sentences that still know what they were made from, so that a reader's language can be put in at the edge."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Self

AND = "{one} and {other}"
OR = "{one} or {other}"
COMMA = "{one}, {other}"
SEMICOLON = "{one}; {other}"
DEEPEST = 32
"""Phrases inside phrases that are kept as such; what lies deeper is kept as plain text."""
_PLACE = re.compile(r"\{(\w+)\}")


class Phrase(str):
    """An English text made from a ``template`` with ``{places}`` and the ``values`` in them, texts or phrases.

    It is that text wherever text is wanted; a page translates the template and each value, and puts them together
    again.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, str]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Fill the template in English."""
        texts = {name: value if isinstance(value, str) else str(value) for name, value in values.items()}
        made = super().__new__(cls, filled(template, texts))
        made.template = template
        made.values = texts
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], Mapping[str, str]]:
        return (self.template,), self.values


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the template with its places filled in; a value may hold braces of its own."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template) if values else template


def joined(template: str, parts: Sequence[str]) -> str:
    """Return several texts as one. ``template``: ``AND``, ``OR`` or another with two places.

    Halves lie in halves, so that a long list does not lie deep.
    """
    if len(parts) < 2:
        return parts[0] if parts else ""
    middle = len(parts) // 2
    first, second = _PLACE.findall(template)
    return Phrase(template, **{first: joined(template, parts[:middle]), second: joined(template, parts[middle:])})


def as_plain(text: str, depth: int = DEEPEST) -> object:
    """Return a text, or a phrase as a mapping of ``template`` and ``values``, that JSON can hold."""
    if not isinstance(text, Phrase) or not text.values or not depth:
        return str(text)
    return {"template": text.template, "values": {
        name: as_plain(value, depth - 1) for name, value in text.values.items()
    }}


def read_phrase(plain: object, depth: int = DEEPEST) -> str:
    """Return what ``as_plain`` made plain; a text stays as it is. Raises ValueError."""
    match plain:
        case str():
            return plain
        case {"template": str(template), "values": dict(values)} if depth:
            return Phrase(template, **{str(name): read_phrase(one, depth - 1) for name, one in values.items()})
    raise ValueError("This is no phrase.")
