"""One case of the demo as its makers know it: story, person, district, who works on it, what was done already."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from nrm.entrypoints.demo.filling import Filler
from nrm.entrypoints.demo.persons import Person
from nrm.entrypoints.demo.story import Story
from nrm.vocabulary.actor import Actor


@dataclass(slots=True)
class Cast:
    """A case with its cast. ``done`` counts completed elements; ``scheduled`` holds tasks already planned."""

    story: Story
    person: Person
    district: str
    agency: str
    opener: Actor
    worker: Actor
    rng: random.Random
    filler: Filler
    code: str | None = None
    case_id: str = ""
    done: Counter[str] = field(default_factory=Counter)
    scheduled: set[str] = field(default_factory=set)
    stop_at: frozenset[str] = frozenset()
    """Elements left open on purpose: where the tour takes over."""
    pace: timedelta | None = None
    """From one step to the next, where it is not left to chance."""
    group: str = ""
    """People who came in together carry the same one."""

    @property
    def is_child(self) -> bool:
        """Whether the story is about somebody treated as a child."""
        return bool(self.story.answers("record_safety", 0).get("is_child", "no") != "no")
