"""Words that stand for personal data, and a search that finds them however they are written down."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from nrm.diagrams.forms import Field, Form

MARK = "Kanarienvogel"
"""Every canary begins so: one search finds them all."""
TEXTS = ("textfield", "textarea")
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
LARGEST_PACKED = 4_000_000


@dataclass
class Aviary:
    """Gives a new canary for each place and remembers where it sits."""

    places: list[str] = field(default_factory=list)

    def word(self, place: str) -> str:
        """A canary for a place."""
        self.places.append(place)
        return f"{MARK}{len(self.places)}"

    def answers(self, form: Form) -> dict[str, object]:
        """A canary in every question that takes words, in rows too."""
        found: dict[str, object] = {}
        for key, asked in form.fields.items():
            if asked.type == "dynamiclist":
                row = self._row(f"{form.id}.{key}", asked.answered())
                found |= {key: [row]} if row else {}
            elif self._takes_words(asked):
                found[key] = self.word(f"{form.id}.{key}")
        return found

    def _row(self, place: str, cells: Mapping[str, Field]) -> dict[str, object]:
        return {key: self.word(f"{place}.{key}") for key, cell in cells.items() if self._takes_words(cell)}

    @staticmethod
    def _takes_words(asked: Field) -> bool:
        return asked.type in TEXTS and not asked.pattern and not asked.source


def needles(word: str = MARK) -> dict[str, bytes]:
    """How a word may be written down: name of the writing -> bytes that stand in it."""
    plain = word.encode()
    found = {
        "UTF-8": plain, "UTF-16": word.encode("utf-16-le"), "UTF-16 big end first": word.encode("utf-16-be"),
        "hex": plain.hex().encode(), "HEX": plain.hex().upper().encode(), "reversed": plain[::-1],
        "lower case": plain.lower(), "upper case": plain.upper(),
    }
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + plain)
        begin = -(-offset * 8 // 6)
        found[f"base64 + {offset}"] = coded[begin + (1 if offset else 0) : -4]
    return found


def seen_in(data: bytes) -> Iterator[str]:
    """The writings in which a canary stands in some bytes, packed ones looked into."""
    yield from (name for name, needle in needles().items() if needle in data)
    for found in _PACKED.finditer(data):
        with suppress(zlib.error):
            inside = zlib.decompressobj(wbits=47).decompress(data[found.start() : found.start() + LARGEST_PACKED],
                                                             LARGEST_PACKED)
            yield from (f"packed {name}" for name, needle in needles().items() if needle in inside)
