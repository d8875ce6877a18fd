"""What is unusual about an access (reliability 3.4, insider signals): pure questions about one reading."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from nrm.rules.normalise import normalise


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the configuration calls unusual. ``cases_a_day``: more distinct cases than this in one local day.

    ``night_from`` and ``night_to``: local times; between them whoever is not on a roster is noticed.
    """

    cases_a_day: int = 30
    night_from: time = time(22)
    night_to: time = time(5)


def is_night(at: datetime, zone: tzinfo, thresholds: Thresholds) -> bool:
    """Whether an instant is at night where the reader works; the night may go over midnight."""
    local = at.astimezone(zone).time()
    begins, ends = thresholds.night_from, thresholds.night_to
    return begins <= local < ends if begins <= ends else local >= begins or local < ends


def names_a_colleague(asked: Collection[str], colleagues: Collection[str]) -> bool:
    """Whether all words that were searched for stand in the name of one colleague; at least two of them.

    A single word is shared by many: it says nothing.
    """
    words = {word for text in asked for word in normalise(text).split()}
    return len(words) > 1 and any(words <= set(normalise(name).split()) for name in colleagues)
