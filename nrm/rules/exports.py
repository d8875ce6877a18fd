"""How much one person takes out alone, and how long a second person's word holds (goal:S21)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import StrEnum

MOST_CASES = 50
"""So many cases somebody takes out alone within :data:`SPAN`, over all their exports."""
SPAN = timedelta(hours=24)
ASKED_FOR = timedelta(hours=72)
"""So long a request waits; then it lapses."""
ALLOWED_FOR = timedelta(hours=24)
"""So long after it was allowed an export is taken, once."""


class Large(StrEnum):
    """What nobody takes out alone."""

    HISTORY = "history"
    """The history of the whole installation."""
    CASES = "cases"
    """More than :data:`MOST_CASES` cases within a day."""


def is_large(taken_before: AbstractSet[str], cases: AbstractSet[str]) -> bool:
    """Whether these cases are too many for one person who took others within :data:`SPAN`; each counts once."""
    return bool(cases) and len(taken_before | cases) > MOST_CASES


def state(status: str, *, asked_at: datetime, decided_at: datetime | None, now: datetime) -> str:
    """Return how a request stands now: ``asked``, ``allowed``, ``refused``, ``used`` or ``lapsed``."""
    if status == "asked" and now - asked_at > ASKED_FOR:
        return "lapsed"
    if status == "allowed" and (decided_at is None or now - decided_at > ALLOWED_FOR):
        return "lapsed"
    return status
