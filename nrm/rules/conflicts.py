"""Conflicts of interest (domain X10): who may note and lift one, and what hints at one. A hint is no verdict."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import pairwise

from nrm.rules.normalise import normalise

LEAST_LETTERS = 3
"""Shorter words are in too many names to hint at anything."""
PHONE_DIGITS = 8
"""So many last digits of a telephone are the same with and without the country's prefix."""
_PHONE = re.compile(r"\d(?: ?\d){7,}")
_HOUSE = re.compile(r"\d{1,4}[a-z]?")
_PARTS_OF_ADDRESSES = frozenset(map(normalise, (
    "street", "strada", "str", "road", "bulevardul", "bd", "avenue", "apartment", "apartament", "apt", "bloc", "floor",
    "etaj", "number", "nr", "no", "улица", "дом", "квартира", "شارع", "رقم", "شقة",
)))
"""Words that stand between a street and its number, or say what a number is of: they hint at nobody."""


def hint_keys(name: str) -> tuple[str, ...]:
    """Return the words of a worker's name to be looked for among the names of a case, normalised and sorted.

    The last word is the family name almost everywhere, but not always: each word is asked for.
    """
    return tuple(sorted({word for word in normalise(name).split() if len(word) >= LEAST_LETTERS}))


def contact_keys(text: str) -> tuple[str, ...]:
    """Return what addresses and telephones in a text are compared by, sorted: ``tel`` and the last digits, or street
    and number, however they are written. What has neither gives nothing, so that no town alone hints at anybody.
    """
    plain = normalise(text)
    phones = {"".join(filter(str.isdigit, one)) for one in _PHONE.findall(plain)}
    words = [word for word in plain.split() if word not in _PARTS_OF_ADDRESSES]
    streets = {
        f"{name} {number}" for one, other in pairwise(words) for name, number in ((one, other), (other, one))
        if name.isalpha() and len(name) >= LEAST_LETTERS and _HOUSE.fullmatch(number)
    }
    return tuple(sorted({f"tel {one[-PHONE_DIGITS:]}" for one in phones} | streets))


def may_lift(person: Collection[str], kept: Collection[str], noted_by: Iterable[str]) -> bool:
    """Whether a person lets somebody back: neither whom it is about, nor who noted it. All are sets of accounts."""
    return set(person).isdisjoint({*kept, *noted_by})
