"""The file of time limits explains itself, and calls nothing law that is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from nrm.deployment.paths import shipped
from nrm.diagrams.dictionary import read_dictionary
from nrm.rules.limits import CASE_OPENED, Unit
from nrm.vocabulary.clock_words import PauseGround
from tests.support.driving import shipped_configuration

LIMITS = shipped_configuration().limits
FILE = shipped("config") / "time_limits.yaml"
DATES = {"arrival_on", "permit_ends_on", "guardian_until", "adult_from"}


def test_the_file_explains_each_of_its_keys() -> None:
    text = FILE.read_text(encoding="utf-8")
    head = text.split("\n\n")[0]
    used = {name for limit in yaml.safe_load(text).values() for name in limit} | {"first_day_counts"}
    assert {name for name in used if not re.search(rf"^#   .*\b{name}\b", head, re.MULTILINE)} == set()
    assert [word for word in (*Unit, *PauseGround) if word not in head] == []


def test_every_limit_says_in_a_few_words_what_it_is_counted_from() -> None:
    wrong = [key for key, limit in LIMITS.items()
             if not limit.start_event[0].isupper() or limit.start_event.endswith(".") or len(limit.start_event) > 70]
    assert wrong == []


def test_only_what_was_read_in_a_published_source_with_its_length_is_called_law() -> None:
    assert {key for key, limit in LIMITS.items() if not limit.default} == {"T07", "T12"}


def test_the_dates_that_limits_are_counted_to_are_facts_of_the_case() -> None:
    facts = read_dictionary((shipped("bpmn") / "dictionary.yaml").read_bytes())
    assert {limit.starts for limit in LIMITS.values() if limit.starts} == {CASE_OPENED, *DATES}
    assert {(facts[name].type, facts[name].scope, facts[name].initial) for name in DATES} == {("date", "case", None)}


@pytest.mark.parametrize(("near", "last"), [
    ("T_X16", "T_X16_plan"), ("T_X17", "T_X17_latest"), ("T_guardian_term", "T_guardian_latest"),
    ("T25", "T25_minimum"),
])
def test_somebody_is_asked_before_the_last_day(near: str, last: str) -> None:
    """What wakes the step comes before what is late; both are counted to the same date, which no pause moves."""
    assert LIMITS[near].starts == LIMITS[last].starts
    assert LIMITS[near].budget > LIMITS[last].budget / (1 if LIMITS[last].unit.in_days else 24 * 3600)
    assert not LIMITS[near].pauses


def test_the_page_about_limits_tells_each_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
    told = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| T")]
    assert [[cell.strip() for cell in row][:6] for row in told] == [
        [key, limit.title, f"{limit.length} {str(limit.unit).replace('_', ' ')}", limit.start_event,
         ", ".join(limit.pauses) or "never", limit.ladder]
        for key, limit in LIMITS.items()
    ]
    marks = {row[0].strip(): row[6] for row in told}
    assert {key for key, mark in marks.items() if "law" in mark} == {k for k, v in LIMITS.items() if not v.default}
    assert {key for key, mark in marks.items() if "before" in mark} == {k for k, v in LIMITS.items() if v.before}
