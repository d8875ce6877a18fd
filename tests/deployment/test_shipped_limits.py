"""The shipped time limits: all of domain 2.3, as the table there says, and nothing called law that is none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from nrm.deployment.configuration import Configuration, load_configuration
from nrm.deployment.paths import shipped
from nrm.diagrams.dictionary import read_dictionary
from nrm.rules.calendars import Calendar
from nrm.rules.limits import TimeLimit, Unit, reckon
from nrm.vocabulary.clock_words import PauseGround

DOMAIN = """
T01           1 hours          safety
T02           2 hours          safety
T03          24 hours          safety
T03_urgent    2 hours          safety
T04           2 working_days
T05           1 hours          safety
T06          24 hours
T07          48 hours          law
T08           3 calendar_days  missing person_asks
T09           5 working_days   missing person_asks
T09_urgent   24 hours          safety
T10           5 working_days   missing person_asks foreign_reply court
T10b         45 calendar_days  missing person_asks foreign_reply court
T11           5 calendar_days  missing person_asks
T12          30 calendar_days  law missing
T13          45 working_days   missing person_asks foreign_reply court
T13_60       60 working_days
T13_90       90 working_days
T13_180     180 working_days
T14          45 calendar_days  missing
T14_negative  9 working_days   missing
T15          30 calendar_days  missing person_asks court
T15_request  30 calendar_days  missing person_asks
T16           3 working_days
T16_formal   15 working_days   court
T17          30 calendar_days  missing person_asks foreign_reply court
T18           5 working_days   missing person_asks
T18_safety   24 hours          safety
T19          10 working_days   missing person_asks
T20_high      7 calendar_days
T20_medium   30 calendar_days
T20_low      90 calendar_days
T20_incident 24 hours          safety
T21           5 working_days   missing person_asks
T22          90 calendar_days  missing person_asks
T22_child    30 calendar_days  missing
T23           3 working_days   missing person_asks foreign_reply
T24          10 working_days   missing person_asks foreign_reply
T25           5 working_days   before:arrival_on
T25_minimum  48 hours          before:arrival_on
T26           2 hours          safety
T27          24 hours          safety
T27_no_show   2 hours          safety
T28           5 calendar_days  missing foreign_reply
T29           1 hours          safety
T29_return   72 hours
T30          15 working_days   missing person_asks
T31          30 calendar_days  person_asks
T32        1826 calendar_days  court
T32_child  1826 calendar_days  court after:adult_from
T33         365 calendar_days
T_X16        90 calendar_days  before:adult_from
T_X17        60 calendar_days  before:permit_ends_on
T_guardian_term 30 calendar_days before:guardian_until
"""
"""Key, length, unit; whether it is a safety limit or read from a law; grounds of pauses; the date it is counted to."""
ROWS = [line.split() for line in DOMAIN.split("\n") if line]
NEVER_PAUSED = ("T01", "T02", "T29")
"""Domain 2.3, clock rules: never for these, and by that token for no safety limit."""


@pytest.fixture(scope="module")
def config() -> Configuration:
    return load_configuration(shipped("config"))


def told(limit: TimeLimit) -> list[str]:
    """A limit in the words of the table."""
    words = [limit.key, str(limit.length), str(limit.unit)]
    words += ["safety"] * limit.safety + ["law"] * (not limit.default) + list(limit.pauses)
    return words + [f"{'before' if limit.before else 'after'}:{limit.starts}"] * bool(limit.starts)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_limit_is_the_one_of_the_domain(config: Configuration, row: list[str]) -> None:
    assert told(config.limits[row[0]]) == row


def test_every_number_of_the_domain_is_there(config: Configuration) -> None:
    numbers = {int(found[1]) for key in config.limits if (found := re.match(r"T(\d\d)", key))}
    assert numbers == set(range(1, 34))
    assert {row[0] for row in ROWS} == {key for key in config.limits if not re.match(r"T_(?!X|guardian)", key)}


def test_every_limit_says_what_it_is_counted_from(config: Configuration) -> None:
    for limit in config.limits.values():
        assert limit.start_event[0].isupper(), limit.key
        assert not limit.start_event.endswith("."), limit.key


@pytest.mark.parametrize("key", NEVER_PAUSED)
def test_some_clocks_never_stand_still(config: Configuration, key: str) -> None:
    assert config.limits[key].safety
    assert not config.limits[key].pauses


def test_no_limit_that_rests_on_memory_is_called_law(config: Configuration) -> None:
    law = {key for key, limit in config.limits.items() if not limit.default}
    assert law == {"T07", "T12"}, "read in a published source, with its length (domain 2.3, [R])"
    assert not [key for key in law if "[M]" in config.limits[key].source]


def test_the_dates_that_limits_are_counted_to_are_facts_of_the_case(config: Configuration) -> None:
    facts = read_dictionary((shipped("bpmn") / "dictionary.yaml").read_bytes())
    named = {limit.starts for limit in config.limits.values() if limit.starts}
    assert named == {"arrival_on", "permit_ends_on", "guardian_until", "adult_from"}
    assert {(facts[name].type, facts[name].scope, facts[name].initial) for name in named} == {("date", "case", None)}


BACK = [
    # limit, the date it is counted to, on which day it runs out
    ("T25", date(2026, 3, 20), date(2026, 3, 13)),
    ("T25_minimum", date(2026, 3, 20), date(2026, 3, 18)),
    ("T_X16", date(2026, 6, 1), date(2026, 3, 3)),
    ("T_X17", date(2026, 5, 4), date(2026, 3, 5)),
    ("T_guardian_term", date(2026, 4, 14), date(2026, 3, 13)),  # 15 March is a Sunday: the working day before
]


@pytest.mark.parametrize(("key", "until", "due"), BACK)
def test_what_is_counted_back_runs_out_before_its_date(
    config: Configuration, key: str, until: date, due: date
) -> None:
    calendar = config.calendars["velmara"]
    at = reckon(config.limits[key], midnight(until, calendar), calendar).at
    assert at is not None
    assert calendar.local(at).date() == due


def midnight(day: date, calendar: Calendar) -> datetime:
    return calendar.instant(day, datetime.min.time()).astimezone(UTC)


def test_the_five_years_of_a_childs_file_end_at_23(config: Configuration) -> None:
    calendar = config.calendars["velmara"]
    at = reckon(config.limits["T32_child"], midnight(date(2026, 6, 1), calendar), calendar).at
    assert at is not None
    assert date(2031, 6, 1) <= calendar.local(at).date() <= date(2031, 6, 3)


def test_the_file_explains_each_of_its_keys() -> None:
    file: Path = shipped("config") / "time_limits.yaml"
    text = file.read_text(encoding="utf-8")
    head = text.split("\n\n")[0]
    used = {name for limit in yaml.safe_load(text).values() for name in limit} | {"first_day_counts"}
    assert {name for name in used if not re.search(rf"^#   .*\b{name}\b", head, re.MULTILINE)} == set()
    assert all(str(unit) in head for unit in Unit)
    assert all(str(ground) in head for ground in PauseGround)
