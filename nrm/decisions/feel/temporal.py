"""FEEL's dates, times and durations: years beyond Python's, nanoseconds, zones by offset or by name."""

from __future__ import annotations

from dataclasses import dataclass

from nrm.decisions.feel.zones import Zone, local_offset, standard_offset, utc_offset

LARGEST_YEAR = 999_999_999
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
LARGEST_SPAN = 10**18 * SECOND
"""The longest duration in nanoseconds; longer than all dates."""
LARGEST_MONTHS = 10**18
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day of the Gregorian calendar (10.3.2.3.5). Make it with ``date_of``, which checks the parts."""

    year: int
    month: int
    day: int

    @property
    def number(self) -> int:
        """Days since 1970-01-01."""
        year = self.year - (self.month <= 2)
        era, of_era = divmod(year, 400)
        of_year = (153 * ((self.month + 9) % 12) + 2) // 5 + self.day - 1
        return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468

    @property
    def weekday(self) -> int:
        """1 for Monday to 7 for Sunday."""
        return (self.number + 3) % 7 + 1


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day (10.3.2.3.4): nanoseconds since midnight in its zone."""

    nanoseconds: int
    zone: Zone = None

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.nanoseconds // (3600 * SECOND)

    @property
    def minute(self) -> int:
        """0 to 59."""
        return self.nanoseconds // (60 * SECOND) % 60

    @property
    def instant(self) -> int:
        """Nanoseconds that order times; a named zone counts with its standard offset."""
        offset = standard_offset(self.zone) if isinstance(self.zone, str) else self.zone or 0
        return self.nanoseconds - offset * SECOND


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date and time (10.3.2.3.6); its zone is that of its time."""

    date: Date
    time: Time

    @property
    def local(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 on its own clock."""
        return self.date.number * DAY + self.time.nanoseconds

    @property
    def offset(self) -> int | None:
        """Seconds east of UTC; ``None`` for a local date and time."""
        zone, on = self.time.zone, self.date
        if isinstance(zone, str):
            return local_offset(zone, on.year, on.month, on.day, self.time.nanoseconds // SECOND)
        return zone

    @property
    def instant(self) -> int:
        """Nanoseconds since the epoch; a local one counts as if in UTC."""
        return self.local - (self.offset or 0) * SECOND


@dataclass(frozen=True, slots=True, order=True)
class DaysTime:
    """A days and time duration (10.3.2.3.7)."""

    nanoseconds: int


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration (10.3.2.3.8)."""

    months: int


def days_in(year: int, month: int) -> int:
    """How many days the month has."""
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTH_DAYS[month - 1] + leap


def date_of(year: int, month: int, day: int) -> Date | None:
    """The date, if there is such a day and its year is in range."""
    fits = -LARGEST_YEAR <= year <= LARGEST_YEAR and 1 <= month <= 12 and 1 <= day <= 31
    return Date(year, month, day) if fits and day <= days_in(year, month) else None


def date_of_number(number: int) -> Date | None:
    """The date so many days after 1970-01-01."""
    era, of_era = divmod(number + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return date_of(year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1)


def moment_of(instant: int, zone: Zone) -> DateTime | None:
    """The date and time of an instant in a zone; ``None`` when its year is out of range."""
    offset = zone or 0
    if isinstance(zone, str):
        utc = date_of_number(instant // DAY)
        if utc is None:
            return None
        offset = utc_offset(zone, utc.year, utc.month, utc.day, instant % DAY // SECOND)
    assert isinstance(offset, int)
    days, nanoseconds = divmod(instant + offset * SECOND, DAY)
    date = date_of_number(days)
    return None if date is None else DateTime(date, Time(nanoseconds, zone))


def months_later(date: Date, months: int) -> Date | None:
    """The same day so many months on, or the last day of that month where it is shorter."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return date_of(year, month + 1, min(date.day, days_in(year, month + 1)))


def span(nanoseconds: int) -> DaysTime | None:
    """A duration, if it is not too long."""
    return DaysTime(nanoseconds) if abs(nanoseconds) <= LARGEST_SPAN else None


def months(count: int) -> YearsMonths | None:
    """A years and months duration, if it is not too long."""
    return YearsMonths(count) if abs(count) <= LARGEST_MONTHS else None
