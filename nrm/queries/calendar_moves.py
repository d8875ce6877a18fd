"""What moves when a calendar is edited: every open clock whose due date would change, before anything is saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.engine import Row

from nrm.queries.calendar_edit import CalendarEdit, Weighed, weigh
from nrm.queries.paging import Page, cursor, page_size, read_cursor
from nrm.queries.scope import cases_in_scope
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import Deadline, Pause
from nrm.records.tables.run import Run
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.limits import reckon
from nrm.rules.stands import Stand
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

MOST = 2000
"""So many clocks are counted for one preview; more are said to be more."""
_SLACK = timedelta(days=2)
"""More than any zone is ahead of or behind UTC."""
_FREE_AT_MOST = timedelta(days=31)
"""No office is closed for longer: a last day that is free moves no farther than this."""


@dataclass(frozen=True, slots=True)
class Move:
    """A clock whose due date changes."""

    deadline_id: str
    case_id: str
    case_code: str
    task_id: str | None
    title: str
    limit_key: str
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Moves:
    """What an edit moves. ``others``: those of cases the reader does not see, as a number only."""

    calendars: tuple[str, ...]
    """Titles of the calendars in which the day counts differently."""
    total: int
    earlier: int
    others: int
    complete: bool
    """Whether every clock was counted; else there are more than these."""
    page: Page[Move]


def calendar_moves(
    system: System, actor: Actor, *, edit: CalendarEdit, after: str | None = None, limit: int | None = None,
) -> Moves:
    """Say which open clocks an edit would move, the one due first on top. Nothing is written.

    Raises what :func:`weigh` raises, InvalidInput for a damaged cursor.
    """
    place = read_cursor(after, datetime, str)
    with system.database.reader(actor) as unit:
        weighed = weigh(system, unit, actor, edit)
        rows = _touched(system, unit, actor, weighed)
        moved = list(_moved(system, unit, weighed, rows[:MOST]))
    size = page_size(limit)
    mine = [move for row, move in moved if row.mine]
    later = [move for move in mine if place is None or (move.before, move.deadline_id) > place]
    shown, more = later[:size], len(later) > size
    return Moves(
        tuple(sorted(calendar.title for calendar in weighed.after.values())), len(moved),
        sum(1 for _, move in moved if move.after < move.before), len(moved) - len(mine), len(rows) <= MOST,
        Page(tuple(shown), cursor(shown[-1].before, shown[-1].deadline_id) if more else None),
    )


def touched(calendars: Iterable[str], day: date, now: datetime) -> ColumnElement[bool]:
    """Return the condition on ``Deadline``: a clock of these calendars that runs, and runs over this day.

    What was due, or was missed, never moves; what stands still is counted when it runs again.
    """
    first = datetime.combine(day, time(), UTC) - _SLACK
    last = first + 2 * _SLACK + timedelta(days=1)
    return and_(
        Deadline.calendar.in_(sorted(calendars)), Deadline.status == "running", Deadline.due_at > now,
        Deadline.unit != "hours",
        # In calendar days every day counts: only the last one may be moved off a free day, or closed at another hour.
        or_(Deadline.unit != "calendar_days", Deadline.due_at.between(first, last + _FREE_AT_MOST)),
        # A clock that is counted back from a date is due before it begins.
        or_(Deadline.due_at >= first, Deadline.started_at >= first),
        or_(Deadline.started_at <= last, Deadline.due_at <= last),
    )


def counted_anew(calendars: Iterable[str], day: date, now: datetime) -> ColumnElement[bool]:
    """As :func:`touched`, with the missed clocks whose next rung is still to come: it may be in working days."""
    first = datetime.combine(day, time(), UTC) - _SLACK
    ahead = and_(
        Deadline.calendar.in_(sorted(calendars)), Deadline.status == "breached", Deadline.next_rung_at >= first,
    )
    return or_(touched(calendars, day, now), ahead)


def _touched(system: System, unit: Unit, actor: Actor, weighed: Weighed) -> Sequence[Row[Any]]:
    """Read the clocks of these calendars that run over the day, and whether the actor sees their cases."""
    mine = cases_in_scope(actor, Permission.CASE_PROCESS, system.configuration.policy)
    query: Select[*tuple[Any, ...]] = (
        select(
            Deadline.id, Deadline.case_id, Deadline.task_id, Deadline.limit_key, Deadline.calendar, Deadline.budget,
            Deadline.started_at, Deadline.due_at, Run.bundle, Case.code, Task.title, mine.label("mine"),
        )
        .join(Run, Run.id == Deadline.run_id).join(Case, Case.id == Deadline.case_id)
        .outerjoin(Task, Task.id == Deadline.task_id)
        .where(touched(weighed.after, weighed.edit.day, unit.now))
        .order_by(Deadline.due_at, Deadline.id).limit(MOST + 1)
    )
    return unit.conn.execute(query).all()


def _moved(
    system: System, unit: Unit, weighed: Weighed, rows: Sequence[Row[Any]]
) -> Iterator[tuple[Row[Any], Move]]:
    """Count each clock on its calendar as it would be, and yield those that are due at another time."""
    stands = _stands(unit, weighed)
    for row in rows:
        limit = system.library.published(unit.conn, row.bundle).limits[row.limit_key]
        due = reckon(
            limit, row.started_at, weighed.after[row.calendar], budget=row.budget, stands=stands.get(row.id, ()),
        ).at
        if due is not None and due != row.due_at:
            yield row, Move(row.id, row.case_id, row.code, row.task_id, row.title or "", row.limit_key, row.due_at, due)


def _stands(unit: Unit, weighed: Weighed) -> Mapping[str, list[Stand]]:
    """Return when the clocks stood still, by clock."""
    clocks = select(Deadline.id).where(touched(weighed.after, weighed.edit.day, unit.now))
    found: dict[str, list[Stand]] = {}
    for row in unit.conn.execute(
        select(Pause).where(Pause.deadline_id.in_(clocks)).order_by(Pause.from_at)
    ):
        found.setdefault(row.deadline_id, []).append(Stand(row.from_at, row.to_at, row.ground))
    return found
