"""A calendar that ends too early is a finding long before it matters."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nrm.rules.calendar_end import ending
from nrm.rules.calendars import Calendar

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(("known_until", "months", "last_due", "missing"), [
    (None, 15, None, None),
    (date(2027, 12, 31), 13, None, None),
    (date(2027, 12, 31), 15, None, 2028),
    (date(2028, 12, 31), 15, None, None),
    (date(2028, 12, 31), 15, datetime(2028, 12, 31, 12, tzinfo=UTC), None),
    (date(2028, 12, 31), 15, datetime(2029, 1, 2, tzinfo=UTC), 2029),
    (date(2027, 6, 30), 15, None, 2027),
])
def test_when_the_feasts_of_a_year_are_missed(
    known_until: date | None, months: int, last_due: datetime | None, missing: int | None
) -> None:
    found = ending([Calendar("c", known_until=known_until)], NOW, months_ahead=months, last_due=last_due)
    assert [one.year for one in found] == ([] if missing is None else [missing])


def test_the_last_due_time_is_a_day_of_the_calendars_own_zone() -> None:
    """Half past ten in the evening in Greenwich is the next year in Chisinau."""
    late = datetime(2028, 12, 31, 22, 30, tzinfo=UTC)
    calendars = [Calendar(zone, zone=zone, known_until=date(2028, 12, 31)) for zone in ("UTC", "Europe/Chisinau")]
    assert [one.calendar for one in ending(calendars, NOW, months_ahead=15, last_due=late)] == ["Europe/Chisinau"]
