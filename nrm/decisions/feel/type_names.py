"""Type expressions read from text (DMN 1.5, grammar rule 54), such as ``list<number>``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nrm.decisions.feel.types import ANY, Type, list_of, simple_type

_WORD = re.compile(r"\s*(->|[<>,:]|\"[^\"]*\"|[^<>,:\s\"-](?:[^<>,:\"-]|-(?!>))*)\s*")
_DEEPEST = 20


def parse_type(text: str, named: Mapping[str, Type] | None = None) -> Type | None:
    """The type that the text names; ``None`` if it names none. ``named``: types known by name besides FEEL's."""
    reader = _Reader(_words(text), named or {})
    found = reader.type(0)
    return found if reader.ended else None


def _words(text: str) -> list[str]:
    words, at = [], 0
    while found := _WORD.match(text, at):
        words.append(" ".join(found[1].split()))
        at = found.end()
    return words if at == len(text) else []


class _Reader:
    """Reads types from words, left to right; after a fault everything is ``None``."""

    def __init__(self, words: list[str], named: Mapping[str, Type]) -> None:
        self.words = words
        self.named = named
        self.at = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.words)

    def next(self) -> str:
        word = "" if self.ended else self.words[self.at]
        self.at += 1
        return word

    def take(self, word: str) -> bool:
        found = not self.ended and self.words[self.at] == word
        self.at += found
        return found

    def type(self, level: int) -> Type | None:
        name = self.next()
        if level > _DEEPEST:
            return None
        if not self.take("<"):
            return simple_type(name) or self.named.get(name)
        if name in ("list", "range"):
            element = self.type(level + 1)
            if element is None or not self.take(">"):
                return None
            return list_of(element) if name == "list" else Type("range", element)
        if name == "context":
            return self.context(level)
        return self.function(level) if name == "function" else None

    def context(self, level: int) -> Type | None:
        fields: list[tuple[str, Type]] = []
        while not self.take(">"):
            name = self.next().strip('"')
            field = self.type(level + 1) if self.take(":") else None
            if field is None:
                return None
            fields.append((name, field))
            if not self.take(",") and (self.ended or self.words[self.at] != ">"):
                return None
        return Type("context", None, tuple(fields))

    def function(self, level: int) -> Type | None:
        parameters: list[Type] = []
        while not self.take(">"):
            parameter = self.type(level + 1)
            if parameter is None or not (self.take(",") or (not self.ended and self.words[self.at] == ">")):
                return None
            parameters.append(parameter)
        result = self.type(level + 1) if self.take("->") else ANY
        return None if result is None else Type("function", result, (), tuple(parameters))
