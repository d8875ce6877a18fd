"""One difference between two versions of a process, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """What was changed."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    MOVED = "moved"
    WAY = "way"
    """An arrow between steps that both versions have."""
    CONDITION = "condition"
    LANE = "lane"
    FORM = "form"
    LIMIT = "limit"
    LADDER = "ladder"
    SETTING = "setting"
    PROCESS = "process"
    FORM_FIELD = "form_field"
    TABLE = "table"
    LIMIT_LENGTH = "limit_length"
    LIMIT_SOURCE = "limit_source"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``element`` is the id of the step, arrow, form field, table, limit or fact it is about.

    ``where`` is ``diagram``, ``form <id>``, ``table <id>``, ``limits``, ``ladders`` or ``dictionary``.
    ``before`` and ``after`` are words for people; empty where there was or is nothing.
    """

    kind: ChangeKind
    element: str
    where: str
    before: str
    after: str
    sentence: str


def becomes(kind: ChangeKind, element: str, where: str, what: str, before: object,
            after: object) -> Iterator[Change]:
    """A change of one value, if it is one: ``what: before becomes after``."""
    if before == after:
        return
    old, new = words(before), words(after)
    if not old:
        sentence = f"{what}: {new} is new"
    elif not new:
        sentence = f"{what}: {old} is taken away"
    else:
        sentence = f"{what}: {old} becomes {new}"
    yield Change(kind, element, where, old, new, sentence)


def words(value: object) -> str:
    """A value for a sentence."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(words(v) for v in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {words(v)}" for k, v in value.items())
    return str(value)
