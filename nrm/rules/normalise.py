"""Normalising names for the keyed index, so that spelling and script do not hide a person.

What is folded: case, diacritics, punctuation, Cyrillic (Russian, Ukrainian, Bulgarian, Moldovan)
and Arabic letters to Latin, y to i, doubled letters to one. Arabic writes no short vowels, so an
Arabic spelling finds Arabic spellings, seldom a Latin one; sounds are not compared (that is a
search of its own, later).
"""

from __future__ import annotations

import unicodedata
from itertools import groupby

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "є": "ie", "ж": "zh",
    "ӂ": "zh", "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n",
    "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch",
    "ш": "sh", "щ": "shch", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
}
_ARABIC = {
    "ا": "a", "أ": "a", "إ": "a", "آ": "a", "ٱ": "a", "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h",
    "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t",
    "ظ": "z", "ع": "", "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ک": "k", "ل": "l", "م": "m", "ن": "n",
    "ه": "h", "ة": "a", "و": "w", "ي": "i", "ی": "i", "ى": "a", "ئ": "i", "ؤ": "w", "ء": "", "پ": "p",
    "چ": "ch", "گ": "g", "ـ": "",
}
_LATIN = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
_LETTERS = {**_CYRILLIC, **_ARABIC, **_LATIN}


def normalise(value: str) -> str:
    """Return the normalised form: lower-case Latin letters and digits in words parted by one space.

    Stable: ``normalise(normalise(x)) == normalise(x)``. Equal forms get equal index values.
    """
    folded = unicodedata.normalize("NFKC", value).casefold()
    latin = "".join(_letter(char) for char in unicodedata.normalize("NFC", folded))
    words = "".join(char if char.isalnum() else " " for char in latin).split()
    return " ".join(filter(None, (_squeeze(word) for word in words)))


def name_keys(value: str) -> tuple[str, ...]:
    """Return what to index of a name: the whole, and each of its words, without repeats, sorted."""
    whole = normalise(value)
    return tuple(sorted({whole, *whole.split()} - {""}))


def _letter(char: str) -> str:
    """Turn one character to Latin without marks; apostrophes vanish, other signs stay for parting."""
    if char in _LETTERS:
        return _LETTERS[char]
    if char in "'’ʼ`´ʹ":
        return ""
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return "".join(_LETTERS.get(c, c) for c in plain)


def _squeeze(word: str) -> str:
    """Write y as i and a doubled letter once; digits stay as they are."""
    letters = word.replace("y", "i")
    return "".join(c * (len(list(run)) if c.isdigit() else 1) for c, run in groupby(letters))
