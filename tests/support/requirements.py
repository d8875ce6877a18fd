"""Says what a machine lacks: a skip with a notice, or a failure where ``NRM_TEST_REQUIRE`` names it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

VARIABLE = "NRM_TEST_REQUIRE"


def required(name: str) -> bool:
    """Tell whether this run must have ``name`` (`postgres` or `browser`)."""
    return name in {part.strip() for part in os.environ.get(VARIABLE, "").split(",")}


def lacking(name: str, why: str) -> NoReturn:
    """End the present test: skipped, or failed where ``name`` is required."""
    if required(name):
        pytest.fail(f"{VARIABLE} asks for {name}, but {why}", pytrace=False)
    pytest.skip(f"no {name}: {why}")
