"""Cases that are there for what can be seen in them, with a person, a worker and a pace of their own."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import timedelta

from nrm.entrypoints.demo.cast import Cast
from nrm.entrypoints.demo.chance import seeded
from nrm.entrypoints.demo.filling import Filler
from nrm.entrypoints.demo.persons import invent_person
from nrm.entrypoints.demo.story import Story
from nrm.entrypoints.demo.words import bank
from nrm.vocabulary.actor import Actor


def prepared_cast(
    story: Story, worker: Actor, number: int, *, district: str, pace: timedelta, stop_at: AbstractSet[str]
) -> Cast:
    """Return the case of a story, opened and led by one worker; ``number`` gives its person a name of their own."""
    rng = seeded(story.key)
    person = invent_person(
        rng, number, sex=story.sex, languages=story.languages, age=story.age, about=story.about,
    )
    return Cast(
        story=story, person=person, district=district, agency=f"sa_{district}", opener=worker, worker=worker, rng=rng,
        filler=Filler(rng, bank(), person.about), pace=pace, stop_at=frozenset(stop_at),
    )
