"""Rosters: a district's own before the national one, turns that meet, and the gaps between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nrm.rules.rosters import Gap, Watch, gaps, on_duty

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def day(number: int, hour: int = 0) -> datetime:
    return MONDAY + timedelta(days=number, hours=hour)


WATCHES = (
    Watch("ana", "norvale", day(0), day(1)),
    Watch("ben", "norvale", day(1), day(2)),
    Watch("cy", None, day(0), day(4)),
    Watch("dan", None, day(3), day(5)),
    Watch("eve", "midmar", day(0), day(9)),
)


@pytest.mark.parametrize(("district", "at", "expected"), [
    ("norvale", day(0), ("ana",)),
    ("norvale", day(1) - timedelta(seconds=1), ("ana",)),
    ("norvale", day(1), ("ben",)),
    ("norvale", day(2), ("cy",)),
    ("norvale", day(3), ("cy", "dan")),
    ("norvale", day(5), ()),
    ("midmar", day(3), ("eve",)),
    ("southport", day(0), ("cy",)),
])
def test_who_is_on_duty(district: str, at: datetime, expected: tuple[str, ...]) -> None:
    assert on_duty(WATCHES, district=district, at=at) == expected


@pytest.mark.parametrize(("district", "begin", "end", "expected"), [
    ("norvale", day(0), day(5), ()),
    ("norvale", day(0), day(7), (Gap(day(5), day(7)),)),
    ("norvale", day(-1), day(6), (Gap(day(-1), day(0)), Gap(day(5), day(6)))),
    ("midmar", day(0), day(9), ()),
    (None, day(4), day(6), (Gap(day(5), day(6)),)),
    ("southport", day(6), day(7), (Gap(day(6), day(7)),)),
])
def test_when_nobody_is(district: str | None, begin: datetime, end: datetime, expected: tuple[Gap, ...]) -> None:
    assert gaps(WATCHES, district=district, begin=begin, end=end) == expected


def test_a_gap_between_two_turns_is_found() -> None:
    turns = (Watch("ana", None, day(0), day(1)), Watch("ben", None, day(2, 5), day(9)))
    assert gaps(turns, district="norvale", begin=day(0), end=day(3)) == (Gap(day(1), day(2, 5)),)
