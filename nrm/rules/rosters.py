"""Rosters: who is on duty for a role at an instant, and when nobody is (domain 2.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from nrm.rules.substitutes import Scope


@dataclass(frozen=True, slots=True)
class Watch:
    """A turn of duty, from ``from_at`` to before ``to_at``; without a district: for the whole country."""

    user_id: str
    district: str | None
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody is on duty."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who is away now, and who stands in for them in what ``scope`` covers."""

    user_id: str
    substitute_id: str | None
    scope: Scope


def serves(user_id: str, turns: Collection[str], away: Collection[Away], *, process: str, case_code: str) -> bool:
    """Whether somebody is on duty for a case: by a turn of their own, or of one who is away and for whom they stand in.

    ``turns``: who (ids) has a turn now. Whoever is away is not on duty, whatever a roster says.
    """
    if any(one.user_id == user_id for one in away):
        return False
    return user_id in turns or any(
        one.substitute_id == user_id and one.user_id in turns and one.scope.covers(process, case_code) for one in away
    )


def on_duty(watches: Iterable[Watch], *, district: str, at: datetime) -> tuple[str, ...]:
    """Return who (ids) is on duty in a district at an instant: by its own roster first, else by the national one."""
    now = [watch for watch in watches if watch.from_at <= at < watch.to_at]
    found = [watch for watch in now if watch.district == district] or [watch for watch in now if not watch.district]
    return tuple(dict.fromkeys(watch.user_id for watch in found))


def gaps(watches: Iterable[Watch], *, district: str | None, begin: datetime, end: datetime) -> tuple[Gap, ...]:
    """Return when, between two instants, nobody is on duty in a district; the national roster stands in for it.

    Without a district: when nobody is on the national roster.
    """
    counting = [watch for watch in watches if watch.district in (None, district)]
    found: list[Gap] = []
    covered = begin
    for watch in sorted(counting, key=lambda one: one.from_at):
        if watch.from_at >= end:
            break
        if watch.from_at > covered:
            found.append(Gap(covered, watch.from_at))
        covered = max(covered, watch.to_at)
    if covered < end:
        found.append(Gap(covered, end))
    return tuple(found)
