"""The list of rule groups, in the order their findings are shown: one file per group, listed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nrm.checking import calls, conditions, contents, ladders, paths, safeguards, shape, timing, work
from nrm.checking.subject import Subject
from nrm.vocabulary.findings import Finding

GROUPS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    shape.check, paths.check, work.check, timing.check, ladders.check, conditions.check, calls.check, contents.check,
    safeguards.check,
)
