"""Arming and disarming time limits: rows of ``deadline``, computed by the rules, never by the engine (design 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, literal_column, update

from nrm.deployment.configuration import Configuration
from nrm.records.prepared import Write
from nrm.records.tables.deadline import Deadline
from nrm.records.unit import Unit
from nrm.rules.ladders import rung_times
from nrm.rules.limits import due_at
from nrm.vocabulary.errors import NotReady
from nrm.wiring.library import Published

# Built once: building a statement costs more than running it.
_ARMED = Write(insert(Deadline))
_ENDED = Write(update(Deadline).where(
    Deadline.case_id == bindparam("case"), Deadline.wait_id == bindparam("wait"),
    Deadline.status.in_([literal_column(f"'{status}'") for status in ("running", "paused", "breached")]),
))


@dataclass(frozen=True, slots=True)
class Armed:
    """An armed limit: when it runs out, and why that date, step by step."""

    due_at: datetime
    why: tuple[str, ...]


class Clocks:
    """The deadlines one act arms and ends, written in as few statements as there are kinds of change."""

    def __init__(self, unit: Unit, configuration: Configuration, case_id: str) -> None:
        self._unit = unit
        self._configuration = configuration
        self._case_id = case_id
        self._new: dict[str, dict[str, object]] = {}
        self._ended: dict[str, str] = {}
        """Wait id -> how its clock ended."""

    def arm(
        self, *, deadline_id: str, run_id: str, wait_id: str, task_id: str | None, published: Published,
        limit_key: str, ladder_key: str | None, agency_id: str, calendar: str,
    ) -> Armed:
        """Arm a named limit for a wait. Raises NotReady where the bundle does not carry the limit."""
        limit = published.limits.get(limit_key)
        if limit is None:
            raise NotReady(f"The process names the time limit {limit_key}, which its version does not carry.")
        now = self._unit.now
        due = due_at(now, limit, self._configuration.calendars[calendar])
        ladder_name = ladder_key or limit.ladder
        rungs = self._rungs(published, ladder_name, now, due.at, calendar) if task_id else ()
        self._new[wait_id] = {
            "id": deadline_id, "case_id": self._case_id, "run_id": run_id, "wait_id": wait_id, "task_id": task_id,
            "kind": "task" if task_id else "event", "limit_key": limit_key, "ladder": ladder_name,
            "agency_id": agency_id, "calendar": calendar, "length": limit.length, "unit": str(limit.unit),
            "budget": limit.length, "consumed": 0, "original_due_at": due.at,
            "armed_at": now, "started_at": now, "basis": "armed", "running_since": now, "round": 1,
            "status": "running", "due_at": due.at,
            "next_rung_at": rungs[0][1] if rungs else (None if task_id else due.at),
            "next_rung": rungs[0][0] if rungs else 0, "breached_at": None, "why": list(due.steps),
        }
        return Armed(due.at, due.steps)

    def end(self, wait_id: str, status: str) -> None:
        """End the clock of a wait: ``met``, ``disarmed`` or ``fired``."""
        if wait_id in self._new:
            self._new[wait_id]["status"] = status
            self._new[wait_id]["next_rung_at"] = None
        else:
            self._ended.setdefault(wait_id, status)

    def flush(self) -> None:
        """Write what was armed and ended."""
        _ENDED.run_all(self._unit.conn, [
            {"case": self._case_id, "wait": wait_id, "status": status, "next_rung_at": None}
            for wait_id, status in self._ended.items()
        ])
        _ARMED.run_all(self._unit.conn, list(self._new.values()))
        self._new, self._ended = {}, {}

    def _rungs(
        self, published: Published, ladder: str | None, armed: datetime, due: datetime, calendar: str
    ) -> tuple[tuple[int, datetime], ...]:
        if ladder is None or ladder not in published.ladders:
            return ()
        return rung_times(armed, due, published.ladders[ladder], self._configuration.calendars[calendar])
