"""The written guide names only people, cases, tasks and processes that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nrm.deployment.paths import shipped
from nrm.documents.xml import parse
from nrm.entrypoints.demo.people import SIGN_INS
from nrm.entrypoints.demo.tour import TOUR

GUIDE = (Path(__file__).parents[2] / "docs" / "tour.md").read_text("utf-8")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ROWS = re.findall(r"^\| ([a-z]+) \| (.*?) \| (.*?) \|$", GUIDE, re.MULTILINE)


def names() -> set[str]:
    """Return the names of all tasks and processes of the shipped diagrams, as the inbox shows them."""
    found: set[str] = set()
    for path in Path(shipped("bpmn")).glob("*/*.bpmn"):
        root = parse(path.read_bytes())
        found.update(str(task.get("name")) for task in root.iter(f"{BPMN}userTask"))
        found.update(str(process.get("title")) for process in root.iter("{urn:nrm:bpmn:1}process"))
    return found


def test_every_code_is_prepared_and_every_prepared_case_is_in_the_guide() -> None:
    assert set(re.findall(r"TRY-[0-9A-Z]{4}", GUIDE)) == {one.code for one in TOUR}


def test_everybody_who_does_something_may_sign_in_and_is_bold_in_the_printed_table() -> None:
    on_tour = {one.login for one in SIGN_INS if one.on_tour}
    assert {who for who, _, _ in ROWS} - {"anyone", "people", "who"} <= on_tour


@pytest.mark.parametrize("name", sorted(set(
    re.findall(r"\*\*My tasks\*\*, \*([^*]+)\*", GUIDE) + re.findall(r"\*\*Start…\*\*, \*([^*]+)\*", GUIDE)
    + re.findall(r"\*\*Processes\*\*, \*([^*]+)\*", GUIDE)
)))
def test_a_task_or_process_is_called_so_in_the_diagrams(name: str) -> None:
    assert name in names()
