"""The steps of *why this date* as they were kept: data with the sentence in it, or in older rows the sentence."""

from __future__ import annotations

from collections.abc import Mapping


def sentences(why: object) -> tuple[str, ...]:
    """Return kept steps as English sentences, which pages tell in the reader's language."""
    steps = why if isinstance(why, list) else []
    return tuple(str(step.get("text", "")) if isinstance(step, Mapping) else str(step) for step in steps)
