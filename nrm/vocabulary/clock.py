"""The clock: the only module that reads the time. Everything else is given ``now``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
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


class OffsetClock:
    """The machine's clock, moved forward by what a file says: a demo's, the same for all its processes.

    The file holds ``{"ahead_s": seconds}``; without it nothing is moved.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[int, timedelta] = (0, timedelta())

    def now(self) -> datetime:
        """Return the machine's instant and the offset, in UTC."""
        return datetime.now(UTC) + self.ahead

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of the machine's; the file is read again when it has changed."""
        try:
            changed = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return timedelta()
        if self._seen[0] != changed:
            ahead = json.loads(self._file.read_text("utf-8"))["ahead_s"]
            self._seen = (changed, timedelta(seconds=int(ahead)))
        return self._seen[1]

    def move(self, by: timedelta) -> None:
        """Move this clock forward for every process that shares the file."""
        content = json.dumps({"ahead_s": int((self.ahead + by).total_seconds())})
        whole = self._file.with_suffix(".part")
        whole.write_text(content, encoding="utf-8")
        whole.replace(self._file)
