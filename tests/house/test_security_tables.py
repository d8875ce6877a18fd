"""goal:S18: each requirement of ASVS 5.0 that was chosen has a status, and a test that exists or a reason.

Chosen are the 253 of levels 1 and 2, and of level 3 those of V8, V14, V16 and 2.3.5.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.support.goals import Reached

ROOT = Path(__file__).parents[2]
STATUSES = {"met", "partly", "operator", "not applicable", "open"}
ROWS = list(csv.DictReader((ROOT / "docs/asvs.csv").read_text(encoding="utf-8").splitlines()))
OF_CHAPTER = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13,
              16: 16, 17: 7}
"""How many requirements of levels 1 and 2 each chapter of version 5.0.0 has."""
OF_LEVEL_3 = {"V2.3.5", "V8.1.3", "V8.1.4", "V8.2.4", "V8.3.2", "V8.3.3", "V8.4.2", "V14.2.5", "V14.2.6", "V14.2.7",
              "V14.2.8", "V16.5.4"}


def test_every_requirement_is_there_once() -> None:
    assert Counter(row["level"] for row in ROWS) == {"1": 70, "2": 183, "3": len(OF_LEVEL_3)}
    assert len({row["requirement"] for row in ROWS}) == len(ROWS)
    ids = {row["requirement"] for row in ROWS if row["level"] != "3"}
    assert Counter(int(one[1:].split(".")[0]) for one in ids) == OF_CHAPTER
    assert {row["requirement"] for row in ROWS} - ids == OF_LEVEL_3


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["requirement"])
def test_a_status_has_its_test_or_its_reason(row: dict[str, str]) -> None:
    assert row["status"] in STATUSES
    assert (row["status"] != "met") or row["tests"], "what is met is shown"
    assert row["tests"] or row["note"]
    assert row["note"] or row["status"] == "met", "what is not met is said why"
    assert [test for test in row["tests"].split() if not (ROOT / test).is_file()] == []


@pytest.mark.parametrize("document", ["docs/security.md"])
def test_a_test_that_a_document_names_is_there(document: str) -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", (ROOT / document).read_text(encoding="utf-8")))
    assert len(named) >= 20
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_each_status_is_counted(reached: Reached) -> None:
    counts = Counter(row["status"] for row in ROWS)
    reached("S18", f"{len(ROWS)} requirements: " + ", ".join(f"{counts[one]} {one}" for one in sorted(STATUSES)))


@pytest.mark.parametrize(("document", "said"), [
    ("SECURITY.md", ["critical", "high", "medium", "low", "days", "make audit", "make sbom"]),
    ("docs/security.md", ["## What comes in", "## What access looks at", "## Limits", "## Ways out", "## Logs",
                          "## Keys and algorithms", "Life of a key", "Another algorithm"]),
])
def test_what_has_to_be_written_down_is(document: str, said: list[str]) -> None:
    """ASVS 2.1, 8.1, 11.1, 13.1, 15.1, 16.1."""
    text = (ROOT / document).read_text(encoding="utf-8")
    assert [one for one in said if one not in text] == []


def test_every_adversary_has_a_row() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .+? \| .+? \| .+? \| .+? \|$", text, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 21))
