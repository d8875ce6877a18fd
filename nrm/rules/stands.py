"""Intervals in which a clock stands still, and the time that runs between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Stand:
    """A clock stands still in the half-open interval [``from_at``, ``to_at``); without an end: still now."""

    from_at: datetime
    to_at: datetime | None
    ground: str = ""

    def __post_init__(self) -> None:
        if self.to_at is not None and self.to_at < self.from_at:
            raise ValueError("a clock does not go on before it stopped")


def merged(stands: Sequence[Stand]) -> tuple[Stand, ...]:
    """Return the intervals in order, those that overlap or touch on one ground as one, empty ones left out."""
    found: list[Stand] = []
    for stand in sorted(stands, key=lambda one: one.from_at):
        if stand.to_at == stand.from_at:
            continue
        last = found[-1] if found else None
        if last is not None and last.to_at is None:
            break
        if last is not None and last.to_at is not None and stand.from_at <= last.to_at:
            if stand.to_at is not None and stand.to_at <= last.to_at:
                continue
            if stand.ground == last.ground:
                found[-1] = Stand(last.from_at, stand.to_at, last.ground)
            else:
                found.append(Stand(last.to_at, stand.to_at, stand.ground))
            continue
        found.append(stand)
    return tuple(found)


def stands_at(stands: Sequence[Stand], at: datetime) -> Stand | None:
    """Return the interval in which a clock stands still at an instant, or None while it runs."""
    for stand in stands:
        if stand.from_at <= at and (stand.to_at is None or at < stand.to_at):
            return stand
    return None


def running_spans(
    begin: datetime, end: datetime, stands: Sequence[Stand]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches between two instants in which a clock runs; ``stands`` are merged."""
    at = begin
    for stand in stands:
        if stand.to_at is not None and stand.to_at <= at:
            continue
        if stand.from_at >= end:
            break
        if stand.from_at > at:
            yield at, stand.from_at
        if stand.to_at is None:
            return
        at = max(at, stand.to_at)
    if at < end:
        yield at, end


def ran(begin: datetime, length: timedelta, stands: Sequence[Stand]) -> datetime | None:
    """Return the instant at which a clock has run for so long; None where it stands still before."""
    at, left = begin, length
    for stand in stands:
        if stand.to_at is not None and stand.to_at <= at:
            continue
        if stand.from_at - at >= left:
            break
        left -= max(stand.from_at - at, timedelta())
        if stand.to_at is None:
            return None
        at = max(at, stand.to_at)
    return at + left
