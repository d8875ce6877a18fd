"""Conflicts of interest (domain X10): who may note and lift one, and what hints at one. A hint is no verdict."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nrm.rules.normalise import normalise

LEAST_LETTERS = 3
"""Shorter words are in too many names to hint at anything."""


def hint_keys(name: str) -> tuple[str, ...]:
    """Return the words of a worker's name to be looked for among the names of a case, normalised and sorted.

    The last word is the family name almost everywhere, but not always: each word is asked for.
    """
    return tuple(sorted({word for word in normalise(name).split() if len(word) >= LEAST_LETTERS}))


def may_lift(person: Collection[str], kept: Collection[str], noted_by: Iterable[str]) -> bool:
    """Whether a person lets somebody back: neither whom it is about, nor who noted it. All are sets of accounts."""
    return set(person).isdisjoint({*kept, *noted_by})
