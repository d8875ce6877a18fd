"""The clock: the only module that reads the time. Everything else is given ``now``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time as an aware UTC instant."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock. On PostgreSQL the unit of work prefers the database's."""

    def now(self) -> datetime:
        """Return the machine's present instant in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """A clock that stands still until it is moved: tests, the demo and the time machine."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock was last moved to."""
        return self._now

    def move_to(self, at: datetime) -> None:
        """Set the clock to an instant; going back is allowed, because real clocks do."""
        self._now = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self._now += by
