"""One clock, with what may be done to it and by whom it was changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from nrm.queries.scope import cases_in_scope
from nrm.queries.task_clocks import TaskClock, task_clock
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import LIVE, ClockRequest, Deadline, Pause
from nrm.records.tables.run import Run
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.clock_changes import hindrance
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock_words import Change
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class PauseLine:
    """An interval in which the clock stood still, or stands still."""

    ground: str
    from_at: datetime
    to_at: datetime | None
    by_name: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change that was asked for, and what became of it."""

    id: str
    kind: str
    ground: str
    units: int | None
    start_at: datetime | None
    status: str
    """asked, granted, refused."""
    asked_name: str
    asked_at: datetime
    decided_name: str
    decided_at: datetime | None
    due_before: datetime | None
    due_after: datetime | None
    may_decide: bool


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock. ``budget`` and ``consumed``: days, or seconds for a limit in hours."""

    clock: TaskClock
    case_id: str
    case_code: str
    task_id: str | None
    task_title: str
    unit: str
    start_event: str
    started_at: datetime | None
    original_due_at: datetime | None
    breached_at: datetime | None
    late_reason: str | None
    budget: int
    consumed: int
    grounds: tuple[str, ...]
    """On which it may be paused now; empty where it may not."""
    may_resume: bool
    changes: tuple[str, ...]
    """Which changes may be asked for now."""
    may_explain: bool
    pauses: tuple[PauseLine, ...]
    asked: tuple[ChangeLine, ...]


def clock_view(system: System, actor: Actor, *, deadline_id: str) -> ClockView:
    """Return one clock with what the reader may do. Raises NotFound outside the scope."""
    policy = system.configuration.policy
    may = {
        permission: cases_in_scope(actor, permission, policy)
        for permission in (Permission.CLOCK_PAUSE, Permission.CLOCK_ASK, Permission.CLOCK_GRANT)
    }
    query: Select[*tuple[Any, ...]] = (
        select(Deadline, Case.code, Task.title, Run.bundle,
               *(condition.label(permission.replace(".", "_")) for permission, condition in may.items()))
        .join(Case, Case.id == Deadline.case_id).join(Run, Run.id == Deadline.run_id)
        .outerjoin(Task, Task.id == Deadline.task_id)
        .where(Deadline.id == deadline_id, cases_in_scope(actor, Permission.CASE_PROCESS, policy))
    )
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(query).first()
        if row is None:
            raise NotFound
        return _view(system, unit, actor, row)


def _view(system: System, unit: Unit, actor: Actor, row: Row[Any]) -> ClockView:
    limit = system.library.published(unit.conn, row.bundle).limits.get(row.limit_key)
    asked = _asked(unit, actor, row)
    may_ask = row.status in LIVE and row.clock_ask and not any(one.status == "asked" for one in asked)
    changes = tuple(str(change) for change in Change if may_ask and hindrance(
        change, is_safety=limit is not None and limit.safety, is_event=row.kind == "event",
        stands_still=row.status == "paused",
    ) is None)
    runs = row.status == "running" and row.due_at is not None and row.due_at > unit.now
    return ClockView(
        task_clock(row, limit), row.case_id, row.code, row.task_id, row.title or "", row.unit,
        limit.start_event if limit else "", row.started_at, row.original_due_at, row.breached_at, row.late_reason,
        row.budget, row.consumed, limit.pauses if limit is not None and runs and row.clock_pause else (),
        row.status == "paused" and bool(row.clock_pause), changes,
        bool(row.clock_pause) and row.breached_at is not None and row.late_reason is None,
        _pauses(unit, row.id), asked,
    )


def _pauses(unit: Unit, deadline_id: str) -> tuple[PauseLine, ...]:
    rows = unit.conn.execute(
        select(Pause, User.name).outerjoin(User, User.id == Pause.by_id)
        .where(Pause.deadline_id == deadline_id).order_by(Pause.from_at)
    )
    return tuple(PauseLine(row.ground, row.from_at, row.to_at, row.name or "") for row in rows)


def _asked(unit: Unit, actor: Actor, clock: Row[Any]) -> tuple[ChangeLine, ...]:
    asker, decider = aliased(User), aliased(User)
    rows = unit.conn.execute(
        select(ClockRequest, asker.name.label("asked_name"), decider.name.label("decided_name"))
        .outerjoin(asker, asker.id == ClockRequest.asked_by).outerjoin(decider, decider.id == ClockRequest.decided_by)
        .where(ClockRequest.deadline_id == clock.id).order_by(ClockRequest.asked_at, ClockRequest.id)
    )
    return tuple(
        ChangeLine(
            row.id, row.kind, row.ground, row.units, row.start_at, row.status, row.asked_name or "", row.asked_at,
            row.decided_name or "", row.decided_at, row.due_before, row.due_after,
            row.status == "asked" and clock.status in LIVE and bool(clock.clock_grant)
            and row.asked_by != actor.user_id,
        )
        for row in rows
    )
