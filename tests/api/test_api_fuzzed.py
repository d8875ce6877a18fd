"""The whole OpenAPI document as kinds of people: nothing it does not say, no request too odd (goal:S4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.stage import Stage
from tests.access.states import ready_in
from tests.api.fuzzing import Fuzz
from tests.support.goals import Reached
from tests.support.long import LONG

EXAMPLES = 1000 if LONG else 2
"""Requests made up for each operation; each is sent as every kind of person."""
SEQUENCES, STEPS = (1000, 20) if LONG else (6, 5)
"""Journeys through operations, each fed by the answers before it, and how long they are at most."""
PARTS = 8 if LONG else 1
"""The full numbers are shared out among processes."""
NEVER = {
    "POST /api/v1/me/step-up": "closed to the tokens of programs",
    "POST /api/v1/cases/{case}/files": "a file is rarely made up whole: tests/api/test_api_journey.py sends real ones",
}
"""Operations that may answer nobody here as they wish, and why."""


@pytest.fixture(scope="module")
def stage(installed_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A case with one of everything, and a thing in each state that an operation succeeds in."""
    with ready_in(installed_folder, tmp_path_factory.mktemp("fuzzed") / "installation") as made:
        yield made


@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_answers_as_the_document_says(stage: Stage, part: int, reached: Reached) -> None:
    fuzz = Fuzz(stage)
    operations = fuzz.operations[part::PARTS]
    for operation in operations:
        fuzz.examine(operation, EXAMPLES, bounds=LONG)
    assert fuzz.broken == {}
    assert fuzz.never <= NEVER.keys()
    reached("S4", f"part {part + 1} of {PARTS}: {len(operations)} operations × {', '.join(fuzz.kinds)}: "
                  f"{fuzz.asked.total()} requests, {len(fuzz.succeeded)} operations with success, 0 violations")


def test_every_journey_is_answered_as_the_document_says(stage: Stage, reached: Reached) -> None:
    fuzz = Fuzz(stage)
    fuzz.journeys(SEQUENCES, STEPS)
    assert fuzz.broken == {}
    reached("S4", f"{fuzz.sequences} journeys of up to {STEPS} operations: {fuzz.asked.total()} requests to "
                  f"{len(fuzz.asked)} operations, {len(fuzz.succeeded)} with success, 0 violations")
