"""The board of clocks: what is overdue, due soon or stands still, by agency, limit, rung and age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.engine import Row

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import cases_in_scope, not_kept, require_role, ways_to
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import IS_PAUSED, IS_TICKING, Deadline, Pause, RungFired
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

STATES = ("overdue", "soon", "later", "all", "paused")
SOON = timedelta(days=2)
AGES = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
"""How long something is overdue at least."""


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """Which clocks. ``state``: overdue, soon (within two days), later, all that run, or paused.

    ``time_limit``: the limit's key; ``rung``: the highest rung told; ``age``: overdue for at least a day, week or
    month; ``begin`` and ``until``: due from the one instant on and before the other.
    """

    state: str = "overdue"
    agency: str | None = None
    district: str | None = None
    time_limit: str | None = None
    rung: int | None = None
    age: str | None = None
    begin: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for name, value, known in (("state", self.state, STATES), ("age", self.age, AGES)):
            if value is not None and value not in known:
                raise InvalidInput(fields={name: [f"Choose one of: {', '.join(known)}."]})


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """One armed time limit: by code, with the task it belongs to and how far its ladder has climbed."""

    id: str
    case_id: str
    case_code: str
    task_id: str | None
    title: str
    role: str
    agency_id: str
    agency_name: str
    assignee_name: str | None
    district: str
    limit_key: str
    ladder: str
    kind: str
    status: str
    """running, breached, or paused."""
    armed_at: datetime
    due_at: datetime | None
    """None while it stands still."""
    is_overdue: bool
    ground: str
    """Why it stands still; empty where it runs."""
    paused_at: datetime | None
    rung: int
    """The highest rung that was told; 0 where nobody was."""
    next_rung_at: datetime | None
    why: tuple[str, ...]
    opens: bool
    """Whether the reader may look at all clocks of the case, not only at those of their own agency's tasks."""


def deadlines_board(
    system: System, actor: Actor, *, wanted: BoardFilter, after: str | None = None, limit: int | None = None,
) -> Page[DeadlineLine]:
    """List clocks, the one due first on top; those that stand still by how long they do.

    Raises NotAllowed without the permission, InvalidInput for an unknown cursor.
    """
    policy = system.configuration.policy
    require_role(actor, Permission.DEADLINES_BOARD, policy)
    opens = cases_in_scope(actor, Permission.CASE_PROCESS, policy)
    with system.database.reader(actor) as unit:
        return board_page(system, unit, wanted, reach(system, actor), opens, after=after, limit=limit)


def board_page(
    system: System, unit: Unit, wanted: BoardFilter, within: ColumnElement[bool], opens: ColumnElement[bool], *,
    after: str | None = None, limit: int | None = None,
) -> Page[DeadlineLine]:
    """List clocks ``within`` a condition on them; ``opens``: the cases whose clocks the reader may look at."""
    place = read_cursor(after, datetime, str)
    ordered = Pause.from_at if wanted.state == "paused" else Deadline.due_at
    found = _found(wanted).where(within, *conditions(wanted, unit.now))
    if place is not None:
        found = found.where(following((ordered, Deadline.id), place))
    ids = found.order_by(ordered, Deadline.id).limit(take(limit)).subquery()
    rows = unit.conn.execute(
        _lines(opens).where(Deadline.id.in_(select(ids.c.id))).order_by(ordered, Deadline.id)
    ).all()
    shown, more = one_page(rows, page_size(limit))
    last = shown[-1] if more else None
    return Page(
        tuple(_line(system, unit, row) for row in shown),
        None if last is None else cursor(last.from_at or last.due_at, last.id),
    )


TOLD = case(
    (Deadline.next_rung > 0, Deadline.next_rung - 1),
    else_=select(func.coalesce(func.max(RungFired.rung), 0)).where(
        RungFired.deadline_id == Deadline.id, RungFired.round == Deadline.round
    ).scalar_subquery(),
)
"""The highest rung that was told; rungs are told in order, so the one before the next one to come."""


def reach(system: System, actor: Actor) -> ColumnElement[bool]:
    """Return the condition on clocks: those of cases in scope, and of the actor's own agency's tasks.

    No case is looked up: so the walk along what is due stays in its index.
    """
    ways = ways_to(
        actor, Permission.CASE_PROCESS, system.configuration.policy, case_id=Deadline.case_id,
        managed_by=Deadline.managed_by,
    )
    return and_(not_kept(Deadline.case_id, actor), or_(Deadline.agency_id == actor.agency_id, *ways))


def conditions(wanted: BoardFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Return what a filter asks of clocks."""
    found: list[ColumnElement[bool]] = {
        "overdue": [IS_TICKING, Deadline.due_at < now],
        "soon": [IS_TICKING, Deadline.due_at >= now, Deadline.due_at < now + SOON],
        "later": [IS_TICKING, Deadline.due_at >= now + SOON], "all": [IS_TICKING], "paused": [IS_PAUSED],
    }[wanted.state]
    if wanted.agency:
        found.append(Deadline.agency_id == wanted.agency)
    if wanted.district:
        found.append(exists().where(Case.id == Deadline.case_id, Case.district == wanted.district))
    if wanted.time_limit:
        found.append(Deadline.limit_key == wanted.time_limit)
    if wanted.rung is not None:
        found.append(TOLD.in_([wanted.rung]))
    if wanted.age:
        found.append(Deadline.due_at < now - AGES[wanted.age])
    if wanted.begin is not None:
        found.append(Deadline.due_at >= wanted.begin)
    if wanted.until is not None:
        found.append(Deadline.due_at < wanted.until)
    return found


_STANDS = and_(Pause.deadline_id == Deadline.id, Pause.to_at.is_(None))


def _found(wanted: BoardFilter) -> Select[str]:
    """The ids of clocks; those that stand still with the interval they do."""
    found = select(Deadline.id)
    return found.join(Pause, _STANDS) if wanted.state == "paused" else found


def _lines(scope: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The clocks with their case, task and holder; the interval they stand still in is looked for where they do."""
    return (
        select(
            Deadline, Case.code, Case.district, Task.title, Task.role, User.name.label("assignee_name"),
            TOLD.label("told"), Pause.ground, Pause.from_at, scope.label("opens"),
        )
        .join(Case, Case.id == Deadline.case_id).outerjoin(Task, Task.id == Deadline.task_id)
        .outerjoin(User, User.id == Task.assignee_id).outerjoin(Pause, and_(_STANDS, IS_PAUSED))
    )


def _line(system: System, unit: Unit, row: Row[*tuple[Any, ...]]) -> DeadlineLine:
    return DeadlineLine(
        row.id, row.case_id, row.code, row.task_id, row.title or "", row.role or "", row.agency_id or "",
        system.agencies(unit).name(row.agency_id), row.assignee_name, row.district, row.limit_key, row.ladder or "",
        row.kind, row.status,
        row.armed_at, row.due_at, row.due_at is not None and row.due_at < unit.now, row.ground or "", row.from_at,
        row.told, row.next_rung_at, tuple(row.why or ()), bool(row.opens),
    )
