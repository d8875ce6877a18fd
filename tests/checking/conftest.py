"""One sound process and ways to break it: text replaced in its diagram, files changed in its bundle."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nrm.checking import Known
from nrm.diagrams.bundle import Bundle
from tests.checking import sound_process


@pytest.fixture(scope="session")
def known() -> Known:
    """What the small invented deployment knows."""
    return sound_process.KNOWN


@pytest.fixture(scope="session")
def sound() -> Bundle:
    """The bundle without a fault."""
    return Bundle("sound", sound_process.sound_files())


@pytest.fixture(scope="session")
def broken() -> Callable[..., Bundle]:
    """The sound bundle with text replaced in its diagram; each must occur."""
    return sound_process.broken


@pytest.fixture(scope="session")
def form_of() -> Callable[..., bytes]:
    """Make form bytes."""
    return sound_process.form_json
