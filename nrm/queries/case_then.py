"""A case as it stood at an instant: its team, its tasks, the versions of its processes, and who could see what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.rules_then import rules_then
from nrm.queries.standing_then import StandingThen
from nrm.records.tables.account import User
from nrm.records.tables.bundle import BundleRow
from nrm.records.tables.case import TeamMember, sat
from nrm.records.tables.history import History
from nrm.records.tables.run import Run, ran
from nrm.records.tables.task import Task, was_open
from nrm.records.unit import Unit
from nrm.rules.policy import Policy
from nrm.rules.visibility import Extent
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class SeatThen:
    """One seat of the team that was in force, and what whoever filled it could see.

    ``sees``: (category, all or a part: summary, referred, own), those that it could not see left out.
    """

    role: str
    agency_id: str
    agency_name: str
    person: str
    since: datetime
    named: bool
    sees: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TaskThen:
    """One task that was open."""

    title: str
    role: str
    agency_name: str
    opened_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionThen:
    """One run that had begun and not ended, and the published version of diagram, forms and tables that it used."""

    run_id: str
    title: str
    process: str
    number: int
    digest: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class CaseThen:
    """The case at an instant. ``seq``: its history's last entry then; ``before`` and ``after``: of its entries.

    ``configuration``: the number of the configuration whose rules decided who could see what; None: today's rules, as
    none was noted then.
    """

    case_id: str
    case_code: str
    at: datetime
    seq: int
    act: str
    before: datetime | None
    after: datetime | None
    configuration: int | None
    team: tuple[SeatThen, ...]
    tasks: tuple[TaskThen, ...]
    versions: tuple[VersionThen, ...]


def case_then(system: System, unit: Unit, case: Row[Any], at: datetime) -> CaseThen:
    """Return how a case stood. Raises NotFound before its first entry."""
    entry = unit.conn.execute(
        select(History.seq, History.act).where(History.chain == case.id, History.at <= at)
        .order_by(History.seq.desc()).limit(1)
    ).first()
    if entry is None:
        raise NotFound
    rules = rules_then(system, unit, at)
    return CaseThen(
        case.id, case.code, at, entry.seq, entry.act, *_neighbours(unit, case.id, at), rules.number,
        tuple(_team(system, unit, rules.policy, case, at)), tuple(_tasks(system, unit, case.id, at)),
        tuple(_versions(unit, case.id, at)),
    )


def _neighbours(unit: Unit, case_id: str, at: datetime) -> tuple[datetime | None, datetime | None]:
    ordered = select(History.at).where(History.chain == case_id)
    before = ordered.where(History.at < at).order_by(History.at.desc()).limit(1)
    after = ordered.where(History.at > at).order_by(History.at).limit(1)
    return unit.conn.execute(before).scalar(), unit.conn.execute(after).scalar()


def _team(
    system: System, unit: Unit, policy: Policy, case: Row[Any], at: datetime,
) -> Iterable[SeatThen]:
    rows = unit.conn.execute(
        select(
            TeamMember.role, TeamMember.agency_id, TeamMember.user_id, TeamMember.from_at, TeamMember.named, User.name,
            User.unit,
        ).outerjoin(User, User.id == TeamMember.user_id).where(
            TeamMember.case_id == case.id, sat(at),
        ).order_by(TeamMember.role, TeamMember.agency_id, TeamMember.id)
    ).all()
    agencies = system.agencies(unit)
    for row in rows:
        whoever = Actor(row.user_id or "", row.agency_id, frozenset({row.role}), row.unit)
        seen = StandingThen(unit, policy, agencies, whoever, case, at).readable()
        yield SeatThen(
            row.role, row.agency_id, agencies.name(row.agency_id), row.name or "", row.from_at, row.named,
            tuple((str(category), str(one.extent)) for category, one in seen.items() if one.extent is not Extent.NONE),
        )


def _tasks(system: System, unit: Unit, case_id: str, at: datetime) -> Iterable[TaskThen]:
    agencies = system.agencies(unit)
    rows = unit.conn.execute(
        select(Task.title, Task.role, Task.agency_id, Task.opened_at, Task.due_at).where(
            Task.case_id == case_id, was_open(at)
        ).order_by(Task.opened_at, Task.id)
    )
    return [TaskThen(row.title, row.role, agencies.name(row.agency_id), row.opened_at, row.due_at) for row in rows]


def _versions(unit: Unit, case_id: str, at: datetime) -> Iterable[VersionThen]:
    rows = unit.conn.execute(
        select(Run.id, Run.title, Run.process, BundleRow.number, BundleRow.digest, BundleRow.published_at)
        .join(BundleRow, BundleRow.digest == Run.bundle).where(
            Run.case_id == case_id, ran(at)
        ).order_by(Run.started_at, Run.id)
    )
    return [VersionThen(*row) for row in rows]
