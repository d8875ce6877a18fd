"""The numbers a run reached: each test says its own, and the run prints them together at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Reached = Callable[[str, str], None]
"""Takes the id of a goal (``S5``) and what was reached, a sentence with its numbers."""

_KEY = "goal reached"


@pytest.fixture
def reached(record_property: Callable[[str, Any], None]) -> Reached:
    """Say what was reached of a goal; it is printed in the run's summary, whichever process ran the test."""

    def say(goal: str, number: str) -> None:
        record_property(_KEY, f"{goal}: {number}")

    return say


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what every goal reached, in the order of their ids."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    said = {str(value) for report in reports for key, value in getattr(report, "user_properties", ()) if key == _KEY}
    if said:
        terminalreporter.section("goals reached")
        for line in sorted(said, key=_in_order):
            terminalreporter.write_line(line)


def _in_order(line: str) -> tuple[str, int, str]:
    goal = line.partition(":")[0]
    return goal[:1], int("".join(filter(str.isdigit, goal)) or 0), line
