"""How heavy a letter is: whether it may wait for the morning, and whether its reader may do without it."""

from __future__ import annotations

from enum import StrEnum


class Weight(StrEnum):
    """The value is what the outbox keeps."""

    SAFETY = "safety"
    """Danger: at once, day and night, each by itself."""
    STATUTORY = "statutory"
    """Time limits: in the letter of the day; nobody can do without it."""
    ORDINARY = "ordinary"
    """In the letter of the day, unless the reader wants none."""
