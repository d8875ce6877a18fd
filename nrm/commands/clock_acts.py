"""What people do with clocks: let one stand still and go on, ask for a change that somebody else grants, say why late.

Pausing takes time out of the count on a ground the limit allows. Extending, waiving, restarting and correcting the
start change the date itself: one person asks, another one grants. Every act counts the clock anew, keeps what was,
and writes history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.settling.audience import supervisors_of
from nrm.commands.settling.clocks import CORRECTED, RESTARTED
from nrm.commands.settling.standing_still import enter_recount, limit_of, pause, resume
from nrm.commands.task_act import task_act
from nrm.records.same_person import is_same_person
from nrm.records.tables.deadline import LIVE, NOT_ENDED, ClockRequest, Deadline
from nrm.rules.clock_changes import hindrance
from nrm.rules.limits import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock_words import Change, ExtensionGround, LateReason, PauseGround, StartGround, WaiveGround
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

MOST_UNITS = 3660
EARLIEST_START = timedelta(days=366)
"""A start is corrected by a year at most: more is a mistake in typing."""


GROUNDS: Mapping[Change, type[ExtensionGround | WaiveGround | StartGround]] = {
    Change.EXTEND: ExtensionGround, Change.WAIVE: WaiveGround,
    Change.RESTART: StartGround, Change.CORRECT_START: StartGround,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: ``units`` in the limit's own unit (extend), ``start_at`` an instant (correct_start)."""

    kind: Change
    ground: str
    units: int | None = None
    start_at: datetime | None = None


def pause_clock(system: System, actor: Actor, *, deadline_id: str, ground: str) -> None:
    """Let a clock stand still from now on. Raises InvalidInput for a ground its limit does not allow, Conflict."""
    with _clock_act(system, actor, Permission.CLOCK_PAUSE, deadline_id) as (act, clock):
        limit = limit_of(act.settlement, clock)
        if not limit.pauses:
            raise Conflict("This time limit never stands still.", code="never_paused")
        if ground not in limit.pauses:
            raise InvalidInput(fields={"ground": ["Choose one of the grounds on which this limit may stand still."]})
        if clock.status != "running" or clock.due_at is None or clock.due_at <= act.unit.now:
            raise Conflict("This clock does not run, or it has run out: ask for more time instead.",
                           code="clock_not_running")
        pause(act.settlement, clock, PauseGround(ground), act.rule)


def resume_clock(system: System, actor: Actor, *, deadline_id: str) -> None:
    """Let a clock that stands still go on from now. Raises Conflict where it does not stand still."""
    with _clock_act(system, actor, Permission.CLOCK_PAUSE, deadline_id) as (act, clock):
        if clock.status != "paused":
            raise Conflict("This clock does not stand still.", code="clock_not_paused")
        resume(act.settlement, clock, act.rule)


def ask_change(system: System, actor: Actor, *, deadline_id: str, asked: Asked) -> str:
    """Ask for a change of a clock; returns the request's id. Raises InvalidInput, Conflict."""
    with _clock_act(system, actor, Permission.CLOCK_ASK, deadline_id) as (act, clock):
        _check(act, clock, asked)
        request_id = act.system.new_id()
        act.unit.conn.execute(insert(ClockRequest), [{
            "id": request_id, "case_id": clock.case_id, "deadline_id": clock.id, "kind": str(asked.kind),
            "ground": asked.ground, "units": asked.units, "start_at": asked.start_at, "status": "asked",
            "asked_by": actor.user_id, "asked_at": act.unit.now, "due_before": clock.due_at,
        }])
        act.enter("clock.change_asked", f"deadline:{clock.id}", outcome=str(asked.kind), payload={
            "request": request_id, "limit": clock.limit_key, "ground": asked.ground, "units": asked.units,
            "start_at": asked.start_at.isoformat() if asked.start_at else None,
        })
        for user_id in supervisors_of(
            act.unit, clock.agency_id, str(act.case.agency_id), without=act.settlement.kept_away
        ):
            act.settlement.notices.tell(user_id, "clock_asked", clock.task_id, act.unit.now)
        return request_id


def decide_change(system: System, actor: Actor, *, request_id: str, grant: bool) -> str:
    """Grant or refuse a change as the second person; returns the clock's id.

    Raises NotAllowed for who asked, Conflict where it is over.
    """
    with system.database.reader(actor) as unit:
        deadline_id: str | None = unit.conn.execute(
            select(ClockRequest.deadline_id).where(ClockRequest.id == request_id)
        ).scalar()
    if deadline_id is None:
        raise NotFound
    with _clock_act(system, actor, Permission.CLOCK_GRANT, deadline_id) as (act, clock):
        request = act.unit.conn.execute(select(ClockRequest).where(ClockRequest.id == request_id)).one()
        if request.status != "asked":
            raise Conflict("This was decided in the meantime.", code="already_decided")
        if is_same_person(act.unit.conn, request.asked_by, actor.user_id):
            raise NotAllowed("A second person has to decide this.", rule="separation:clock",
                             code="separation_of_duties")
        after = _granted(act, clock, request) if grant else clock.due_at
        act.unit.conn.execute(update(ClockRequest).where(ClockRequest.id == request_id).values(
            status="granted" if grant else "refused", decided_by=actor.user_id, decided_at=act.unit.now,
            due_after=after,
        ))
        if not grant:
            act.enter("clock.change_refused", f"deadline:{clock.id}", outcome=request.kind,
                      payload={"request": request_id, "asked_by": request.asked_by})
        act.settlement.notices.tell(
            request.asked_by, "clock_granted" if grant else "clock_refused", clock.task_id, act.unit.now)
        return deadline_id


def give_reason(system: System, actor: Actor, *, deadline_id: str, reason: str) -> None:
    """Say why a time limit was missed, for the people who do the task. Raises InvalidInput, Conflict."""
    with _clock_act(system, actor, Permission.CLOCK_PAUSE, deadline_id, live_only=False) as (act, clock):
        _require_reason(reason)
        _require_missed(clock.breached_at)
        act.settlement.clocks.explain(Deadline.id == clock.id, reason)
        act.enter("limit.explained", f"deadline:{clock.id}", outcome=reason, payload={"limit": clock.limit_key})


def give_task_reason(system: System, actor: Actor, *, task_id: str, reason: str) -> None:
    """Say why the time limits of one's own task were missed, before it is done. Raises InvalidInput, Conflict."""
    with task_act(system, actor, Permission.TASK_COMPLETE, task_id) as act:
        _require_reason(reason)
        _require_missed(act.task.breached_at)
        act.case.settlement.clocks.explain(Deadline.task_id == task_id, reason)
        act.case.enter("limit.explained", f"task:{task_id}", outcome=reason)


@contextmanager
def _clock_act(
    system: System, actor: Actor, permission: Permission, deadline_id: str, *, live_only: bool = True,
) -> Iterator[tuple[CaseAct, Row[Any]]]:
    """Open an act on the clock's case."""
    with system.database.reader(actor) as unit:
        case_id = unit.conn.execute(select(Deadline.case_id).where(Deadline.id == deadline_id)).scalar()
    if case_id is None:
        raise NotFound
    with case_act(system, actor, permission, case_id, open_only=live_only) as act:
        clock = act.unit.conn.execute(select(Deadline).where(Deadline.id == deadline_id)).one()
        if live_only and clock.status not in LIVE:
            raise Conflict("This clock has ended.", code="clock_ended")
        yield act, clock


def _require_reason(reason: str) -> None:
    if reason not in set(LateReason):
        raise InvalidInput(fields={"reason": ["Choose one of the listed reasons."]})


def _require_missed(breached_at: datetime | None) -> None:
    if breached_at is None:
        raise Conflict("This time limit was not missed.", code="not_missed")


def _granted(act: CaseAct, clock: Row[Any], request: Row[Any]) -> datetime | None:
    """Carry out what was asked for; returns when the clock is due now."""
    clocks, now = act.settlement.clocks, act.unit.now
    match Change(request.kind):
        case Change.EXTEND:
            added = request.units * (1 if Unit(clock.unit).in_days else 3600)
            recount = clocks.recount(clock, round_again=True, budget=clock.budget + added)
        case Change.WAIVE:
            recount = clocks.waive(clock)
        case Change.RESTART:
            recount = clocks.recount(clock, round_again=True, started_at=now, basis=RESTARTED)
        case Change.CORRECT_START:
            recount = clocks.recount(clock, round_again=True, started_at=request.start_at, basis=CORRECTED)
            for beside in _beside(act, clock):
                clocks.say_recounted(beside, clocks.recount(
                    beside, round_again=True, started_at=request.start_at, basis=CORRECTED), "start_corrected")
    enter_recount(act.settlement, f"clock.{_DONE[Change(request.kind)]}", clock, recount, request.ground, act.rule,
             request=request.id, asked_by=request.asked_by)
    return recount.after


def _beside(act: CaseAct, clock: Row[Any]) -> list[Row[Any]]:
    """The other open clocks of the same wait that were counted from the same moment: it is one start event."""
    return list(act.unit.conn.execute(
        select(Deadline).where(
            Deadline.case_id == clock.case_id, Deadline.wait_id == clock.wait_id, Deadline.id != clock.id, NOT_ENDED,
            Deadline.started_at == clock.started_at,
        ).order_by(Deadline.id)
    ))


_DONE = {Change.EXTEND: "extended", Change.WAIVE: "waived", Change.RESTART: "restarted",
         Change.CORRECT_START: "start_corrected"}


def _check(act: CaseAct, clock: Row[Any], asked: Asked) -> None:
    wrong: dict[str, list[str]] = {}
    if asked.ground not in set(GROUNDS[asked.kind]):
        wrong["ground"] = ["Choose one of the listed grounds."]
    if asked.kind is Change.EXTEND and not 1 <= (asked.units or 0) <= MOST_UNITS:
        wrong["units"] = ["Say how much time is added, as a whole number from 1."]
    if asked.kind is Change.CORRECT_START:
        start = asked.start_at
        if start is None or not clock.armed_at - EARLIEST_START <= start <= act.unit.now:
            wrong["start_at"] = ["Say when it really started: within the last year, and not later than now."]
    if wrong:
        raise InvalidInput(fields=wrong)
    found = hindrance(asked.kind, is_safety=limit_of(act.settlement, clock).safety, is_event=clock.kind == "event",
                      stands_still=clock.status == "paused")
    if found is not None:
        code, sentence = found
        raise Conflict(sentence, code=code)
    waiting = select(ClockRequest.id).where(ClockRequest.deadline_id == clock.id, ClockRequest.status == "asked")
    if act.unit.conn.execute(waiting).first() is not None:
        raise Conflict("A change of this clock is already waiting for a second person.", code="already_asked")
