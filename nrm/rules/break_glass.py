"""Access in an emergency (domain 2.7): how long it lasts."""

from __future__ import annotations

from datetime import datetime, timedelta

MOST_HOURS = 24
"""No configuration makes it longer."""


def ends_at(begun: datetime, hours: int) -> datetime:
    """Return when an access in an emergency ends by itself. ValueError for less than an hour or more than a day."""
    if not 1 <= hours <= MOST_HOURS:
        raise ValueError(f"an access in an emergency lasts 1 to {MOST_HOURS} hours")
    return begun + timedelta(hours=hours)
