"""Names of FEEL: which signs make them, and the longest one in scope at a place of the text.

A name may hold spaces and the signs ``. / - ' + *`` where the scope knows it (DMN 1.5, 10.3.1.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

# Rules 28 and 29 of the grammar, without the two spaces that lie inside their ranges (rule 61).
_START = (
    "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff"
    "\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd"
    "\U00010000-\U000effff"
)
_PART = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_SIGNS = ".+*/'\u2019-"
_PIECE = re.compile(rf"[{_PART}?]+|[^\s]")
_NOT_INSIDE = rf"(?![{_PART}])"

WORD = re.compile(rf"[{_START}][{_PART}]*")
"""A name of one word."""
DECLARED = re.compile(rf"[{_START}][{_PART}{re.escape(_SIGNS)}? \t\r\n]*?(?=\s*:)")
"""A name in front of a colon: a key of a context, a parameter's name in a call."""
PARAMETER = re.compile(rf"[{_START}][{_PART}{re.escape(_SIGNS)}? \t\r\n]*?(?=\s*(?:[:,)]|\Z))")
"""A name between the brackets of a function definition."""
VARIABLE = re.compile(rf"[{_START}][{_PART}]*(?:\s+[{_PART}]+)*?(?=\s+in{_NOT_INSIDE})")
"""The name after ``for``, ``some`` and ``every``."""


def canonical(name: str) -> str:
    """The name with single spaces, as scopes hold it."""
    return " ".join(name.split())


class Known:
    """The names in scope that are not simple words, found by their first piece."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_start: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Know one more name; simple words need not be known."""
        if not name or WORD.fullmatch(name):
            return
        pattern, start = _pattern(name)
        candidates = self._by_start.setdefault(start, [])
        if all(known != name for known, _ in candidates):
            candidates.append((name, pattern))
            candidates.sort(key=lambda one: -len(one[0]))

    def match(self, text: str, at: int) -> tuple[str, int] | None:
        """The longest known name at a place, and where it ends."""
        if not self._by_start:
            return None
        piece = _PIECE.match(text, at)
        for name, pattern in self._by_start.get(piece[0], ()) if piece else ():
            found = pattern.match(text, at)
            if found:
                return name, found.end()
        return None


@lru_cache(maxsize=1024)
def _pattern(name: str) -> tuple[re.Pattern[str], str]:
    """Any white space between the pieces of the name, some between two words; and its first piece."""
    pieces = _PIECE.findall(name)
    text = re.escape(pieces[0])
    for before, piece in pairwise(pieces):
        both_words = WORD.match(before[-1:]) or before[-1:].isdigit()
        gap = r"\s+" if both_words and (WORD.match(piece) or piece[0].isdigit()) else r"\s*"
        text += gap + re.escape(piece)
    return re.compile(text + (_NOT_INSIDE if _PIECE.fullmatch(pieces[-1]) else "")), pieces[0]
