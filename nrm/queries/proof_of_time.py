"""Proof of time: every clock of a case with what happened to it, each line with its entry in the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.case_clocks import worded
from nrm.queries.clock_rows import ClockRow, clock_rows
from nrm.records.tables.account import User
from nrm.records.tables.history import History
from nrm.records.unit import Unit
from nrm.rules.climbing import ESCALATED, MISSED, REMINDED
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System

RUNGS = (REMINDED, MISSED, ESCALATED)
OF_EVENT = ("limit.armed", "limit.reached", "limit.skipped")
OF_TASK = ("task.opened", "task.completed", "task.withdrawn", "limit.explained")
ACTS = (*RUNGS, *OF_TASK, *OF_EVENT)


@dataclass(frozen=True, slots=True)
class ToldRole:
    """So many people of a role of an agency were told."""

    role: str
    agency_name: str
    people: int


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One thing that happened to a clock, by role and agency, with the number and digest of its history entry.

    ``ground``: why, in words, for pauses and changes. ``true_at``: when a rung was really due; ``told``: whom it told.
    """

    seq: int
    at: datetime
    act: str
    outcome: str
    ground: str
    roles: tuple[str, ...]
    agency_name: str
    by_system: bool
    true_at: datetime | None
    told: tuple[ToldRole, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class ClockProof:
    """One clock: what it is, from when it was counted, how it went and ended, and the entries that prove it."""

    id: str
    limit_key: str
    title: str
    source: str
    default: bool
    task_title: str
    agency_name: str
    unit: str
    length: int
    budget: int
    basis: str
    armed_at: datetime
    started_at: datetime | None
    due_at: datetime | None
    original_due_at: datetime | None
    breached_at: datetime | None
    late_reason: str
    status: str
    why: tuple[str, ...]
    lines: tuple[ProofLine, ...]


def clock_proofs(system: System, unit: Unit, case_id: str) -> tuple[ClockProof, ...]:
    """Return the proof of every clock of a case, in the order in which they were armed. No name is in it."""
    clocks = clock_rows(system, unit, case_id)
    entries = unit.conn.execute(
        select(History.seq, History.at, History.act, History.object, History.outcome, History.rule, History.actor,
               History.agency, History.digest)
        .where(History.chain == case_id, History.act.in_(ACTS) | History.object.like("deadline:%"))
        .order_by(History.seq)
    ).all()
    told = {user_id for clock in clocks for fired in clock.fired for user_id in fired.told}
    people = _people(unit, told | {entry.actor for entry in entries})
    agencies = {one: system.agencies(unit).name(one) for one in {
        *(entry.agency for entry in entries), *(row.agency_id for row in people.values()),
        *(clock.row.agency_id for clock in clocks),
    }}
    return tuple(_proof(clock, entries, people, agencies) for clock in clocks)


def _people(unit: Unit, user_ids: Collection[str]) -> Mapping[str, Row[Any]]:
    rows: Iterable[Row[Any]] = unit.conn.execute(
        select(User.id, User.roles, User.agency_id).where(User.id.in_(sorted(user_ids)))
    )
    return {row.id: row for row in rows}


def _proof(
    clock: ClockRow, entries: Sequence[Row[*tuple[Any, ...]]], people: Mapping[str, Row[Any]],
    agencies: Mapping[str, str],
) -> ClockProof:
    row, limit = clock.row, clock.limit
    return ClockProof(
        row.id, row.limit_key, limit.title if limit else row.limit_key, limit.source if limit else "",
        limit.default if limit else True, clock.task.title if clock.task is not None else "",
        agencies.get(row.agency_id, ""), row.unit, row.length, row.budget, row.basis, row.armed_at, row.started_at,
        row.due_at, row.original_due_at, row.breached_at, worded(row.late_reason), row.status, tuple(row.why or ()),
        tuple(_line(clock, entry, people, agencies) for entry in entries if _concerns(clock, entry)),
    )


def _concerns(clock: ClockRow, entry: Row[*tuple[Any, ...]]) -> bool:
    """Whether an entry is about a clock: it names it, or what waits for it and, where people were told, its limit."""
    if entry.object == f"deadline:{clock.row.id}":
        return True
    if clock.row.task_id is None:
        armed = entry.act != "limit.armed" or entry.at == clock.row.armed_at
        return bool(entry.object == f"limit:{clock.row.limit_key}" and armed and entry.at >= clock.row.armed_at)
    if entry.object != f"task:{clock.row.task_id}":
        return False
    return entry.act in OF_TASK or entry.rule == f"limit:{clock.row.limit_key}"


def _line(
    clock: ClockRow, entry: Row[*tuple[Any, ...]], people: Mapping[str, Row[Any]], agencies: Mapping[str, str]
) -> ProofLine:
    fired = _fired(clock, entry) if entry.act in RUNGS else None
    actor = people.get(entry.actor)
    return ProofLine(
        entry.seq, entry.at, entry.act, entry.outcome, "" if entry.act in RUNGS else _ground(entry.outcome),
        tuple(sorted(actor.roles)) if actor is not None else (), agencies.get(entry.agency, ""),
        entry.actor == SYSTEM.user_id, fired.true_due_at if fired is not None else None,
        _told(fired.told, people, agencies) if fired is not None else (), entry.digest,
    )


def _ground(outcome: str) -> str:
    said = worded(outcome)
    return said if said != outcome else ""


def _fired(clock: ClockRow, entry: Row[*tuple[Any, ...]]) -> Row[Any] | None:
    """The rung an entry tells of: ``ladder:number``, told at the same instant."""
    number = entry.outcome.rpartition(":")[2]
    return next((one for one in clock.fired if str(one.rung) == number and one.at == entry.at), None)


def _told(user_ids: Iterable[str], people: Mapping[str, Row[Any]], agencies: Mapping[str, str]) -> tuple[ToldRole, ...]:
    counted = Counter(
        (role, agencies.get(person.agency_id, ""))
        for user_id in user_ids for person in (people.get(user_id),) if person is not None for role in person.roles[:1]
    )
    return tuple(ToldRole(role, agency, count) for (role, agency), count in sorted(counted.items()))
