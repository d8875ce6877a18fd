"""Reads ``who_may_what.yaml``: which answer a route gives to a role, by how its person stands to the case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ANSWERED = 200
"""The request gets past the question who asks: what comes of it depends on what was sent."""
WHO = ("team", "everywhere", "unseen", "holder", "depends")
ANSWERS = ("refused", "strangers")
TABLE = Path(__file__).with_name("who_may_what.yaml")
OF_PEOPLE = frozenset({"/me/step-up"})
"""Paths of the API that are closed to the tokens of programs, before anything of the request is read."""


@dataclass(frozen=True)
class Row:
    """One route and what it answers. ``kind``: anyone, signed_in, role or case."""

    surface: str
    route: str
    kind: str
    team: frozenset[str] = frozenset()
    everywhere: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    holder: frozenset[str] = frozenset()
    depends: frozenset[str] = frozenset()
    refused: int = 403
    strangers: int = 404

    @property
    def method(self) -> str:
        """The method of the route."""
        return self.route.split(" ")[0]

    @property
    def path(self) -> str:
        """The address of the route, with its placeholders."""
        return self.route.split(" ")[1]

    @property
    def writes(self) -> bool:
        """Whether the route is unsafe."""
        return self.method != "GET"

    def without_case(self, role: str) -> int:
        """The answer to a signed-in person of a role, where no case is concerned."""
        return ANSWERED if self.kind in ("anyone", "signed_in") or role in self.team else 403

    def in_team(self, role: str) -> int:
        """The answer to somebody with a seat in the team."""
        if role in table().outside:
            return self.strangers
        if role in self.team | self.everywhere:
            return ANSWERED
        return 404 if role in self.unseen else self.refused

    def foreign(self, role: str) -> int:
        """The answer to somebody without any relation to the case."""
        if role in self.everywhere:
            return ANSWERED
        return self.refused if role in table().oversight else self.strangers

    def holding(self, role: str) -> int:
        """The answer to somebody without a seat who holds the open task."""
        if role in self.holder:
            return ANSWERED
        return self.refused if self.holder else self.foreign(role)


@dataclass(frozen=True)
class Table:
    """The whole table."""

    rows: tuple[Row, ...]
    groups: Mapping[str, frozenset[str]]
    oversight: frozenset[str]
    outside: frozenset[str]

    def of(self, surface: str, *kinds: str) -> tuple[Row, ...]:
        """The rows of a surface (api, pages), of some kinds."""
        return tuple(row for row in self.rows if row.surface == surface and row.kind in kinds)


@cache
def table() -> Table:
    """Read the table, once."""
    read = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    groups: dict[str, frozenset[str]] = {}
    for name, words in read["groups"].items():
        groups[name] = _roles(words, groups)
    rows = tuple(row for surface in ("api", "pages") for row in _rows(surface, read[surface], groups))
    return Table(rows, groups, _roles(read["oversight"], groups), _roles(read["outside"], groups))


def _rows(surface: str, read: Mapping[str, Any], groups: Mapping[str, frozenset[str]]) -> Iterator[Row]:
    for kind in ("anyone", "signed_in"):
        for route in read[kind]:
            yield Row(surface, route, kind)
    for kind in ("role", "case"):
        for route, said in read[kind].items():
            words = {"team": said} if isinstance(said, str) else said
            who = {name: _roles(words.get(name, ""), groups) for name in WHO}
            yield Row(surface, route, kind, **who, **{name: words[name] for name in ANSWERS if name in words})


def _roles(words: str, groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The roles that words name: groups by name, roles by code."""
    found: set[str] = set()
    for word in words.split():
        found |= groups.get(word, frozenset({word}))
    return frozenset(found)
