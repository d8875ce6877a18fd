"""The case page: header, timeline, team, plan, registers and writings, each as far as the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row

from nrm.queries import case_registers, case_writings
from nrm.queries.case_reader import CaseReader
from nrm.queries.case_registers import ConsentLine, LinkLine, PlanLineSeen, ReferralLine, SeatLine
from nrm.queries.case_writings import FileSeen, NoteSeen, RecordHead
from nrm.queries.facts_seen import FactSeen, facts_seen
from nrm.queries.my_tasks import TaskLine, open_tasks_of_case
from nrm.queries.scope import cases_in_scope
from nrm.queries.standing import Standing
from nrm.queries.startable import Startable, startable
from nrm.records.tables.run import Incident, Run
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.vocabulary.categories import Category
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

TIMELINE_LENGTH = 200
GROUPS = {
    "identity": (Category.IDENTITY,), "contact": (Category.CONTACT,), "stay": (Category.STAY,),
    "self_harm": (Category.SELF_HARM,),
}
"""What is opened on press: a logged act each time, hidden again by itself."""
ASKED = (
    Permission.CASE_TEAM, Permission.CASE_CLOSE, Permission.CASE_REOPEN, Permission.CASE_NOTE,
    Permission.CASE_FILE, Permission.CASE_START_RUN, Permission.CASE_LINK, Permission.CASE_HISTORY,
    Permission.CASE_PROCESS, Permission.RECORD_CORRECT, Permission.CONSENT_RECORD,
    Permission.CONSENT_WITHDRAW, Permission.CONSENT_OVERRIDE, Permission.STAY_READ,
    Permission.READERS_LIST, Permission.CONFLICT_KEEP,
)


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of a process in the case."""

    id: str
    process: str
    title: str
    status: str
    outcome: str | None
    started_at: datetime
    ended_at: datetime | None
    parent_run_id: str | None
    bundle: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline.

    ``kind``: run_started, run_ended, task_opened (still open), task_done, task_withdrawn.
    """

    at: datetime
    kind: str
    title: str
    process: str
    role: str
    role_title: str
    agency_name: str
    run_id: str
    task_id: str | None = None
    outcome: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a data category can or cannot be seen."""

    category: str
    allowed: bool
    extent: str
    rule: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything the case page and ``GET /cases/{id}`` show."""

    id: str
    code: str
    process: str
    status: str
    stage: str
    """Empty for who does not see where the case stands."""
    district: str
    district_name: str
    agency_id: str
    agency_name: str
    referring_agency_name: str
    opened_at: datetime
    closed_at: datetime | None
    version: int
    demo: bool
    treated_as_child: bool
    groups: tuple[str, ...]
    """What the reader may open on press: identity, contact, stay, self_harm."""
    may: frozenset[str]
    facts: tuple[FactSeen, ...]
    tasks: tuple[TaskLine, ...]
    runs: tuple[RunLine, ...]
    timeline: tuple[Moment, ...]
    team: tuple[SeatLine, ...]
    plan: tuple[PlanLineSeen, ...]
    consents: tuple[ConsentLine, ...]
    referrals: tuple[ReferralLine, ...]
    records: tuple[RecordHead, ...]
    notes: tuple[NoteSeen, ...]
    files: tuple[FileSeen, ...]
    links: tuple[LinkLine, ...]
    startable: tuple[Startable, ...]
    open_incidents: int
    rules: tuple[Rule, ...]


def case_view(system: System, unit: Unit, standing: Standing) -> CasePage:
    """Return the page of a case for the reader whose standing is given; the caller has left the entry."""
    reader = CaseReader(system, unit, standing)
    case = standing.case
    policy = system.configuration.policy
    runs = _runs(reader)
    return CasePage(
        case.id, case.code, case.process, case.status, case.stage if reader.sees_process else "",
        case.district, system.configuration.districts.get(case.district, case.district), case.agency_id,
        reader.agencies.name(case.agency_id),
        reader.agencies.name(case.referring_agency_id) if reader.sees_process else "",
        case.opened_at, case.closed_at, case.version, case.demo,
        reader.sees_process and standing.treated_as_child, _groups(reader),
        frozenset(str(permission) for permission in ASKED if reader.may(permission)), facts_seen(reader),
        open_tasks_of_case(unit, case.id, agency_id=None if reader.sees_process else reader.actor.agency_id),
        runs, _timeline(reader, runs), case_registers.team(reader), case_registers.plan(reader),
        case_registers.consents(reader), case_registers.referrals(reader), case_writings.records(reader),
        case_writings.notes(reader), case_writings.files(reader),
        case_registers.linked(reader, cases_in_scope(reader.actor, Permission.CASE_READ, policy)),
        startable(reader), _incidents(reader), _rules(reader),
    )


def _groups(reader: CaseReader) -> tuple[str, ...]:
    return tuple(
        group for group, categories in GROUPS.items()
        if all(reader.decisions[category].allowed for category in categories)
        and (group != "stay" or reader.may(Permission.STAY_READ))
    )


def _rules(reader: CaseReader) -> tuple[Rule, ...]:
    return tuple(
        Rule(str(category), decision.allowed, str(decision.extent), decision.rule, decision.sentence)
        for category, decision in reader.decisions.items()
    )


def _runs(reader: CaseReader) -> tuple[RunLine, ...]:
    return run_lines(reader.unit, reader.case_id) if reader.sees_process else ()


def run_lines(unit: Unit, case_id: str) -> tuple[RunLine, ...]:
    """Return the runs of a case, the first one first; their state is not read."""
    rows = unit.conn.execute(
        select(
            Run.id, Run.process, Run.title, Run.status, Run.outcome, Run.started_at, Run.ended_at,
            Run.parent_run_id, Run.bundle,
        ).where(Run.case_id == case_id).order_by(Run.started_at, Run.id)
    )
    return tuple(RunLine(*row) for row in rows)


def _timeline(reader: CaseReader, runs: Sequence[RunLine]) -> tuple[Moment, ...]:
    """Return what happened, the newest first: runs begun and ended, tasks opened and done."""
    query = select(
        Task.id, Task.title, Task.process, Task.role, Task.agency_id, Task.run_id, Task.status,
        Task.opened_at, Task.done_at, Task.due_at,
    ).where(Task.case_id == reader.case_id)
    if not reader.sees_process:
        mine = or_(Task.agency_id == reader.actor.agency_id, Task.done_by == reader.actor.user_id)
        query = query.where(mine)
    rows = reader.unit.conn.execute(query.order_by(Task.opened_at.desc()).limit(TIMELINE_LENGTH))
    found = [_task_moment(reader, row) for row in rows]
    for run in runs:
        found.append(Moment(run.started_at, "run_started", run.title, run.process, "", "", "", run.id))
        if run.ended_at is not None:
            found.append(Moment(
                run.ended_at, "run_ended", run.title, run.process, "", "", "", run.id, None, run.outcome
            ))
    return tuple(sorted(found, key=lambda moment: moment.at, reverse=True)[:TIMELINE_LENGTH])


def _task_moment(reader: CaseReader, row: Row[*tuple[Any, ...]]) -> Moment:
    kind = {"done": "task_done", "withdrawn": "task_withdrawn"}.get(row.status, "task_opened")
    return Moment(
        row.done_at or row.opened_at, kind, row.title, row.process, row.role, reader.role_title(row.role),
        reader.agencies.name(row.agency_id), row.run_id, row.id, None, row.due_at,
    )


def _incidents(reader: CaseReader) -> int:
    if not reader.may(Permission.INCIDENT_RESOLVE):
        return 0
    return reader.unit.conn.execute(
        select(func.count()).select_from(Incident)
        .where(Incident.case_id == reader.case_id, Incident.status != "resolved")
    ).scalar_one()
