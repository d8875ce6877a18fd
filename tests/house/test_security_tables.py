"""goal:S18: each of the 253 requirements of ASVS 5.0 (L1, L2) has a status, and a test that exists or a reason."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATUSES = {"met", "partly", "operator", "not applicable", "open"}
ROWS = list(csv.DictReader((ROOT / "docs/asvs.csv").read_text(encoding="utf-8").splitlines()))
OF_CHAPTER = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13,
              16: 16, 17: 7}
"""How many requirements of levels 1 and 2 each chapter of version 5.0.0 has."""


def test_every_requirement_is_there_once() -> None:
    ids = [row["requirement"] for row in ROWS]
    assert len(ids) == len(set(ids)) == 253
    assert Counter(row["level"] for row in ROWS) == {"1": 70, "2": 183}
    assert Counter(int(one[1:].split(".")[0]) for one in ids) == OF_CHAPTER


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


def test_every_adversary_has_a_row() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .+? \| .+? \| .+? \| .+? \|$", text, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 21))
