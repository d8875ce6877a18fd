"""The shipped time limits are those of the table of domain 2.3: every key, its length, and when it may stand still."""

from __future__ import annotations

import pytest

from nrm.rules.limits import Unit
from nrm.vocabulary.clock_words import PauseGround
from tests.support.driving import shipped_configuration

# Lengths as the table gives them. "Immediately" is an hour or two by the clock: a default of ours.
HOURS = {
    "T01": 1, "T02": 2, "T03": 24, "T03_urgent": 2, "T05": 1, "T06": 24, "T07": 48, "T09_urgent": 24,
    "T18_safety": 24, "T20_incident": 24, "T25_minimum": 48, "T26": 2, "T27": 24, "T27_no_show": 2, "T29": 1,
    "T29_return": 72,
}
WORKING_DAYS = {
    "T04": 2, "T09": 5, "T10": 5, "T13": 45, "T13_60": 60, "T13_90": 90, "T13_180": 180, "T14_negative": 9, "T16": 3,
    "T16_formal": 15, "T18": 5, "T19": 10, "T21": 5, "T23": 3, "T24": 10, "T25": 5, "T30": 15,
}
CALENDAR_DAYS = {
    "T08": 3, "T10b": 45, "T11": 5, "T12": 30, "T14": 45, "T15": 30, "T15_request": 30, "T17": 30, "T20_high": 7,
    "T20_medium": 30, "T20_low": 90, "T22": 90, "T22_child": 30, "T28": 5, "T31": 30, "T32": 5 * 365 + 1,
    "T32_child": 5 * 365 + 1, "T33": 365,
}
TABLE = {
    key: (length, unit)
    for unit, lengths in ((Unit.HOURS, HOURS), (Unit.WORKING_DAYS, WORKING_DAYS), (Unit.CALENDAR_DAYS, CALENDAR_DAYS))
    for key, length in lengths.items()
}
LIMITS = shipped_configuration().limits
LEGAL = {key: limit for key, limit in LIMITS.items() if key[1].isdigit()}


def test_every_limit_is_there_and_as_long_as_the_table_says() -> None:
    assert {key[:3] for key in LEGAL} == {f"T{number:02}" for number in range(1, 34)}
    assert {key: (limit.length, limit.unit) for key, limit in LEGAL.items()} == TABLE


@pytest.mark.parametrize("key", ["T01", "T02", "T29"])
def test_what_concerns_danger_never_stands_still(key: str) -> None:
    assert LIMITS[key].safety
    assert LIMITS[key].pauses == ()


def test_a_clock_stands_still_on_known_grounds_only() -> None:
    assert {ground for limit in LIMITS.values() for ground in limit.pauses} == set(PauseGround)
    assert not [key for key, limit in LIMITS.items() if limit.safety and limit.pauses]


def test_what_was_not_read_in_a_law_is_a_default_that_a_country_sets() -> None:
    """``[M]`` marks what is told from memory: "to be checked"."""
    assert not [key for key, limit in LIMITS.items() if "[M]" in limit.source and not limit.default]


def test_a_source_names_its_row_of_the_table() -> None:
    assert not [key for key, limit in LEGAL.items() if not limit.source.startswith(f"limit:{key[:3]}")]


def test_the_recovery_period_is_the_laws_and_no_weekend_shortens_it() -> None:
    recovery = LIMITS["T12"]
    assert (recovery.default, recovery.unit, recovery.first_day_counts) == (False, Unit.CALENDAR_DAYS, False)
    assert recovery.length >= 30


@pytest.mark.parametrize(
    ("key", "length", "unit"),
    [
        ("T25", 5, Unit.WORKING_DAYS),
        ("T25_minimum", 48, Unit.HOURS),
        ("T_X16", 90, Unit.CALENDAR_DAYS),
        ("T_X17", 60, Unit.CALENDAR_DAYS),
    ],
)
def test_what_comes_before_a_date_is_counted_back_from_it(key: str, length: int, unit: Unit) -> None:
    limit = LIMITS[key]
    assert (limit.before, limit.length, limit.unit) == (True, length, unit)
    assert limit.starts
