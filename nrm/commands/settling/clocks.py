"""The clocks of one act: armed, ended and counted anew; rows of ``deadline``, computed by the rules (design 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update
from sqlalchemy.engine import Row

from nrm.records.prepared import Write
from nrm.records.tables.deadline import NOT_ENDED, Deadline, Pause
from nrm.records.tables.task import Task
from nrm.rules.calendars import Calendar
from nrm.rules.ladders import rung_times
from nrm.rules.limits import CASE_OPENED, Due, TimeLimit, consumed, reckon
from nrm.rules.stands import Stand
from nrm.vocabulary.errors import NotReady
from nrm.wiring.library import Published

if TYPE_CHECKING:
    from nrm.commands.settling.live_run import LiveRun
    from nrm.commands.settling.settlement import Settlement

ARMED, CORRECTED, RESTARTED, FACT = "armed", "corrected", "restarted", "fact:"
"""What a clock is counted from."""

# Built once: building a statement costs more than running it.
_ARMED = Write(insert(Deadline))
_ENDED = Write(update(Deadline).where(
    Deadline.case_id == bindparam("case"), Deadline.wait_id == bindparam("wait"), NOT_ENDED,
))


@dataclass(frozen=True, slots=True)
class Armed:
    """What was armed for a wait: when the first of its limits runs out, if that is known."""

    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recount:
    """A clock counted anew: its dates before and after, and why."""

    before: datetime | None
    after: datetime | None
    why: tuple[str, ...]

    def told(self, limit_key: str) -> dict[str, object]:
        """What the history keeps of it."""
        return {"limit": limit_key, "before": _iso(self.before), "after": _iso(self.after), "why": list(self.why)}


class Clocks:
    """The deadlines one act arms, ends and counts anew, in as few statements as there are kinds of change."""

    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement
        self._unit = settlement.unit
        self._new: dict[str, list[dict[str, object]]] = {}
        """Wait id -> its clocks."""
        self._ended: dict[str, str] = {}
        """Wait id -> how its clocks ended."""

    def arm(
        self, run: LiveRun, wait_id: str, *, limits: Iterable[str], ladder: str, agency_id: str, is_task: bool,
    ) -> Armed:
        """Arm the named limits of a wait. Raises NotReady where the bundle does not carry one."""
        rows = self._new[wait_id] = [self._row(run, wait_id, key, ladder, agency_id, is_task) for key in limits]
        dues = [at for row in rows if isinstance(at := row["due_at"], datetime)]
        return Armed(min(dues, default=None))

    def end(self, wait_id: str, status: str) -> None:
        """End the clocks of a wait: ``met``, ``disarmed`` or ``fired``."""
        for row in self._new.get(wait_id, ()):
            row.update(status=status, next_rung_at=None, running_since=None)
        if wait_id not in self._new:
            self._ended.setdefault(wait_id, status)

    def is_ending(self, wait_id: str) -> bool:
        """Whether this act ends the clocks of a wait."""
        return wait_id in self._ended

    def flush(self) -> None:
        """Write what was armed and ended; count anew what is counted from a date that has changed."""
        conn = self._unit.conn
        _ENDED.run_all(conn, [
            {"case": self._settlement.case_id, "wait": wait_id, "status": status, "next_rung_at": None,
             "running_since": None}
            for wait_id, status in self._ended.items()
        ])
        managed_by = self._settlement.case.agency_id
        _ARMED.run_all(conn, [{**row, "managed_by": managed_by} for rows in self._new.values() for row in rows])
        self._new, self._ended = {}, {}
        self._dates_changed(self._settlement.facts.dates_set)

    def recount(self, row: Row[Any], *, round_again: bool = False, **changes: object) -> Recount:
        """Count one open clock anew from its ledger, with some columns changed first.

        ``changes``: columns of ``deadline`` (budget, started_at, basis, status, calendar). ``round_again``: rungs that
        lie ahead again are told again. The task's own due time follows. Writes no history: the caller says why.
        """
        now, published = self._unit.now, self._published(row)
        limit, calendar = published.limits[row.limit_key], self._calendar(str(changes.get("calendar", row.calendar)))
        given: dict[str, Any] = {"started_at": row.started_at, "budget": row.budget, **changes}
        stands = stands_of(self._unit, row.id)
        due = self._reckoned(limit, given["started_at"], calendar, int(given["budget"]), stands)
        still = bool(stands) and stands[-1].to_at is None
        values: dict[str, object] = {
            **given, "due_at": due.at, "why": list(due.steps), "running_since": None if still else now,
            "consumed": 0 if given["started_at"] is None else consumed(
                limit, given["started_at"], now, calendar, stands),
            "status": "paused" if still else _status(row, due.at, now),
        }
        values |= self._rungs_ahead(row, published, values, calendar, stands, round_again=round_again)
        self._unit.conn.execute(update(Deadline).where(Deadline.id == row.id).values(**values))
        if row.task_id:
            self.follow(row.task_id)
        if row.breached_at is not None and values["status"] != "breached":
            self._settlement.escalations.over(Deadline.id == row.id)
        return Recount(row.due_at, due.at, due.steps)

    def waive(self, row: Row[Any]) -> Recount:
        """End one clock because it is not needed; whatever it waits for goes on without a limit."""
        self._unit.conn.execute(
            update(Deadline).where(Deadline.id == row.id)
            .values(status="waived", next_rung_at=None, next_rung=0, running_since=None)
        )
        if row.task_id:
            self.follow(row.task_id)
        if row.breached_at is not None:
            self._settlement.escalations.over(Deadline.id == row.id)
        return Recount(row.due_at, None, ())

    def explain(self, which: ColumnElement[bool], reason: str) -> None:
        """Keep why the missed clocks that ``which`` selects were missed, where nobody has said so yet."""
        self._unit.conn.execute(
            update(Deadline).where(which, Deadline.breached_at.is_not(None), Deadline.late_reason.is_(None))
            .values(late_reason=reason, late_by=self._unit.actor.user_id, late_at=self._unit.now)
        )

    def follow(self, task_id: str) -> None:
        """Let a task be due when the first of its clocks is."""
        first = select(func.min(Deadline.due_at)).where(Deadline.task_id == task_id, NOT_ENDED).scalar_subquery()
        self._unit.conn.execute(
            update(Task).where(Task.id == task_id, Task.due_at.is_distinct_from(first))
            .values(due_at=first, version=Task.version + 1)
        )

    # -- small things -------------------------------------------------------------------------

    def _row(
        self, run: LiveRun, wait_id: str, key: str, ladder: str, agency_id: str, is_task: bool
    ) -> dict[str, object]:
        published, now = run.published, self._unit.now
        limit = published.limits.get(key)
        if limit is None:
            raise NotReady(f"The process names the time limit {key}, which its version does not carry.")
        calendar_id = self._settlement.calendar_of(agency_id)
        calendar = self._calendar(calendar_id)
        started, basis = self._start(limit, run, calendar)
        due = self._reckoned(limit, started, calendar, limit.budget, ())
        ladder_key = ladder or limit.ladder
        begin = now if limit.before else started
        rungs = self._rungs(published, ladder_key, begin, due.at, calendar, ()) if is_task else ()
        return {
            "id": self._settlement.system.new_id(), "case_id": self._settlement.case_id, "run_id": run.id,
            "wait_id": wait_id, "task_id": wait_id if is_task else None, "kind": "task" if is_task else "event",
            "limit_key": key, "ladder": ladder_key, "agency_id": agency_id, "calendar": calendar_id,
            "length": limit.length, "unit": str(limit.unit), "armed_at": now, "started_at": started, "basis": basis,
            "budget": limit.budget, "consumed": 0, "running_since": now, "status": "running", "round": 1,
            "due_at": due.at, "original_due_at": due.at,
            "next_rung_at": rungs[0][1] if rungs else (None if is_task else due.at),
            "next_rung": 1 if rungs or (is_task and due.at is None) else 0, "breached_at": None, "why": list(due.steps),
        }

    def _start(self, limit: TimeLimit, run: LiveRun, calendar: Calendar) -> tuple[datetime | None, str]:
        """From when a clock is counted: now, the opening of the case, or the date its limit names, where known."""
        if not limit.starts:
            return self._unit.now, ARMED
        if limit.starts == CASE_OPENED:
            return self._settlement.case.opened_at, CASE_OPENED
        day = self._settlement.facts.for_run(run.id, run.published).get(limit.starts)
        return _midnight(day, calendar), FACT + limit.starts

    def _reckoned(
        self, limit: TimeLimit, started: datetime | None, calendar: Calendar, budget: int, stands: Sequence[Stand]
    ) -> Due:
        if started is None:
            return Due(None, ())
        return reckon(limit, started, calendar, budget=budget, stands=stands)

    def _rungs(
        self, published: Published, ladder: str, start: datetime | None, due: datetime | None, calendar: Calendar,
        stands: Sequence[Stand],
    ) -> tuple[tuple[int, datetime], ...]:
        if ladder not in published.ladders or due is None or start is None:
            return ()
        return rung_times(start, due, published.ladders[ladder], calendar, stands)

    def _rungs_ahead(
        self, row: Row[Any], published: Published, values: Mapping[str, Any], calendar: Calendar,
        stands: Sequence[Stand], *, round_again: bool,
    ) -> dict[str, object]:
        """The next rung after a change: what was told is not told again, but in a new round."""
        if row.kind == "event":
            return {"next_rung_at": values["due_at"]}
        begin = row.armed_at if published.limits[row.limit_key].before else values["started_at"]
        times = self._rungs(published, row.ladder, begin, values["due_at"], calendar, stands)
        if values["due_at"] is None:  # which rung comes next is kept for when it goes on
            return {"next_rung_at": None}
        first = row.next_rung or len(times) + 1
        if round_again and any(at > self._unit.now for no, at in times if no < first):
            later = [(no, at) for no, at in times if at > self._unit.now]
            return {"round": row.round + 1, **_next(later)}
        return _next([(no, at) for no, at in times if no >= first])

    def _dates_changed(self, names: Collection[str]) -> None:
        """Count anew every open clock of the case that is counted from one of these dates."""
        if not names:
            return
        wanted = [FACT + name for name in sorted(names)]
        for row in self._unit.conn.execute(
            select(Deadline).where(Deadline.case_id == self._settlement.case_id, Deadline.basis.in_(wanted), NOT_ENDED)
        ).all():
            run = self._settlement.run(row.run_id)
            day = self._settlement.facts.for_run(run.id, run.published).get(row.basis.removeprefix(FACT))
            started = _midnight(day, self._calendar(row.calendar))
            if started != row.started_at:
                self.say_recounted(row, self.recount(row, started_at=started, round_again=True), "date_changed")

    def say_recounted(self, row: Row[Any], recount: Recount, outcome: str) -> None:
        """Enter into the history that a clock was counted anew, and tell whoever has the task."""
        self._settlement.ledger.enter(
            "clock.recounted", f"deadline:{row.id}", outcome=outcome, payload=recount.told(row.limit_key),
        )
        if row.task_id and recount.before != recount.after:
            holder = self._unit.conn.execute(select(Task.assignee_id).where(Task.id == row.task_id)).scalar()
            if holder:
                self._settlement.notices.tell(holder, "due_changed", row.task_id, self._unit.now)

    def _published(self, row: Row[Any]) -> Published:
        return self._settlement.run(row.run_id).published

    def _calendar(self, calendar_id: str) -> Calendar:
        return self._settlement.calendars[calendar_id]


def stands_of(unit: Any, deadline_id: str) -> tuple[Stand, ...]:
    """Return when a clock stood still, in order."""
    rows = unit.conn.execute(
        select(Pause.from_at, Pause.to_at, Pause.ground).where(Pause.deadline_id == deadline_id).order_by(Pause.from_at)
    )
    return tuple(Stand(row.from_at, row.to_at, row.ground) for row in rows)


def _status(row: Row[Any], due: datetime | None, now: datetime) -> str:
    """A missed clock is missed no more where its time lies ahead again; that it was stays in ``breached_at``."""
    return "breached" if row.status == "breached" and due is not None and due <= now else "running"


def _next(times: Sequence[tuple[int, datetime]]) -> dict[str, object]:
    number, at = times[0] if times else (0, None)
    return {"next_rung": number, "next_rung_at": at}


def _midnight(day: object, calendar: Calendar) -> datetime | None:
    return calendar.instant(day, time()) if isinstance(day, date) else None


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
