"""Which cases the demo has: story, person, district and day of arrival of each, from the seed alone."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from nrm.entrypoints.demo.cast import Cast
from nrm.entrypoints.demo.chance import seeded
from nrm.entrypoints.demo.filling import Filler
from nrm.entrypoints.demo.people import Staff
from nrm.entrypoints.demo.persons import invent_person
from nrm.entrypoints.demo.stories import ADULTS
from nrm.entrypoints.demo.stories_children import CHILDREN
from nrm.entrypoints.demo.story import Story
from nrm.entrypoints.demo.words import bank

MONTHS = timedelta(days=210)
"""How long ago the demo begins."""
DISTRICTS = ("norvale", "norvale", "midmar", "southport")
RECENT_SHARE = 0.3
WORKERS = {"norvale": ("ana", "ana", "petru"), "midmar": ("mara",), "southport": ("saul",)}


def ages(rng: random.Random, count: int) -> list[float]:
    """Return how many days ago each of ``count`` cases came in: a steady stream, and more of the last weeks.

    Early stages are short, so that a steady stream alone would leave them nearly empty.
    """
    recent = round(count * RECENT_SHARE)
    steady = max(1, count - recent)
    found = [8 + 195 * (n + rng.random()) / steady for n in range(count - recent)]
    found += [0.1 * 150 ** ((n + rng.random()) / recent) for n in range(recent)]
    return found


def plan_cases(staff: Staff, count: int, seed: int, until: datetime) -> list[tuple[datetime, Cast]]:
    """Return the cases with the instant each comes in, in order of number. Groups of co-workers count each."""
    rng = seeded(f"cases:{seed}")
    waiting = sorted(ages(rng, count), reverse=True)
    planned: list[tuple[datetime, Cast]] = []
    stories: list[Story] = []
    while waiting:
        if not stories:
            stories = list(ADULTS + CHILDREN)
            rng.shuffle(stories)
        story = stories.pop()
        fitting = [age for age in waiting if story.youngest <= age <= story.oldest]
        age = rng.choice(fitting or waiting)
        district = rng.choice(DISTRICTS)
        group = f"group {len(planned)}" if story.group > 1 else ""
        worker = rng.choice(WORKERS[district])
        for _ in range(min(story.group, len(waiting))):
            waiting.remove(_nearest(waiting, age))
            cast = make_cast(
                staff, story, district, worker, seeded(f"case:{seed}:{len(planned)}"), len(planned), group,
            )
            planned.append((until - timedelta(days=age) + timedelta(minutes=20) * (len(planned) % 7), cast))
    return planned


def _nearest(waiting: list[float], age: float) -> float:
    return min(waiting, key=lambda other: abs(other - age))


def make_cast(
    staff: Staff, story: Story, district: str, worker: str, rng: random.Random, number: int, group: str,
) -> Cast:
    """Give a story its person, its worker and who brings it in."""
    person = invent_person(
        rng, number, sex=story.sex, languages=story.languages, age=story.age, about=story.about,
    )
    chosen = rng.choice(story.openers)
    return Cast(
        story=story, person=person, district=district, agency=f"sa_{district}",
        opener=staff[worker if chosen == "{cm}" else chosen], worker=staff[worker], rng=rng,
        filler=Filler(rng, bank(), person.about), group=group,
    )
