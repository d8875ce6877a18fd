"""How much one expression may ask for; everything is counted, nothing is timed, so results never vary."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of parsing (``text``, ``depth``) and of one evaluation (the rest)."""

    text: int = 10_000
    """Characters in one expression."""
    depth: int = 100
    """Nesting of operations; keeps the evaluation far from Python's own recursion limit."""
    nesting: int = 500
    """Operations inside one another, across calls of functions: how deep recursion may go."""
    steps: int = 100_000
    """Operations in one evaluation."""
    items: int = 10_000
    """Items in one list."""
    characters: int = 100_000
    """Characters in one string value."""
    notes: int = 50
    """Notes kept; what comes after is dropped."""


DEFAULT = Limits()
