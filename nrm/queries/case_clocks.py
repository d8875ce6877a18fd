"""The clocks of a case: each with its source, state, time left, pauses, changes, rungs, and why that date."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.clock_rows import ClockRow, clock_rows
from nrm.records.tables.account import User
from nrm.records.unit import Unit
from nrm.rules.limits import consumed
from nrm.vocabulary.clock_words import ExtensionGround, LateReason, PauseGround, StartGround, WaiveGround
from nrm.wiring.system import System

SENTENCES: Mapping[str, str] = {
    str(code): code.sentence
    for kind in (ExtensionGround, WaiveGround, StartGround, PauseGround, LateReason) for code in kind
}
"""What people read for the code of a ground or a reason."""


@dataclass(frozen=True, slots=True)
class ClockPause:
    """A time in which the clock stood still; ``to_at`` None: it does now. ``by``: who stopped it, by name."""

    ground: str
    sentence: str
    from_at: datetime
    to_at: datetime | None
    by: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A change one person asked for: extend, waive, restart, correct_start; ``status`` says what became of it."""

    id: str
    kind: str
    ground: str
    sentence: str
    units: int | None
    start_at: datetime | None
    status: str
    asked_by: str
    asked_by_id: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    due_before: datetime | None
    due_after: datetime | None


@dataclass(frozen=True, slots=True)
class ClockRung:
    """One rung: told at ``told_at``, or to come at ``due_at``; that is None while the clock stands still."""

    no: int
    level: str
    effect: str
    tell: tuple[str, ...]
    round: int
    due_at: datetime | None
    told_at: datetime | None
    people: int
    """How many were told."""


@dataclass(frozen=True, slots=True)
class CaseClock:
    """One clock. ``left``: how much is left of ``budget``, in days or seconds; None where the clock has ended."""

    id: str
    limit_key: str
    title: str
    source: str
    default: bool
    """Whether the length is a configurable default, not read from a law."""
    safety: bool
    kind: str
    task_id: str | None
    task_title: str
    role: str
    agency_id: str
    agency_name: str
    status: str
    is_late: bool
    unit: str
    length: int
    budget: int
    left: int | None
    armed_at: datetime
    started_at: datetime | None
    basis: str
    """What it is counted from: armed, fact:NAME, corrected, restarted."""
    due_at: datetime | None
    original_due_at: datetime | None
    breached_at: datetime | None
    late_reason: str
    reason_wanted: bool
    round: int
    grounds: tuple[str, ...]
    """The grounds on which its limit may stand still."""
    pauses: tuple[ClockPause, ...]
    changes: tuple[ClockChange, ...]
    rungs: tuple[ClockRung, ...]
    why: tuple[str, ...]


def case_clocks(system: System, unit: Unit, case_id: str) -> tuple[CaseClock, ...]:
    """Return the clocks of a case: those that live first, the one due first on top; then those that ended."""
    rows = clock_rows(system, unit, case_id)
    names = names_of(unit, {
        user_id for one in rows for user_id in (
            *(who for pause in one.pauses for who in (pause.by_id, pause.ended_by)),
            *(who for asked in one.requests for who in (asked.asked_by, asked.decided_by)),
        ) if user_id
    })
    agencies = system.agencies(unit)
    found = [_clock(one, names, agencies.name(one.row.agency_id), unit.now) for one in rows]
    return tuple(sorted(found, key=lambda one: (one.left is None, one.due_at is None, one.due_at or one.armed_at)))


def names_of(unit: Unit, user_ids: Collection[str]) -> Mapping[str, str]:
    """Return user id -> name; who is no account (the system) is missing."""
    if not user_ids:
        return {}
    rows = unit.conn.execute(select(User.id, User.name).where(User.id.in_(sorted(user_ids))))
    return {row.id: row.name for row in rows}


def worded(code: str | None, known: type[StrEnum] | None = None) -> str:
    """Return the sentence of a ground's or a reason's code, the code itself where it is not known."""
    if known is not None and code in set(known):
        return str(getattr(known(code), "sentence", code))
    return SENTENCES.get(code or "", code or "")


def _clock(one: ClockRow, names: Mapping[str, str], agency: str, now: datetime) -> CaseClock:
    row, limit, task = one.row, one.limit, one.task
    return CaseClock(
        row.id, row.limit_key, limit.title if limit else row.limit_key, limit.source if limit else "",
        limit.default if limit else True, bool(limit and limit.safety), row.kind, row.task_id,
        task.title if task is not None else "", task.role if task is not None else "", row.agency_id or "", agency,
        row.status, row.breached_at is not None or (row.due_at is not None and one.is_live and row.due_at < now),
        row.unit, row.length, row.budget, _left(one, now), row.armed_at, row.started_at, row.basis,
        row.due_at, row.original_due_at, row.breached_at, worded(row.late_reason, LateReason),
        row.reason_asked_at is not None and row.late_reason is None, row.round, limit.pauses if limit else (),
        tuple(_pause(pause, names) for pause in one.pauses), tuple(_change(asked, names) for asked in one.requests),
        _rungs(one), tuple(row.why or ()),
    )


def _left(one: ClockRow, now: datetime) -> int | None:
    row = one.row
    if not one.is_live or one.limit is None or row.started_at is None or one.limit.before:
        return None
    return max(int(row.budget) - consumed(one.limit, row.started_at, now, one.calendar, one.stands), 0)


def _pause(row: Row[Any], names: Mapping[str, str]) -> ClockPause:
    return ClockPause(
        row.ground, worded(row.ground, PauseGround), row.from_at, row.to_at, names.get(row.by_id, ""),
        names.get(row.ended_by or "", ""),
    )


def _change(row: Row[Any], names: Mapping[str, str]) -> ClockChange:
    return ClockChange(
        row.id, row.kind, row.ground, worded(row.ground), row.units, row.start_at, row.status,
        names.get(row.asked_by, ""), row.asked_by, row.asked_at, names.get(row.decided_by or "", ""), row.decided_at,
        row.due_before, row.due_after,
    )


def _rungs(one: ClockRow) -> tuple[ClockRung, ...]:
    """The rungs that were told, of every round; then those to come."""
    ladder = one.ladder
    if ladder is None:
        return ()
    known = {rung.no: rung for rung in ladder.rungs}
    told = [
        ClockRung(
            fired.rung, rung.level if rung else "", str(rung.effect) if rung else "", rung.tell if rung else (),
            fired.round, fired.true_due_at, fired.at, len(fired.told),
        )
        for fired in one.fired for rung in (known.get(fired.rung),)
    ]
    if not one.is_live:
        return tuple(told)
    times = dict(one.rungs)
    return (*told, *(
        ClockRung(rung.no, rung.level, str(rung.effect), rung.tell, one.row.round, times.get(rung.no), None, 0)
        for rung in ladder.rungs if rung.no not in one.told
    ))
