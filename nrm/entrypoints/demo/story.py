"""What a story is: a kind of person, how the case came in, and the answers that lead it down its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Said = Mapping[str, Any]
NOTHING: Said = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plan: service, who gives it, the need in words, cost in whole units."""

    service: str
    agency: str | None
    need: str
    cost: int = 0
    urgent: bool = False
    funding: str = "state"


@dataclass(frozen=True, slots=True)
class Extra:
    """Something that can happen at any time: a process started some days after an element was done.

    With ``before_end`` it starts so many days before the demo's end instead, so that visitors find it going on.
    """

    process: str
    after: str
    days: float = 1.0
    before_end: float | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A path through the mechanism.

    ``said`` maps an element id (or ``*`` for all) to answers by field key; a list of answers is used up in order,
    its last one stays. ``openers`` are logins who may bring the case in, ``{cm}`` for the district's social worker.
    ``oldest`` is the greatest age in days a case of this story starts at, ``youngest`` the least.
    """

    key: str
    sex: str
    about: Said
    languages: tuple[str, ...] = ("ro", "ru")
    age: tuple[int, int] = (21, 48)
    openers: tuple[str, ...] = ("{cm}", "lina")
    team: tuple[tuple[str, str, str], ...] = ()
    lines: tuple[Line, ...] = ()
    said: Mapping[str, Said | Sequence[Said]] = field(default_factory=lambda: NOTHING)
    extras: tuple[Extra, ...] = ()
    group: int = 1
    youngest: float = 0.0
    oldest: float = 205.0

    def answers(self, element: str, times: int) -> dict[str, Any]:
        """Return what the story says at an element that was done ``times`` times before."""
        found: dict[str, Any] = dict(_one(self.said.get("*", NOTHING), times))
        found.update(_one(self.said.get(element, NOTHING), times))
        return found


def _one(said: Said | Sequence[Said], times: int) -> Said:
    if isinstance(said, Mapping):
        return said
    return said[min(times, len(said) - 1)]
