"""When invented colleagues do their work: in office hours, mostly in time, now and then late."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from nrm.rules.calendars import Calendar
from nrm.rules.working_days import next_working_day

LATE_SHARE = 0.07
LAST_MINUTE_SHARE = 0.18
NEGLECTED_SHARE = 0.22
RECENTLY = timedelta(days=9)
A_WHILE = timedelta(hours=20)
SOON = timedelta(minutes=4)


def share_of_limit(rng: random.Random, *, safety: bool) -> float:
    """Draw how much of a time limit is used: most tasks well within, some at the end, a few beyond."""
    drawn = rng.random()
    if safety:
        return rng.uniform(1.1, 1.8) if drawn < LATE_SHARE / 2 else rng.uniform(0.1, 0.7)
    if drawn < LATE_SHARE:
        return rng.uniform(1.05, 1.9)
    if drawn < LATE_SHARE + LAST_MINUTE_SHARE:
        return rng.uniform(0.65, 0.97)
    return rng.uniform(0.06, 0.6)


def done_at(
    rng: random.Random, opened: datetime, due: datetime | None, calendar: Calendar | None, *, safety: bool
) -> datetime:
    """Return when a task opened at ``opened`` is done: an instant in office hours, safety at any hour."""
    whole = (due - opened) if due is not None and due > opened else A_WHILE
    at = opened + max(whole * share_of_limit(rng, safety=safety), SOON)
    if safety or calendar is None:
        return at
    return max(in_office(rng, at, calendar), opened + SOON)


def is_neglected(rng: random.Random, due: datetime | None, until: datetime, *, safety: bool) -> bool:
    """Whether a task is one of those that lie about in the last days: nobody is ever quite up to date."""
    if due is None or safety or not until - RECENTLY <= due <= until:
        return False
    return rng.random() < NEGLECTED_SHARE


def in_office(rng: random.Random, at: datetime, calendar: Calendar) -> datetime:
    """Move an instant into the next office hours, a random while after opening; inside them it stays."""
    day = calendar.local(at).date()
    if calendar.is_working(day) and calendar.opening(day) <= at < calendar.closing(day):
        return at
    if at >= calendar.closing(day):
        day += timedelta(days=1)
    day = next_working_day(calendar, day)
    moved = calendar.opening(day) + timedelta(minutes=rng.randint(5, 200))
    return moved.astimezone(UTC)
