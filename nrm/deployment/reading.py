"""Reading configuration files so that whatever is wrong is refused with file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

import yaml

from nrm.vocabulary.errors import ConfigurationRefused

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where PyYAML was built with it: ten times as fast, same lines."""

LARGEST = 2_000_000
"""Bytes; a configuration file above this is refused unread."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_TRUE = {"yes": True, "true": True, "no": False, "false": False}


class Item:
    """One YAML value with its file and line.

    Scalars are taken as written: ``yes`` and ``no`` are words where a word is asked for and truth
    values where a truth value is. Every accessor refuses the wrong shape with ConfigurationRefused.
    """

    def __init__(self, node: yaml.Node, file: str, name: str = "") -> None:
        self.node = node
        self.file = file
        self.name = name

    @property
    def line(self) -> int:
        """The line, from 1."""
        return int(self.node.start_mark.line) + 1

    def refuse(self, sentence: str) -> NoReturn:
        """Refuse the file because of this value."""
        raise ConfigurationRefused(sentence, file=self.file, line=self.line)

    def word(self) -> str:
        """Return a non-empty text."""
        if not isinstance(self.node, yaml.ScalarNode) or self.empty:
            self.refuse(f"{self._named()} is a text")
        return str(self.node.value).strip()

    def code(self) -> str:
        """Return an identifier: letters, digits, ``_ . -``, a letter first."""
        text = self.word()
        if not _CODE.fullmatch(text):
            self.refuse(f"{text!r} is not an identifier (letters, digits, _ . -)")
        return text

    def integer(self, least: int = 0) -> int:
        """Return a whole number not below ``least``."""
        text = self.word()
        if not re.fullmatch(r"-?\d{1,9}", text) or int(text) < least:
            self.refuse(f"{self._named()} is a whole number, {least} or more, not {text!r}")
        return int(text)

    def flag(self) -> bool:
        """Return yes or no (also true, false)."""
        text = self.word()
        if text not in _TRUE:
            self.refuse(f"{self._named()} is yes or no, not {text!r}")
        return _TRUE[text]

    def choice(self, enum: type[E]) -> E:
        """Return a member of an enum by its value."""
        text = self.word()
        try:
            return enum(text)
        except ValueError:
            known = ", ".join(member.value for member in enum)
            self.refuse(f"{self._named()} is one of {known}, not {text!r}")

    def one_of(self, known: frozenset[str], what: str) -> str:
        """Return a text that must be known elsewhere in the configuration."""
        text = self.word()
        if text not in known:
            self.refuse(f"there is no {what} {text!r}")
        return text

    def day(self) -> date:
        """Return a date written YYYY-MM-DD."""
        return self.parsed(date.fromisoformat, "a date, YYYY-MM-DD")

    def clock(self) -> time:
        """Return a time of day written HH:MM."""
        text = self.word()
        if not re.fullmatch(r"\d\d:\d\d", text):
            self.refuse(f"{self._named()} is a time of day in quotes, \"HH:MM\", not {text!r}")
        return self.parsed(time.fromisoformat, "a time of day, HH:MM")

    def parsed(self, parse: Callable[[str], T], what: str) -> T:
        """Return what ``parse`` makes of the text; its ValueError becomes a refusal."""
        text = self.word()
        try:
            return parse(text)
        except ValueError:
            self.refuse(f"{self._named()} is {what}, not {text!r}")

    def items(self) -> tuple[Item, ...]:
        """Return the elements of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse(f"{self._named()} is a list")
        return tuple(Item(child, self.file, self.name) for child in self.node.value)

    def entries(self) -> Iterator[tuple[Item, Item]]:
        """Yield the keys and values of a mapping; a repeated key is refused."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(f"{self._named()} is a mapping of keys to values")
        seen: set[str] = set()
        for key_node, value_node in self.node.value:
            key = Item(key_node, self.file, self.name)
            name = key.word()
            if name in seen:
                key.refuse(f"{name!r} stands here twice")
            seen.add(name)
            yield key, Item(value_node, self.file, name)

    def fields(self, required: str, optional: str = "") -> Fields:
        """Return a mapping with exactly these keys (space-separated), unknown ones refused."""
        must, may = required.split(), optional.split()
        found: dict[str, Item] = {}
        for key, value in self.entries():
            if key.word() not in (*must, *may):
                key.refuse(f"unknown key {key.word()!r}; known are {', '.join((*must, *may))}")
            found[key.word()] = value
        for name in must:
            if name not in found:
                self.refuse(f"the key {name!r} is missing")
        return Fields({k: v for k, v in found.items() if not v.empty or k in must})

    @property
    def empty(self) -> bool:
        """Whether nothing was written as the value."""
        return isinstance(self.node, yaml.ScalarNode) and (
            self.node.tag.endswith(":null") or not str(self.node.value).strip())

    def _named(self) -> str:
        return f"{self.name!r}" if self.name else "this"


class Fields:
    """The checked keys of one mapping."""

    def __init__(self, found: dict[str, Item]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> Item:
        return self._found[name]

    def get(self, name: str) -> Item | None:
        """Return the value, or None where the key is absent or empty."""
        return self._found.get(name)

    def word(self, name: str, default: str = "") -> str:
        """Return a text, or the default."""
        item = self.get(name)
        return default if item is None else item.word()

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a truth value, or the default."""
        item = self.get(name)
        return default if item is None else item.flag()

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty where the key is absent."""
        item = self.get(name)
        return () if item is None else tuple(child.word() for child in item.items())


def read(path: Path, *, may_be_empty: bool = False) -> Item:
    """Read one YAML file; refuse one that is missing, too large, malformed or (unless allowed) empty."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationRefused("the file cannot be read", file=path.name) from error
    return parse(data, path.name, may_be_empty=may_be_empty)


def parse(data: bytes, file: str, *, may_be_empty: bool = False) -> Item:
    """Compose YAML bytes into an Item; anchors and aliases are refused."""
    if len(data) > LARGEST:
        raise ConfigurationRefused("the file is too large", file=file)
    try:
        text = data.decode("utf-8")
        _refuse_aliases(text, file)
        node = yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        raise ConfigurationRefused("the file is not UTF-8", file=file) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ConfigurationRefused(f"not valid YAML: {error.problem}", file=file, line=line) from error
    except yaml.YAMLError as error:
        raise ConfigurationRefused("not valid YAML", file=file) from error
    if node is None and may_be_empty:
        node = yaml.compose("{}", Loader=_LOADER)
    if node is None:
        raise ConfigurationRefused("the file is empty", file=file)
    return Item(node, file)


def _refuse_aliases(text: str, file: str) -> None:
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            line = event.start_mark.line + 1 if event.start_mark else None
            raise ConfigurationRefused("anchors and aliases are not used here", file=file, line=line)
