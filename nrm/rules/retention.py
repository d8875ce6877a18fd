"""How long a closed case is kept and why, what stops its erasure, and which facts may remain (limit:T32)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from nrm.vocabulary.phrases import Phrase

ADULT_AGE = 18


@dataclass(frozen=True, slots=True)
class KeepingRule:
    """The configured rule: so many ``years`` after closing; a child's case at least ``until_age``, in years."""

    years: int
    until_age: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason to keep a case, until and including a day."""

    until: date
    sentence: str


@dataclass(frozen=True, slots=True)
class Keeping:
    """Until which day a case is kept: the longest of its ``grounds``, which stand in that order."""

    until: date
    grounds: tuple[Ground, ...]


class HoldGround(StrEnum):
    """Why a case must not be erased although its time has come."""

    COURT_ORDER = "court_order"
    PROCEEDINGS = "proceedings"
    COMPENSATION = "compensation"
    COMPLAINT = "complaint"
    AUDIT = "audit"
    PERSON_ASKED = "person_asked"


class Basis(StrEnum):
    """Why a case is erased; all but the first also before its time has come."""

    TIME_HAS_COME = "time_has_come"
    PERSON_ASKED = "person_asked"
    COURT_ORDER = "court_order"
    OPENED_BY_MISTAKE = "opened_by_mistake"


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold; ``until`` is its last day, None while nobody lifts it."""

    ground: str
    until: date | None
    is_lifted: bool = False

    def stands(self, today: date) -> bool:
        """Whether it stops an erasure today."""
        return not self.is_lifted and (self.until is None or today <= self.until)


def keeping(rule: KeepingRule, closed_on: date, *, may_be_child: bool, adult_from: date | None) -> Keeping:
    """Return until when a case that was closed on a day is kept.

    Args:
        may_be_child: under 18, in doubt or not known: kept as a child's case (T17).
        adult_from: the first day of the month in which the person turns 18, where it is known. Without it the
            person may have been born on the day of closing: too long is put right by a review, too short by nothing.
    """
    grounds = [Ground(
        years_after(closed_on, rule.years), Phrase("{years} years after closing ({source})", years=rule.years,
                                                   source=rule.source),
    )]
    if may_be_child and rule.until_age is not None:
        grounds.append(_until_age(rule.until_age, closed_on, adult_from))
    grounds.sort(key=lambda ground: ground.until, reverse=True)
    return Keeping(grounds[0].until, tuple(grounds))


def _until_age(age: int, closed_on: date, adult_from: date | None) -> Ground:
    if adult_from is None:
        return Ground(years_after(closed_on, age), Phrase(
            "until the person is {age}, counted from the day of closing because no month of birth is known", age=age,
        ))
    turns = years_after(adult_from, age - ADULT_AGE)
    return Ground(turns, Phrase("until the month in which the person turns {age}", age=age))


def years_after(day: date, years: int) -> date:
    """Return the same day so many years later; 1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def what_stops(
    basis: Basis, today: date, *, is_closed: bool, until: date | None, holds: Iterable[Hold],
) -> str:
    """Say in a sentence why a case may not be erased now; empty where nothing stops it."""
    if not is_closed:
        return "Only a closed case can be erased."
    if any(hold.stands(today) for hold in holds):
        return "A legal hold stops the erasure of this case."
    if basis is Basis.TIME_HAS_COME and (until is None or today <= until):
        return "The time for which this case is kept is not over."
    return ""


def facts_that_stay(
    facts: Mapping[str, object], allowed: Iterable[str], alike: Mapping[str, frozenset[str]], smallest: int,
) -> dict[str, object]:
    """Return the facts that remain for statistics: allowed by name, and together shared by enough cases.

    Args:
        allowed: names, the most useful first; each is kept as long as enough cases share it and all before it.
        alike: name of a fact -> ids of the cases, this one among them, that have this case's value.
        smallest: with fewer, the combination would point at a person.
    """
    kept: dict[str, object] = {}
    sharing: frozenset[str] | None = None
    for name in allowed:
        same = alike.get(name, frozenset()) if sharing is None else sharing & alike.get(name, frozenset())
        if facts.get(name) is not None and len(same) >= smallest:
            kept[name], sharing = facts[name], same
    return kept
