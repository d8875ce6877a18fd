"""When mail that can wait is sent: once a day, at an hour of the reader's own place, and never in the quiet hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nrm.rules.calendars import instant_of, zone

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MailHours:
    """Local times of day: when the one letter of a day goes, and from when to when nobody is written to.

    The quiet hours may go over midnight; the letter of the day is not sent within them.
    """

    digest_at: time = time(8, 0)
    quiet_from: time = time(20, 0)
    quiet_to: time = time(7, 0)

    def __post_init__(self) -> None:
        if self.quiet_from == self.quiet_to:
            raise ValueError("the quiet hours end where they begin: nothing would ever be sent")
        since_quiet_began = _minutes(self.quiet_from, self.digest_at)
        if since_quiet_began < _minutes(self.quiet_from, self.quiet_to):
            raise ValueError("the letter of the day would be sent in the quiet hours")

    def quiet(self, begins: date, zone_name: str) -> tuple[datetime, datetime]:
        """Return the two instants between which it is quiet, for the quiet hours that begin on a local day."""
        ends = begins + DAY if self.quiet_to < self.quiet_from else begins
        return (
            instant_of(datetime.combine(begins, self.quiet_from), zone_name),
            instant_of(datetime.combine(ends, self.quiet_to), zone_name),
        )


def next_digest(at: datetime, hours: MailHours, zone_name: str) -> datetime:
    """Return the first instant not before ``at`` at which the letter of a day goes in a time zone.

    Clock changes as in :func:`nrm.rules.calendars.instant_of`.
    """
    today = at.astimezone(zone(zone_name)).date()
    todays = instant_of(datetime.combine(today, hours.digest_at), zone_name)
    if todays >= at:
        return todays
    return instant_of(datetime.combine(today + DAY, hours.digest_at), zone_name)


def after_quiet(at: datetime, hours: MailHours, zone_name: str) -> datetime:
    """Return ``at``, or the end of the quiet hours it falls into."""
    today = at.astimezone(zone(zone_name)).date()
    for begins in (today - DAY, today):
        start, end = hours.quiet(begins, zone_name)
        if start <= at < end:
            return end
    return at


def _minutes(since: time, until: time) -> int:
    """How many minutes of the clock's face lie between two times of day, going forward."""
    return (until.hour * 60 + until.minute - since.hour * 60 - since.minute) % (24 * 60)
