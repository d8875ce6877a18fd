"""One demo for the tests that only look at it: a fixed seed, a fixed Wednesday."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nrm.entrypoints.demo.running import Made, demo_settings, make_demo
from nrm.vocabulary.clock import MovableClock
from nrm.wiring.system import System, build_system

NOW = datetime(2026, 6, 17, 13, 0, tzinfo=UTC)
CASES = 26


@dataclass(frozen=True)
class Demo:
    """A made demo, and its system at the instant it ends."""

    made: Made
    system: System


def make(directory: Path, *, cases: int, seed: int, now: datetime = NOW) -> Demo:
    """Make a demo in a folder."""
    settings = demo_settings(directory)
    made = make_demo(settings, cases=cases, seed=seed, now=now)
    return Demo(made, build_system(settings, clock=MovableClock(now), durable=False))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of twenty-six cases; tests only read it."""
    made = make(tmp_path_factory.mktemp("demo") / "site", cases=CASES, seed=1)
    yield made
    made.system.database.dispose()
