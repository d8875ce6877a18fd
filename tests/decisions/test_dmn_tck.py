"""The DMN TCK where it is at hand: all of level 2, and of level 3 all that docs/conformance.md does not explain."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.conformance.dmn_tck import Group, groups

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text("utf-8")
EXPLAINED = frozenset(re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE))
"""Results that may fail: the first column of the page's table."""


def _kit() -> Path | None:
    """Where the kit is: the shared folder beside the checkout, else where NRM_TCK_DIR says."""
    shared = Path(os.environ.get("NRM_SHARED", ROOT.parent / "shared")) / "dmn-tck"
    named = os.environ.get("NRM_TCK_DIR")
    found = shared if shared.is_dir() else Path(named) if named else None
    return found if found is not None and found.is_dir() else None


KIT = _kit()
GROUPS = list(groups(KIT)) if KIT is not None else []
pytestmark = pytest.mark.skipif(KIT is None, reason="the DMN TCK is not here (set NRM_TCK_DIR to its folder)")


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_group(group: Group) -> None:
    failing = {result.case: result.fault for result in group.failed if result.case not in EXPLAINED}
    assert failing == {}


def test_what_is_explained_does_fail_and_is_not_of_level_2() -> None:
    failing = {result.case for group in GROUPS for result in group.failed}
    assert failing == EXPLAINED
    assert not any(group.failed for group in GROUPS if group.name.startswith("level-2"))
