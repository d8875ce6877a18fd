"""The clocks of a case as the tables have them, each with its limit, ladder, calendar, pauses, changes and rungs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from nrm.records.tables.deadline import LIVE, ClockRequest, Deadline, Pause, RungFired
from nrm.records.tables.run import Run
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.calendars import Calendar
from nrm.rules.ladders import Ladder, rung_times
from nrm.rules.limits import TimeLimit
from nrm.rules.stands import Stand
from nrm.wiring.system import System

OPEN = ("open", "claimed")


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock with everything that is counted from; ``limit`` and ``ladder`` are those of its run's version."""

    row: Row[Any]
    task: Row[Any] | None
    limit: TimeLimit | None
    ladder: Ladder | None
    calendar: Calendar
    pauses: Sequence[Row[Any]] = ()
    requests: Sequence[Row[Any]] = ()
    fired: Sequence[Row[Any]] = ()

    @property
    def is_live(self) -> bool:
        """Whether the clock has not ended."""
        return self.row.status in LIVE

    @property
    def stands(self) -> tuple[Stand, ...]:
        """When it stood still, in order."""
        return tuple(Stand(one.from_at, one.to_at, one.ground) for one in self.pauses)

    @property
    def begin(self) -> datetime | None:
        """What half of the time is measured from."""
        begin: datetime | None = self.row.started_at
        return self.row.armed_at if self.limit is not None and self.limit.before else begin

    @property
    def rungs(self) -> tuple[tuple[int, datetime], ...]:
        """The number and true time of every rung of the ladder; none while it is not known when it is due."""
        if self.ladder is None or self.row.due_at is None or self.begin is None:
            return ()
        return rung_times(self.begin, self.row.due_at, self.ladder, self.calendar, self.stands)

    @property
    def told(self) -> frozenset[int]:
        """The numbers of the rungs that were told in this round."""
        return frozenset(one.rung for one in self.fired if one.round == self.row.round)


def clock_rows(system: System, unit: Unit, case_id: str) -> tuple[ClockRow, ...]:
    """Return every clock of a case, ended ones too, in the order in which they were armed."""
    rows = unit.conn.execute(
        select(Deadline).where(Deadline.case_id == case_id).order_by(Deadline.armed_at, Deadline.id)
    ).all()
    bundles = _by_id(unit, select(Run.id, Run.bundle).where(Run.id.in_({row.run_id for row in rows})))
    tasks = _by_id(unit, select(Task).where(Task.id.in_({row.task_id for row in rows if row.task_id})))
    mine = select(Deadline.id).where(Deadline.case_id == case_id)
    pauses = _of_clock(unit, select(Pause).where(Pause.deadline_id.in_(mine)).order_by(Pause.from_at, Pause.id))
    asked = _of_clock(
        unit, select(ClockRequest).where(ClockRequest.deadline_id.in_(mine))
        .order_by(ClockRequest.asked_at, ClockRequest.id)
    )
    fired = _of_clock(
        unit, select(RungFired).where(RungFired.deadline_id.in_(mine)).order_by(RungFired.round, RungFired.rung)
    )
    calendars, made = system.calendars(unit), []
    for row in rows:
        run = bundles.get(row.run_id)
        known = system.library.published(unit.conn, run.bundle) if run is not None else system.configuration
        made.append(ClockRow(
            row, tasks.get(row.task_id), known.limits.get(row.limit_key), known.ladders.get(row.ladder or ""),
            calendars.get(row.calendar) or next(iter(calendars.values())),
            pauses[row.id], asked[row.id], fired[row.id],
        ))
    return tuple(made)


def _by_id(unit: Unit, query: Select[*tuple[Any, ...]]) -> Mapping[str, Row[*tuple[Any, ...]]]:
    return {row.id: row for row in unit.conn.execute(query)}


def _of_clock(unit: Unit, query: Select[*tuple[Any, ...]]) -> Mapping[str, list[Row[*tuple[Any, ...]]]]:
    found: defaultdict[str, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    rows: Iterable[Row[*tuple[Any, ...]]] = unit.conn.execute(query)
    for row in rows:
        found[row.deadline_id].append(row)
    return found
