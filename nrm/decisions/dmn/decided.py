"""What a decision came to, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decided:
    """What a table came to.

    ``outputs``: name -> value; under C name -> list of values; ``None`` if ``problem`` says why there is
    none.
    ``all``: the outputs of each matched rule in order. ``matched``: their ids. ``reasons``: a sentence for
    each.
    ``might``: ids of rules that were passed over only because a fact is not known; ``unknown``: those facts.
    ``closest``: kept for the next release. ``read``: the names of facts that were read.
    """

    outputs: Mapping[str, object] | None
    all: tuple[Mapping[str, object], ...] = ()
    matched: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    closest: tuple[str, ...] = ()
    read: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    might: tuple[str, ...] = ()
    problem: str | None = None
