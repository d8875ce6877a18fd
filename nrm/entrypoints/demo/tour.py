"""The cases of the tour: fixed codes, played fast up to the step where a visitor takes over (``docs/tour.md``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from nrm.entrypoints.demo.cast import Cast
from nrm.entrypoints.demo.chance import seeded
from nrm.entrypoints.demo.filling import Filler
from nrm.entrypoints.demo.people import Staff
from nrm.entrypoints.demo.persons import invent_person
from nrm.entrypoints.demo.stories import (
    BUILDING,
    CLUB,
    COURSE,
    DOCTOR,
    FIELDS,
    HOUSE,
    KITCHEN,
    LAWYER,
    PAPERS,
    SEA,
    TALKS,
)
from nrm.entrypoints.demo.stories_children import CHILD
from nrm.entrypoints.demo.story import Story
from nrm.entrypoints.demo.words import bank
from nrm.rules.calendars import Calendar
from nrm.rules.working_days import working_time

PACE = timedelta(minutes=9)
"""From one step to the next."""
NO_FAMILY = {"consent_family_assessment": "refused"}


@dataclass(frozen=True, slots=True)
class TourCase:
    """A prepared case. ``hours`` or ``working_days``: how long before the end it comes in."""

    code: str
    story: Story
    stop_at: frozenset[str]
    hours: float = 5.0
    working_days: int = 0


def _stops(*elements: str) -> frozenset[str]:
    return frozenset(elements)


TOUR: tuple[TourCase, ...] = (
    # A danger call; nothing has been asked yet but whether it is safe.
    TourCase("TRY-2222", Story("danger", "female", CLUB, ("ro",), (23, 23)),
             _stops("record_safety", "assemble_team"), 0.2),
    # The provider has been asked and can refuse.
    TourCase("TRY-3333", Story("refusal", "female", KITCHEN, ("ru",), (31, 31), lines=(DOCTOR, TALKS), said={
        "*": {**NO_FAMILY, "consent_police": "refused"},
    }), _stops("answer_referral", "agree_visits")),
    # A limit of five working days, three of them gone.
    TourCase("TRY-4444", Story("clock", "male", FIELDS, ("ro",), (28, 28), said={
        "*": {**NO_FAMILY, "consent_police": "refused"},
    }), _stops("assess_needs", "draft_plan"), working_days=3),
    # At sea, no police, every service all the same; and a man on a building site who said yes.
    TourCase("TRY-5555", Story("no_police", "male", SEA, ("en",), (34, 34), lines=(DOCTOR, LAWYER, TALKS), said={
        "*": {**NO_FAMILY, "consent_police": "refused"},
    }), _stops("deliver_service", "visit", "agree_visits"), 6),
    TourCase("TRY-6666", Story("police_yes", "male", BUILDING, ("ro",), (27, 27), (), (("POL", "police", "consent"),),
                               lines=(DOCTOR, LAWYER, TALKS), said={
        "*": {**NO_FAMILY, "consent_police": "given"},
    }), _stops("deliver_service", "visit", "agree_visits"), 6),
    TourCase("TRY-7777", Story("family_no", "female", HOUSE, ("ro",), (26, 26), lines=(PAPERS, COURSE), said={
        "record_consent": {"consent_family_assessment": "given", "consent_police": "refused"},
    }), _stops("ask_about_family", "draft_plan")),
    TourCase("TRY-8888", Story("finding_no", "male", KITCHEN, ("en",), (40, 40), said={
        "*": {**NO_FAMILY, "purpose_found": "no", "purpose_labour": "no", "exploitation_found": "no",
              "means_coercion": "no", "consent_police": "refused"},
        "confirm_finding": {"finding": "negative"},
    }), _stops("explain_finding"), 4),
    TourCase("TRY-9999", Story("guardian_first", "female", CLUB, ("ro",), (16, 16), lines=(TALKS,), said={
        "*": {**CHILD, "purpose_labour": "not_asked"},
    }), _stops("fill_guardian", "consent_for_child"), 3),
    TourCase("TRY-AAAA", Story("withdrawal", "female", CLUB, ("ru",), (29, 29), lines=(TALKS, DOCTOR), said={
        "*": {**NO_FAMILY, "consent_police": "refused"},
    }), _stops("deliver_service", "agree_visits")),
)


def tour_cases(staff: Staff, calendar: Calendar, until: datetime, most: int) -> Iterator[tuple[datetime, Cast]]:
    """Yield up to ``most`` prepared cases of Norvale with the instant each comes in."""
    for number, one in enumerate(TOUR[:most]):
        rng = seeded(f"tour:{one.code}")
        person = invent_person(
            rng, 200 + number, sex=one.story.sex, languages=one.story.languages, age=one.story.age,
            about=one.story.about,
        )
        at = until - timedelta(hours=one.hours)
        if one.working_days:
            at = _days_before(calendar, until, one.working_days)
        yield at, Cast(
            story=one.story, person=person, district="norvale", agency="sa_norvale", opener=staff["ana"],
            worker=staff["ana"], rng=rng, filler=Filler(rng, bank(), person.about), code=one.code,
            stop_at=one.stop_at, pace=PACE,
        )


def _days_before(calendar: Calendar, until: datetime, days: int) -> datetime:
    """Return an instant with so many working days of office time between it and ``until``."""
    at, wanted = until, days * timedelta(hours=9)
    while working_time(calendar, at, until) < wanted:
        at -= timedelta(hours=3)
    return at
