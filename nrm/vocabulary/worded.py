"""Codes that carry the sentence people read."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Worded(StrEnum):
    """A code that carries its sentence."""

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> Self:
        """Make a member that is its code and carries its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member
