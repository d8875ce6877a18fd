"""Worked examples of every legal time limit on the shipped calendars, as people would count them on their fingers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from nrm.rules.calendars import Calendar
from nrm.rules.limits import Stand, reckon
from tests.rules.slow_clock import slow_due
from tests.support.driving import shipped_configuration

FILE = Path(__file__).with_name("clock_scenarios.yaml")
SCENARIOS: Mapping[str, list[dict[str, Any]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
STILL = "still"


def at(text: str, calendar: Calendar) -> datetime:
    """The instant of ``Fri 6 Mar 2026 16:55`` on the office wall."""
    day = datetime.strptime(text, "%a %d %b %Y %H:%M").replace(tzinfo=ZoneInfo(calendar.zone))
    assert f"{day:%a}" == text[:3], f"{text} is a {day:%A}"
    return day.astimezone(UTC)


def on_the_wall(found: datetime | None, calendar: Calendar) -> str:
    """An instant as the examples write it."""
    if found is None:
        return STILL
    local = found.astimezone(ZoneInfo(calendar.zone))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}" + (f":{local:%S}" if local.second else "")


EXAMPLES = [
    pytest.param(key, example, id=f"{key}: {example['tells']}")
    for key, examples in SCENARIOS.items() for example in examples
]


@pytest.mark.parametrize(("key", "example"), EXAMPLES)
def test_the_example_is_counted_as_by_hand(key: str, example: dict[str, Any]) -> None:
    configuration = shipped_configuration()
    limit, calendar = configuration.limits[key], configuration.calendars[example.get("calendar", "velmara")]
    start = at(example["starts"], calendar)
    stands = [
        Stand(at(begin, calendar), at(end[0], calendar) if end else None, ground)
        for ground, begin, *end in example.get("pauses", ())
    ]
    budget = limit.budget + example.get("extended", 0) * (1 if limit.unit.in_days else 3600)
    due = reckon(limit, start, calendar, budget=budget, stands=stands)
    assert on_the_wall(due.at, calendar) == example["due"], "\n".join(due.steps)
    if not limit.before:
        assert slow_due(limit, start, calendar, budget, stands) == due.at


@pytest.mark.parametrize(("key", "example"), EXAMPLES)
def test_an_example_pauses_only_where_the_limit_allows_it(key: str, example: dict[str, Any]) -> None:
    grounds = {pause[0] for pause in example.get("pauses", ())}
    assert grounds <= set(shipped_configuration().limits[key].pauses)


def test_every_legal_limit_has_a_worked_example() -> None:
    legal = {key for key, limit in shipped_configuration().limits.items() if key[1].isdigit() or limit.starts}
    assert legal <= set(SCENARIOS)
