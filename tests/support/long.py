"""Two sizes of one suite: what fits a push, and the full numbers of ``make test-long``."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

LONG = os.environ.get("NRM_TEST_LONG") == "1"

# No deadline per example: two busy cores are no defect of the code.
settings.register_profile("push", deadline=None, max_examples=60, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=1500, print_blob=True)
settings.load_profile("long" if LONG else "push")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests marked ``long`` out of a push."""
    if LONG:
        return
    skip = pytest.mark.skip(reason="full numbers: make test-long")
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(skip)
