"""When mail goes that can wait: one letter a day, at the reader's own hour, and never at night."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nrm.rules.calendars import zone
from nrm.rules.quiet_hours import MailHours, after_quiet, next_digest

SHIPPED = MailHours()
CHISINAU, AUCKLAND, NEW_YORK = "Europe/Chisinau", "Pacific/Auckland", "America/New_York"
ZONES = ("UTC", CHISINAU, AUCKLAND, NEW_YORK, "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca")
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def mail_hours(draw: st.DrawFn) -> MailHours:
    """Hours that a configuration may name."""
    quiet_from, quiet_to, digest_at = draw(TIMES), draw(TIMES), draw(TIMES)
    try:
        return MailHours(digest_at, quiet_from, quiet_to)
    except ValueError:
        # The letter of the day may go as soon as the quiet hours end.
        return MailHours(quiet_to, quiet_from, quiet_to) if quiet_from != quiet_to else SHIPPED


def local(text: str, zone_name: str) -> datetime:
    """A local wall time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(zone_name)).astimezone(UTC)


DIGESTS = [
    ("at night: the coming morning", "2026-03-02 02:00", CHISINAU, "2026-03-02 08:00"),
    ("at the very moment", "2026-03-02 08:00", CHISINAU, "2026-03-02 08:00"),
    ("during the day: tomorrow", "2026-03-02 08:01", CHISINAU, "2026-03-03 08:00"),
    ("the morning after the clocks went forward", "2026-03-28 12:00", CHISINAU, "2026-03-29 08:00"),
    ("the morning after the clocks went back", "2026-10-24 12:00", CHISINAU, "2026-10-25 08:00"),
    ("over the end of a leap February", "2028-02-28 09:00", NEW_YORK, "2028-02-29 08:00"),
]


@pytest.mark.parametrize(("at", "zone_name", "expected"), [row[1:] for row in DIGESTS], ids=[r[0] for r in DIGESTS])
def test_the_letter_of_the_day(at: str, zone_name: str, expected: str) -> None:
    assert next_digest(local(at, zone_name), SHIPPED, zone_name) == local(expected, zone_name)


QUIET = [
    ("by day at once", "2026-03-02 12:00", "2026-03-02 12:00"),
    ("just before the evening", "2026-03-02 19:59", "2026-03-02 19:59"),
    ("from the evening on", "2026-03-02 20:00", "2026-03-03 07:00"),
    ("after midnight", "2026-03-03 03:00", "2026-03-03 07:00"),
    ("as soon as it is over", "2026-03-03 07:00", "2026-03-03 07:00"),
    ("in the night that is an hour short", "2026-03-29 02:59", "2026-03-29 07:00"),
]


@pytest.mark.parametrize(("at", "expected"), [row[1:] for row in QUIET], ids=[row[0] for row in QUIET])
def test_the_quiet_hours(at: str, expected: str) -> None:
    assert after_quiet(local(at, CHISINAU), SHIPPED, CHISINAU) == local(expected, CHISINAU)


@pytest.mark.parametrize("hours", [
    (time(21, 0), time(20, 0), time(7, 0)), (time(6, 59), time(20, 0), time(7, 0)),
    (time(20, 0), time(20, 0), time(7, 0)), (time(13, 0), time(12, 0), time(14, 0)),
    (time(8, 0), time(7, 0), time(7, 0)),
])
def test_hours_that_would_keep_letters_back_are_refused(hours: tuple[time, time, time]) -> None:
    with pytest.raises(ValueError, match="quiet hours"):
        MailHours(*hours)


@given(INSTANTS, mail_hours(), st.sampled_from(ZONES))
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), MailHours(time(2, 30), time(20), time(2, 30)), CHISINAU)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), MailHours(time(3, 30), time(20), time(3, 30)), CHISINAU)
def test_a_letter_of_the_day_comes_within_a_day_and_at_its_hour(
    at: datetime, hours: MailHours, zone_name: str
) -> None:
    goes = next_digest(at, hours, zone_name)
    assert timedelta(0) <= goes - at <= timedelta(hours=26)
    assert next_digest(goes, hours, zone_name) == goes
    shown = goes.astimezone(zone(zone_name))
    jumped = shown.utcoffset() != (goes - timedelta(seconds=1)).astimezone(zone(zone_name)).utcoffset()
    assert shown.time() == hours.digest_at or jumped


@given(INSTANTS, INSTANTS, mail_hours(), st.sampled_from(ZONES))
def test_later_asked_is_never_sooner_sent(one: datetime, other: datetime, hours: MailHours, zone_name: str) -> None:
    first, second = sorted((one, other))
    assert next_digest(first, hours, zone_name) <= next_digest(second, hours, zone_name)
    assert first <= after_quiet(first, hours, zone_name) <= after_quiet(second, hours, zone_name)


@given(INSTANTS, mail_hours(), st.sampled_from(ZONES))
def test_after_the_quiet_hours_it_is_not_quiet(at: datetime, hours: MailHours, zone_name: str) -> None:
    goes = after_quiet(at, hours, zone_name)
    assert after_quiet(goes, hours, zone_name) == goes
    assert goes - at <= timedelta(hours=25)
