"""Sets of characters, as the patterns of XPath name them (XML Schema part 2, appendix F)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TypeAlias

Chars: TypeAlias = Callable[[str], bool]
"""Whether a character is in the set."""

_CATEGORIES = frozenset("LMNPZSC") | frozenset(
    {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
     "Zs", "Zl", "Zp", "Sm", "Sc", "Sk", "So", "Cc", "Cf", "Co", "Cn"}
)
_BLOCKS = {
    "BasicLatin": (0x0, 0x7F), "Latin-1Supplement": (0x80, 0xFF), "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F), "Greek": (0x370, 0x3FF), "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF), "Armenian": (0x530, 0x58F), "Hebrew": (0x590, 0x5FF), "Arabic": (0x600, 0x6FF),
}
_NAME_STARTS = (
    (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D), (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F),
    (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF), (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
)

def category(name: str) -> Chars | None:
    """The Unicode category or block (``IsGreek``) of that name, if it is known."""
    if name in _CATEGORIES:
        return lambda one: unicodedata.category(one).startswith(name)
    block = _BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    if block is None:
        return None
    low, high = block
    return lambda one: low <= ord(one) <= high


def _cases(char: str) -> frozenset[str]:
    """The character in either case."""
    return frozenset(each for each in (char, char.lower(), char.upper()) if len(each) == 1)


def exactly(char: str, folded: bool) -> Chars:
    """The character alone; in either case if ``folded``."""
    if not folded:
        return lambda one: one == char
    known = _cases(char)
    return lambda one: one in known or not known.isdisjoint(_cases(one))


def between(low: str, high: str, folded: bool) -> Chars:
    """From one character to another."""
    if not folded:
        return lambda one: low <= one <= high
    return lambda one: any(low <= each <= high for each in _cases(one))


def any_of(parts: tuple[Chars, ...]) -> Chars:
    """The union."""
    return parts[0] if len(parts) == 1 else lambda one: any(part(one) for part in parts)


def turned(chars: Chars, negative: bool) -> Chars:
    """The set, or all that is not in it."""
    return (lambda one: not chars(one)) if negative else chars


def _is_name_start(one: str) -> bool:
    if one.isascii():
        return one.isalpha() or one in ":_"
    return any(low <= ord(one) <= high for low, high in _NAME_STARTS)


def _is_name_part(one: str) -> bool:
    return _is_name_start(one) or one in "-.\u00b7" or unicodedata.category(one) in ("Nd", "Mn", "Mc")


SEVERAL: dict[str, Chars] = {
    "s": lambda one: one in " \t\n\r", "d": lambda one: unicodedata.category(one) == "Nd",
    "w": lambda one: unicodedata.category(one)[0] not in "PZC", "i": _is_name_start, "c": _is_name_part,
}
"""The sets of ``\\s``, ``\\d``, ``\\w``, ``\\i`` and ``\\c``."""
