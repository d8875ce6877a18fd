"""Whether the work that nobody presses a button for gets done: workers, what is late, letters, batches, tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select

from nrm.deployment.anchors import too_few
from nrm.queries.calendars import calendars_ending
from nrm.queries.history_alarms import history_differs, is_unconfirmed
from nrm.queries.left_behind import LeftPlace, tasks_left_behind
from nrm.records.due import count_due_cases, longest_due
from nrm.records.tables.deadline import HAS_RUNG, Deadline, RungFired
from nrm.records.tables.notice import IS_WAITING, Outbox
from nrm.records.tables.run import Incident
from nrm.records.tables.work import BatchLine, Worker
from nrm.records.unit import Unit
from nrm.rules.access import decide
from nrm.rules.calendar_end import EndingCalendar
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

SEEN_WITHIN = timedelta(minutes=2)
"""A worker that was not seen for longer is taken for gone."""
MOST_LATE = timedelta(minutes=5)
SHOWN_FOR = timedelta(days=1)
"""Workers that stopped, or were last seen longer ago, are no longer shown."""
MOST = 10_000
"""More than so many are not counted."""
AHEAD = 5_000
"""So many of the rungs that come next are looked at for the next one of each ladder."""
MAY_SEE = (Permission.ADMIN_SETTINGS, Permission.DEADLINES_BOARD)


class Alarm(StrEnum):
    """What must not stay so."""

    NO_WORKER = "no_worker"
    LATE = "late"
    DEAD_LETTERS = "dead_letters"
    LEFT_BEHIND = "left_behind"
    HISTORY_DIFFERS = "history_differs"
    UNCONFIRMED = "unconfirmed"


SENTENCES = {
    Alarm.NO_WORKER: "No worker process was seen for two minutes: nobody is reminded, and no mail is sent.",
    Alarm.LATE: "What is due is handled more than five minutes late.",
    Alarm.DEAD_LETTERS: "There is mail that could not be sent.",
    Alarm.LEFT_BEHIND: "There are open tasks that nobody would do.",
    Alarm.HISTORY_DIFFERS: "The history does not continue what was signed of it. Keep everything as it is, and tell "
    "the data protection officer and the auditors.",
    Alarm.UNCONFIRMED: "No place outside has confirmed what was done more than two hours ago.",
}


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """One worker process since it started. ``lag_s``: how late the longest-due clock was when it was last seen."""

    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None
    is_alive: bool
    cases: int
    rungs: int
    sent: int
    failed: int
    lag_s: int


@dataclass(frozen=True, slots=True)
class LadderLine:
    """When a ladder last told somebody, and when it does next; None: not among the rungs that come next."""

    key: str
    title: str
    last_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """How it stands in numbers, and nothing else: for monitoring. Numbers end at 10,000."""

    alarms: tuple[Alarm, ...]
    workers: int
    """Seen within two minutes."""
    lag_s: int
    """How late the longest-due clock is, in seconds."""
    cases_due: int
    sweep_incidents: int
    """Cases the worker could not handle; it tries them again, and a coordinator sees why."""
    batches_waiting: int
    batches_failed: int
    letters_waiting: int
    letters_dead: int
    left_behind: int
    """Open tasks that nobody would do."""
    calendars_ending: int


@dataclass(frozen=True, slots=True)
class WorkHealth:
    """How it stands, for people."""

    at: datetime
    counts: WorkCounts
    workers: tuple[WorkerLine, ...]
    ladders: tuple[LadderLine, ...]
    calendars: tuple[EndingCalendar, ...]
    left_behind: tuple[LeftPlace, ...]
    signing: str
    """What is wrong with the places outside that keep signed checkpoints; empty where nothing is, and in a demo."""


def work_health(system: System, actor: Actor) -> WorkHealth:
    """Say how the work of the workers stands. Raises NotAllowed."""
    _require(system, actor)
    left = tasks_left_behind(system)
    with system.database.reader(actor) as unit:
        return WorkHealth(
            unit.now, _counts(system, unit, left.count), tuple(_workers(unit)), tuple(_ladders(system, unit)),
            calendars_ending(system, unit), left.places, _signing(system),
        )


def work_counts(system: System, actor: Actor) -> WorkCounts:
    """Say it in numbers only. Raises NotAllowed."""
    _require(system, actor)
    left = tasks_left_behind(system).count
    with system.database.reader(actor) as unit:
        return _counts(system, unit, left)


def _require(system: System, actor: Actor) -> None:
    decisions = [decide(actor, permission, None, system.configuration.policy) for permission in MAY_SEE]
    # The command line has no roles: whoever can start it has the installation's keys.
    if not (actor.is_system or any(decision.allowed for decision in decisions)):
        raise NotAllowed(decisions[0].sentence, rule=decisions[0].rule)


def _counts(system: System, unit: Unit, left: int) -> WorkCounts:
    due = longest_due(unit)
    lag = timedelta() if due is None else unit.now - due
    workers = _count(unit, Worker.seen_at > unit.now - SEEN_WITHIN, Worker.stopped_at.is_(None))
    dead = _count(unit, Outbox.status == "failed")
    alarms = {
        Alarm.NO_WORKER: not workers, Alarm.LATE: lag > MOST_LATE, Alarm.DEAD_LETTERS: dead, Alarm.LEFT_BEHIND: left,
        Alarm.HISTORY_DIFFERS: history_differs(system, unit), Alarm.UNCONFIRMED: is_unconfirmed(system, unit),
    }
    return WorkCounts(
        tuple(alarm for alarm, holds in alarms.items() if holds), workers, int(lag.total_seconds()),
        count_due_cases(unit, MOST),
        _count(unit, Incident.status.in_(("open", "waiting_second")), Incident.kind == "sweep_failed"),
        _count(unit, BatchLine.status == "waiting"), _count(unit, BatchLine.status == "failed"),
        _count(unit, IS_WAITING), dead, left, len(calendars_ending(system, unit)),
    )


def _signing(system: System) -> str:
    settings = system.settings
    if settings.is_demo:
        return ""
    if settings.signing_key_file is None:
        return "Nothing signs the history: name a signing_key_file."
    return too_few(settings.anchors)


def _count(unit: Unit, *conditions: ColumnElement[bool]) -> int:
    first = select(1).where(*conditions).limit(MOST).subquery()
    return unit.conn.execute(select(func.count()).select_from(first)).scalar_one()


def _workers(unit: Unit) -> Iterator[WorkerLine]:
    shown = or_(Worker.stopped_at.is_(None), Worker.stopped_at > unit.now - SHOWN_FOR)
    rows = unit.conn.execute(
        select(Worker).where(shown, Worker.seen_at > unit.now - SHOWN_FOR).order_by(Worker.seen_at.desc(), Worker.id)
    )
    for row in rows:
        is_alive = row.stopped_at is None and row.seen_at > unit.now - SEEN_WITHIN
        yield WorkerLine(
            row.started_at, row.seen_at, row.stopped_at, is_alive, row.cases, row.rungs, row.sent, row.failed,
            row.lag_s,
        )


def _ladders(system: System, unit: Unit) -> Iterator[LadderLine]:
    coming = (
        select(Deadline.ladder, Deadline.next_rung_at).where(HAS_RUNG).order_by(Deadline.next_rung_at)
        .limit(AHEAD).subquery()
    )
    rows = unit.conn.execute(
        select(coming.c.ladder, func.min(coming.c.next_rung_at).label("next_at")).group_by(coming.c.ladder)
    )
    following = {row.ladder: row.next_at for row in rows}
    for ladder in system.configuration.ladders.values():
        if ladder.rungs:
            last = unit.conn.execute(select(func.max(RungFired.at)).where(RungFired.ladder == ladder.key)).scalar()
            yield LadderLine(ladder.key, ladder.title, last, following.get(ladder.key))
