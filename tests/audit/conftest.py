"""The numbers of the tamper suite are printed, whatever else is captured."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a sentence with a number that is asked for."""

    def told(sentence: str) -> None:
        with capsys.disabled():
            print(f"\n{sentence}")  # noqa: T201

    return told
