"""Regular expressions of XPath (F&O 7.6, as DMN 1.5 table 74 asks), read into small programs.

They are run by ``matching``, which counts its work: no library that backtracks without bound is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from nrm.decisions.feel.charsets import SEVERAL, Chars, any_of, between, category, exactly, turned

_LONGEST = 1_000
_DEEPEST = 30
_MOST_REPEATS = 1_000
_LITERAL_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", **{char: char for char in "\\|.-^?*+{}()[]$"}}


@dataclass(frozen=True, slots=True)
class One:
    """One character of a set."""

    chars: Chars


@dataclass(frozen=True, slots=True)
class Anchor:
    """The start (``^``) or the end (``$``) of the text, or of a line of it."""

    end: bool
    lines: bool


@dataclass(frozen=True, slots=True)
class Again:
    """What a group matched before."""

    group: int


@dataclass(frozen=True, slots=True)
class Group:
    """A group that is remembered."""

    number: int
    node: Node


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Many times; ``most`` is ``None`` without bound."""

    node: Node
    least: int
    most: int | None
    greedy: bool


Node: TypeAlias = "One | Anchor | Again | Group | Sequence | Choice | Repeat"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that can be matched; ``groups``: how many it remembers."""

    node: Node
    groups: int
    ignores_case: bool


class _UnreadableError(Exception):
    """The pattern is not one."""


@lru_cache(maxsize=256)
def read_pattern(text: str, flags: str) -> Pattern | None:
    """The pattern of ``text``; ``None`` if it or a flag (of ``smixq``) is not well formed."""
    if len(text) > _LONGEST or not set(flags) <= set("smixq"):
        return None
    if "q" in flags:
        folded = "i" in flags
        return Pattern(Sequence(tuple(One(exactly(char, folded)) for char in text)), 0, folded)
    reader = _Reader(_unspaced(text) if "x" in flags else text, flags)
    try:
        node = reader.choice(0)
        if reader.at < len(reader.text):
            return None
    except _UnreadableError:
        return None
    return Pattern(node, reader.groups, reader.folded)


def _unspaced(text: str) -> str:
    """The pattern without its white space, except in sets of characters."""
    kept: list[str] = []
    level, escaped = 0, False
    for char in text:
        if level == 0 and char in "\t\n\r ":
            continue
        if not escaped:
            level = max(0, level + {"[": 1, "]": -1}.get(char, 0))
        escaped = char == "\\" and not escaped
        kept.append(char)
    return "".join(kept)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str, flags: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.folded = "i" in flags
        self.lines = "m" in flags
        self.dot_all = "s" in flags

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, char: str) -> bool:
        found = self.peek() == char
        self.at += found
        return found

    def next(self) -> str:
        if self.at >= len(self.text):
            raise _UnreadableError
        self.at += 1
        return self.text[self.at - 1]

    def choice(self, level: int) -> Node:
        if level > _DEEPEST:
            raise _UnreadableError
        branches = [self.sequence(level)]
        while self.take("|"):
            branches.append(self.sequence(level))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self, level: int) -> Node:
        nodes: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            nodes.append(self.repeated(self.atom(level)))
        return Sequence(tuple(nodes))

    def repeated(self, node: Node) -> Node:
        sign = self.peek()
        if sign not in ("?", "*", "+", "{"):
            return node
        self.at += 1
        if sign == "{":
            least, most = self.bounds()
        else:
            least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}[sign]
        greedy = not self.take("?")
        if self.peek() in ("?", "*", "+", "{"):
            raise _UnreadableError
        return Repeat(node, least, most, greedy)

    def bounds(self) -> tuple[int, int | None]:
        least = self.number()
        most: int | None = least
        if self.take(","):
            most = None if self.peek() == "}" else self.number()
        if not self.take("}") or max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            raise _UnreadableError
        return least, most

    def number(self) -> int:
        start = self.at
        while self.at - start < 6 and self.text[self.at : self.at + 1] in set("0123456789"):
            self.at += 1
        if start == self.at:
            raise _UnreadableError
        return int(self.text[start : self.at])

    def atom(self, level: int) -> Node:
        char = self.next()
        if char == "(":
            return self.group(level)
        if char == "[":
            return One(self.char_class(0))
        if char == "\\":
            return self.escape()
        if char in ("^", "$"):
            return Anchor(char == "$", self.lines)
        if char == ".":
            return One((lambda _: True) if self.dot_all else (lambda one: one not in "\n\r"))
        if char in "?*+{}])":
            raise _UnreadableError
        return One(exactly(char, self.folded))

    def group(self, level: int) -> Node:
        number = 0
        if self.text.startswith("?:", self.at):
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
        node = self.choice(level + 1)
        if not self.take(")"):
            raise _UnreadableError
        self.closed.add(number)
        return Group(number, node) if number else node

    def escape(self) -> Node:
        if self.text[self.at : self.at + 1] in set("123456789"):
            return self.back_reference()
        return One(self.escaped_chars())

    def back_reference(self) -> Node:
        number = int(self.next())
        while self.text[self.at : self.at + 1] in set("0123456789"):
            longer = number * 10 + int(self.text[self.at])
            if longer > self.groups:
                break
            number, self.at = longer, self.at + 1
        if number not in self.closed:
            raise _UnreadableError
        return Again(number)

    def escaped_chars(self) -> Chars:
        """What stands for several characters or one, after a backslash."""
        char = self.next()
        if char in _LITERAL_ESCAPES:
            return exactly(_LITERAL_ESCAPES[char], self.folded)
        if char in ("p", "P"):
            return turned(self.category(), char == "P")
        several = SEVERAL.get(char.lower())
        if several is None:
            raise _UnreadableError
        return turned(several, char.isupper())

    def category(self) -> Chars:
        end = self.text.find("}", self.at)
        if end < 0 or self.next() != "{":
            raise _UnreadableError
        name, self.at = self.text[self.at : end], end + 1
        chars = category(name)
        if chars is None:
            raise _UnreadableError
        return chars

    def char_class(self, level: int) -> Chars:
        """What follows ``[``: characters, ranges and escapes, perhaps less another class."""
        if level > _DEEPEST:
            raise _UnreadableError
        negative = self.text.startswith("^", self.at)
        self.at += negative
        parts: list[Chars] = []
        while not self.text.startswith("]", self.at):
            if self.text.startswith("-[", self.at) and parts:
                self.at += 2
                return self.difference(turned(any_of(tuple(parts)), negative), level)
            parts.append(self.class_part())
        self.at += 1
        if not parts:
            raise _UnreadableError
        return turned(any_of(tuple(parts)), negative)

    def difference(self, chars: Chars, level: int) -> Chars:
        less = self.char_class(level + 1)
        if self.next() != "]":
            raise _UnreadableError
        return lambda one: chars(one) and not less(one)

    def class_part(self) -> Chars:
        low = self.next()
        if low == "[":
            raise _UnreadableError
        if low == "\\":
            if self.text[self.at : self.at + 1] not in _LITERAL_ESCAPES:
                return self.escaped_chars()
            low = _LITERAL_ESCAPES[self.next()]
        rest = self.text[self.at : self.at + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] in "]-[":
            return exactly(low, self.folded)
        self.at += 1
        high = self.next()
        if high == "\\":
            high = _LITERAL_ESCAPES.get(self.next(), "")
        if high < low:
            raise _UnreadableError
        return between(low, high, self.folded)
