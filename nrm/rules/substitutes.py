"""Who can have whose task: same agency and role, no conflict of interest, none of the steps it is separate from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

CLOSED = "This account is closed."


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who might have a task. ``away``: an absence of theirs runs at the time asked about."""

    id: str
    agency_id: str
    roles: frozenset[str]
    active: bool = True
    away: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a task asks of whoever has it.

    ``kept_away``: whom a conflict of interest keeps from the case. ``did``: who did a step that the task must be
    separate from (table:D-22).
    """

    role: str
    agency_id: str
    kept_away: frozenset[str] = frozenset()
    did: frozenset[str] = frozenset()


def hindrance(colleague: Colleague | None, asked: Asked) -> str:
    """Say why somebody cannot have a task, in a sentence; empty where they can."""
    if colleague is None:
        return CLOSED
    reasons = (
        (not colleague.active, CLOSED),
        (colleague.agency_id != asked.agency_id, "This task is with another agency."),
        (asked.role not in colleague.roles, "They do not fill the role of this task."),
        (colleague.id in asked.kept_away, "A conflict of interest keeps them from this case."),
        (colleague.id in asked.did, "They did a step that somebody else has to follow up."),
        (colleague.away, "They are absent."),
    )
    return next((sentence for holds, sentence in reasons if holds), "")


def did_before(done_by: Mapping[str, Collection[str]], not_by: Iterable[str]) -> frozenset[str]:
    """Return who did one of the elements a task must be separate from."""
    return frozenset(one for element in not_by for one in done_by.get(element, ()))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a substitute has: named processes and cases (by code); with neither, everything."""

    processes: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()

    @classmethod
    def read(cls, plain: Mapping[str, object]) -> Scope:
        """Return the scope kept with an absence: ``processes`` and ``cases``, lists that may be missing."""
        return cls(_words(plain.get("processes")), _words(plain.get("cases")))

    @property
    def plain(self) -> dict[str, object]:
        """The scope as it is kept."""
        return {"processes": sorted(self.processes), "cases": sorted(self.cases)}

    def covers(self, process: str, case_code: str) -> bool:
        """Whether a task of a process, in a case, is the substitute's."""
        return not (self.processes or self.cases) or process in self.processes or case_code in self.cases


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, the end not included."""

    from_at: datetime
    to_at: datetime


def _words(value: object) -> frozenset[str]:
    return frozenset(str(one) for one in value) if isinstance(value, list | tuple) else frozenset()
