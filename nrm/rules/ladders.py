"""Escalation ladders: who hears of a time limit, when, and what follows (domain 2.6). A rung decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from nrm.rules.calendars import Calendar
from nrm.rules.limits import Unit
from nrm.rules.stands import Stand
from nrm.rules.working_days import add_working_days, half_way

_DAY = timedelta(days=1)

ASSIGNEE = "assignee"
SUPERVISOR = "supervisor"
AUDITORS = "auditors"
ROLE = "role:"
DUTY = "duty:"
"""``duty:CODE``: whoever is on the roster for the role at that instant."""
LEVELS = ("L0", "L1", "L2", "L3", "L4")
"""The levels of domain 2.6 at which people are told; L5 is a number for the rapporteur and no rung."""


class When(StrEnum):
    """What a rung's time is measured from."""

    HALF = "half"
    """Half of the time is used."""
    BEFORE = "before"
    """So long before the limit runs out."""
    BREACH = "breach"
    """The limit is missed."""
    AFTER = "after"
    """So long after the limit was missed."""


class Effect(StrEnum):
    """What a rung does besides telling; the task stays what it is, and nothing is closed or decided."""

    REMIND = "remind"
    """Nothing more."""
    REASON = "reason"
    """Whoever completes the task has to give a reason for the delay."""
    ESCALATE = "escalate"
    """Opens an escalation: a task of its own, with an owner and a clock."""
    OFFER = "offer"
    """Asks those who are told, and may, to give the task to somebody else."""
    REASSIGN = "reassign"
    """Gives the task to the first who is told and can have it; both hear of it."""


class Channel(StrEnum):
    """How people are told."""

    NOTICE = "notice"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung.

    ``tell``: ``assignee``, ``supervisor``, ``auditors``, ``role:CODE`` or ``duty:CODE``. ``length`` in ``unit``
    (hours, calendar_days, working_days) is given where, and only where, the rung comes before or after the breach.
    ``level`` is L0 to L4.
    """

    no: int
    when: When
    tell: tuple[str, ...]
    length: int = 0
    unit: Unit = Unit.HOURS
    level: str = ""
    effect: Effect = Effect.REMIND
    channel: tuple[Channel, ...] = (Channel.NOTICE, Channel.MAIL)

    def __post_init__(self) -> None:
        if (self.when in (When.BEFORE, When.AFTER)) != (self.length > 0):
            raise ValueError("a rung has a length where, and only where, it comes before or after the breach")
        if self.unit is Unit.OFFICE_HOURS:
            raise ValueError("a rung counts hours, calendar days or working days")

    @property
    def is_late(self) -> bool:
        """Whether the limit is missed when this rung comes."""
        return self.when in (When.BREACH, When.AFTER)

    @property
    def roles(self) -> tuple[str, ...]:
        """The codes of the roles it tells, on duty or not."""
        return tuple(code for who in self.tell if (code := role_of(who)))


def role_of(who: str) -> str:
    """Return the role's code of ``role:CODE`` and ``duty:CODE``, an empty text for everybody else."""
    kind, _, code = who.partition(":")
    return code if f"{kind}:" in (ROLE, DUTY) else ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one ladder, in order. ``safety`` ladders run by the clock and ignore calendars.

    ``counted``: its breaches go into the quarterly number for the rapporteur (level L5). Whether a ladder makes
    sense is said by :func:`nrm.rules.ladder_faults.ladder_faults`.
    """

    key: str
    title: str
    rungs: tuple[Rung, ...]
    safety: bool = False
    counted: bool = True

    def __post_init__(self) -> None:
        if [rung.no for rung in self.rungs] != list(range(1, len(self.rungs) + 1)):
            raise ValueError("rungs are numbered 1, 2, 3 in order")

    def rung(self, no: int) -> Rung:
        """Return the rung of that number; raise KeyError where there is none."""
        for rung in self.rungs:
            if rung.no == no:
                return rung
        raise KeyError(no)


def rung_times(
    started_at: datetime, due_at: datetime, ladder: Ladder, calendar: Calendar | None,
    stands: Sequence[Stand] = (),
) -> tuple[tuple[int, datetime], ...]:
    """Give each rung's true time, in order; never earlier than the start, nor than the rung before it.

    ``calendar`` is the owner's; it is ignored by safety ladders and may be None. ``stands``: when the clock stood
    still, which half of the time does not count.
    """
    used = None if ladder.safety else calendar
    times: list[tuple[int, datetime]] = []
    earliest = started_at
    for rung in ladder.rungs:
        earliest = max(_time(rung, started_at, due_at, used, stands), earliest)
        times.append((rung.no, earliest))
    return tuple(times)


def _time(
    rung: Rung, started_at: datetime, due_at: datetime, calendar: Calendar | None, stands: Sequence[Stand]
) -> datetime:
    if rung.when is When.HALF:
        return half_way(calendar, started_at, due_at, stands)
    if rung.when is When.BREACH:
        return due_at
    length = -rung.length if rung.when is When.BEFORE else rung.length
    if rung.unit is Unit.HOURS:
        return due_at + timedelta(hours=length)
    if rung.unit is Unit.WORKING_DAYS and calendar is not None:
        local = calendar.local(due_at)
        return calendar.instant(_working_day(calendar, local.date(), length), local.time())
    return due_at + timedelta(days=length)


def _working_day(calendar: Calendar, day: date, count: int) -> date:
    """Return the working day so many after ``day``, or before it."""
    if count > 0:
        return add_working_days(calendar, day, count)
    while count:
        day -= _DAY
        count += calendar.is_working(day)
    return day
