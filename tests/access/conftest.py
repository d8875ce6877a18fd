"""The stage, set once for all tests of access: what a test writes it undoes, and so does each module at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.stage import Stage, stage_in


@pytest.fixture(scope="session")
def stage_set(installed_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A case with one of everything, on SQLite."""
    with stage_in(installed_folder, tmp_path_factory.mktemp("stage") / "installation") as made:
        yield made


@pytest.fixture(scope="module")
def stage(stage_set: Stage) -> Iterator[Stage]:
    """The stage as it was set."""
    yield stage_set
    stage_set.reset()
    stage_set.drive.system.directory.forget()
