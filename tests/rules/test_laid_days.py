"""Days laid over calendars: they hold for the calendar and for those that start from it, unless these say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import pytest

from nrm.rules.calendars import Calendar, Origin, Source
from nrm.rules.laid_days import LaidDay, lay_over, listed_until

BRIDGE = date(2026, 6, 22)
PATRON = date(2026, 5, 22)
SATURDAY = date(2026, 6, 27)
NEW_YEAR = date(2026, 1, 1)


def configured() -> Mapping[str, Calendar]:
    """A country, a district that starts from it and has a patron day, a town that starts from the district."""
    new_year = {NEW_YEAR: Source("country", Origin.YEARLY)}
    patron = {**new_year, PATRON: Source("district", Origin.YEARLY)}
    free = {NEW_YEAR: "New Year", PATRON: "River Day"}
    return MappingProxyType({
        "country": Calendar("country", holidays={NEW_YEAR: "New Year"}, sources=new_year),
        "district": Calendar("district", holidays=free, base="country", sources=patron),
        "town": Calendar("town", holidays=free, base="district", sources=patron),
        "elsewhere": Calendar("elsewhere"),
    })


@pytest.mark.parametrize(("laid", "day", "works"), [
    ([], BRIDGE, {"country": True, "district": True, "town": True, "elsewhere": True}),
    ([LaidDay("country", BRIDGE, True, "Bridge day")], BRIDGE,
     {"country": False, "district": False, "town": False, "elsewhere": True}),
    ([LaidDay("district", BRIDGE, True, "Fair")], BRIDGE,
     {"country": True, "district": False, "town": False, "elsewhere": True}),
    ([LaidDay("country", BRIDGE, True, "Bridge day"), LaidDay("district", BRIDGE, False, "We work")], BRIDGE,
     {"country": False, "district": True, "town": True, "elsewhere": True}),
    ([LaidDay("country", PATRON, False, "Nobody is free")], PATRON,
     {"country": True, "district": False, "town": False, "elsewhere": True}),
    ([LaidDay("district", PATRON, False, "Moved")], PATRON,
     {"country": True, "district": True, "town": True, "elsewhere": True}),
    ([LaidDay("country", SATURDAY, False, "Makes up")], SATURDAY,
     {"country": True, "district": True, "town": True, "elsewhere": False}),
    ([LaidDay("country", NEW_YEAR, False, "Worked")], NEW_YEAR,
     {"country": True, "district": True, "town": True, "elsewhere": True}),
    ([LaidDay("gone", BRIDGE, True, "Of a calendar that is no more")], BRIDGE,
     {"country": True, "district": True, "town": True, "elsewhere": True}),
])
def test_where_a_laid_day_holds(laid: list[LaidDay], day: date, works: dict[str, bool]) -> None:
    assert {name: one.is_working(day) for name, one in lay_over(configured(), laid).items()} == works


def test_a_laid_day_says_where_it_comes_from() -> None:
    laid = lay_over(configured(), [LaidDay("country", BRIDGE, True, "Bridge day")])
    assert laid["town"].holidays[BRIDGE] == "Bridge day"
    assert laid["town"].sources[BRIDGE] == Source("country", Origin.EDITED)
    assert laid["town"].sources[PATRON] == Source("district", Origin.YEARLY)


def test_calendars_that_nothing_is_laid_over_stay_the_same_objects() -> None:
    before = configured()
    laid = lay_over(before, [LaidDay("district", BRIDGE, True, "Fair")])
    assert laid["country"] is before["country"]
    assert laid["elsewhere"] is before["elsewhere"]


FEAST_2027 = {date(2027, 5, 3): Source("country", Origin.LISTED)}


@pytest.mark.parametrize(("known", "laid", "until"), [
    (None, [], None),
    (date(2027, 12, 31), [], date(2027, 12, 31)),
    (date(2027, 12, 31), [LaidDay("country", date(2028, 4, 17), True, "Feast")], date(2028, 12, 31)),
    (date(2027, 12, 31), [LaidDay("country", date(2028, 4, 17), False, "A day that is worked")], date(2027, 12, 31)),
    (date(2027, 12, 31), [LaidDay("country", date(2029, 4, 9), True, "The year between is missing")],
     date(2027, 12, 31)),
    (date(2027, 6, 30), [LaidDay("country", date(2028, 4, 17), True, "Feast"),
                         LaidDay("country", date(2029, 4, 9), True, "Feast")], date(2029, 12, 31)),
])
def test_until_when_the_movable_feasts_are_listed(known: date | None, laid: list[LaidDay], until: date | None) -> None:
    feasts = dict.fromkeys(FEAST_2027, "Feast")
    country = Calendar("country", holidays=feasts, sources=FEAST_2027, known_until=known)
    assert listed_until(lay_over({"country": country}, laid)["country"]) == until
