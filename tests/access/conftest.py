"""The stage, set once for all tests of access: what a test writes it undoes, and so does each module at its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.stage import Stage, set_stage
from tests.support.driving import read_installation


@pytest.fixture(scope="session")
def stage_set(installed_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A case with one of everything, on SQLite."""
    folder = tmp_path_factory.mktemp("stage") / "installation"
    shutil.copytree(installed_folder, folder)
    installation = read_installation(folder)
    made = set_stage(installation)
    yield made
    made.pristine.close()
    installation.close()


@pytest.fixture(scope="module")
def stage(stage_set: Stage) -> Iterator[Stage]:
    """The stage as it was set."""
    yield stage_set
    stage_set.reset()
    stage_set.drive.system.directory.forget()
