"""Calendars as files: what one starts from, what it says itself, office hours of a weekday, until when it is listed."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from nrm.deployment.calendars import read_calendars
from nrm.rules.calendars import Calendar, OfficeHours, Origin, Source
from nrm.vocabulary.errors import ConfigurationRefused

COUNTRY = """
zone: Europe/Chisinau
hours: {opens: "08:00", closes: "17:00", Friday: {opens: "08:00", closes: "14:00"}}
yearly: {01-01: New Year}
holidays: {2027-05-03: Spring Monday}
working: [2026-06-27]
"""


def made(folder: Path, **files: str) -> dict[str, Calendar]:
    """Read calendars from files."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return dict(read_calendars(folder))


def test_a_weekday_with_office_hours_of_its_own(tmp_path: Path) -> None:
    country = made(tmp_path, country=COUNTRY)["country"]
    assert country.hours_on(date(2026, 3, 5)) == OfficeHours(time(8), time(17))
    assert country.hours_on(date(2026, 3, 6)) == OfficeHours(time(8), time(14))


@pytest.mark.parametrize(("more", "friday"), [("", time(14)), ('hours: {opens: "09:00", closes: "15:00"}', time(15))])
def test_hours_are_taken_over_whole_or_not_at_all(tmp_path: Path, more: str, friday: time) -> None:
    district = made(tmp_path, country=COUNTRY, district=f"from: country\nzone: Europe/Chisinau\n{more}")["district"]
    assert district.hours_on(date(2026, 3, 6)).closes == friday


@pytest.mark.parametrize(("more", "day", "works"), [
    ("", date(2026, 6, 27), True),
    ("yearly: {06-27: Patron day}", date(2026, 6, 27), False),
    ("holidays: {2026-06-27: Fair}", date(2026, 6, 27), False),
    ("working: [2026-01-01]", date(2026, 1, 1), True),
    ("weekend: [Friday, Saturday]", date(2026, 3, 8), True),
    ("weekend: [Friday, Saturday]", date(2026, 3, 6), False),
])
def test_what_a_calendar_says_itself_goes_before_what_it_starts_from(
    tmp_path: Path, more: str, day: date, works: bool
) -> None:
    district = made(tmp_path, country=COUNTRY, district=f"from: country\nzone: Europe/Chisinau\n{more}")["district"]
    assert district.is_working(day) is works


def test_every_day_says_where_it_comes_from(tmp_path: Path) -> None:
    found = made(tmp_path, country=COUNTRY, real="zone: Europe/Chisinau\ncountry: MD",
                 district="from: country\nzone: Europe/Chisinau\nyearly: {05-22: River Day}")
    district = found["district"]
    assert district.base == "country"
    assert district.sources[date(2026, 1, 1)] == Source("country", Origin.YEARLY)
    assert district.sources[date(2026, 6, 27)] == Source("country", Origin.LISTED)
    assert district.sources[date(2026, 5, 22)] == Source("district", Origin.YEARLY)
    assert found["real"].sources[date(2026, 1, 7)] == Source("real", Origin.LIBRARY)


@pytest.mark.parametrize(("files", "name", "until"), [
    ({"country": COUNTRY}, "country", date(2027, 12, 31)),
    ({"country": COUNTRY + "known_until: 2027-06-30\n"}, "country", date(2027, 6, 30)),
    ({"country": "zone: UTC\nyearly: {01-01: New Year}"}, "country", None),
    ({"country": "zone: UTC\ncountry: MD"}, "country", date(2060, 12, 31)),
    ({"country": COUNTRY, "district": "from: country\nzone: UTC\nholidays: {2026-04-01: Fair}"},
     "district", date(2027, 12, 31)),
    ({"country": COUNTRY, "district": "from: country\nzone: UTC\nknown_until: 2026-12-31"},
     "district", date(2026, 12, 31)),
])
def test_until_when_the_movable_feasts_are_listed(
    tmp_path: Path, files: dict[str, str], name: str, until: date | None
) -> None:
    assert made(tmp_path, **files)[name].known_until == until


@pytest.mark.parametrize(("wrong", "line", "says"), [
    ('hours: {opens: "08:00", closes: "17:00", Funday: {opens: "08:00", closes: "14:00"}}', 2, "unknown key"),
    ('hours: {opens: "08:00", closes: "17:00", Friday: {opens: "15:00", closes: "14:00"}}', 2, "closes after it opens"),
    ('hours: {Friday: {opens: "08:00", closes: "14:00"}}', 2, "'opens' is missing"),
    ("known_until: 2027", 2, "YYYY-MM-DD"),
])
def test_what_is_refused(tmp_path: Path, wrong: str, line: int, says: str) -> None:
    with pytest.raises(ConfigurationRefused, match=says) as refused:
        made(tmp_path, country=f"zone: UTC\n{wrong}\n")
    assert refused.value.line == line
