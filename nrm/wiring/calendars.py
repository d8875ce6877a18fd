"""The calendars as they are now: the configuration's, with the days that people laid over them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Connection

from nrm.records.tables.working_time import CalendarDay
from nrm.rules.calendars import Calendar
from nrm.rules.laid_days import LaidDay, lay_over
from nrm.wiring.directory import KEPT


class LaidDays:
    """Reads the laid days at most every ten seconds; an edit in this process is seen at once.

    While nothing was edited the calendars stay the same objects.
    """

    def __init__(self) -> None:
        self._laid: tuple[LaidDay, ...] | None = None
        self._calendars: Mapping[str, Calendar] = {}
        self._read_at: datetime | None = None

    def over(self, configured: Mapping[str, Calendar], conn: Connection, now: datetime) -> Mapping[str, Calendar]:
        """Return the configured calendars with the days laid over them as they stand at ``now``."""
        if self._read_at is None or not timedelta(0) <= now - self._read_at < KEPT:
            laid = standing_days(conn)
            if laid != self._laid:
                self._laid, self._calendars = laid, lay_over(configured, laid)
            self._read_at = now
        return self._calendars

    def forget(self) -> None:
        """Read again at the next question: something was edited."""
        self._read_at = None


def standing_days(conn: Connection) -> tuple[LaidDay, ...]:
    """Return the days that were laid over calendars and not taken back, in order."""
    rows = conn.execute(
        select(CalendarDay.calendar, CalendarDay.day, CalendarDay.kind, CalendarDay.name)
        .where(CalendarDay.removed_at.is_(None)).order_by(CalendarDay.calendar, CalendarDay.day)
    )
    return tuple(LaidDay(row.calendar, row.day, row.kind == "free", row.name) for row in rows)
