"""A run while an act works on it: read once, advanced in memory, written once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from nrm.records.prepared import Read, Write
from nrm.records.run_states import open_state, seal_state
from nrm.records.tables.run import Run
from nrm.records.unit import Unit
from nrm.vocabulary.errors import NotFound
from nrm.wiring.library import Library, Published

# Built once: building a statement costs more than running it.
_RUN = Read(select(
    Run.id, Run.case_id, Run.process, Run.bundle, Run.parent_run_id, Run.parent_wait_id, Run.item, Run.started_at,
    Run.status, Run.outcome, Run.ended_at, Run.act_no, Run.state,
).where(Run.id == bindparam("wanted")))
_NEW = Write(insert(Run))
_MOVED = Write(update(Run).where(Run.id == bindparam("wanted")))

OPEN_STATUSES = ("open", "incident")


@dataclass(slots=True)
class LiveRun:
    """The working copy of one ``run`` row, with its state opened and its bundle at hand."""

    id: str
    case_id: str
    process: str
    published: Published
    parent_run_id: str | None
    parent_wait_id: str | None
    item: str | None
    started_at: datetime
    status: str = "open"
    outcome: str | None = None
    ended_at: datetime | None = None
    act_no: int = 0
    state: bytes = b""
    is_new: bool = False
    is_changed: bool = field(default=False)
    because: tuple[str, ...] = ()
    """Why this act started it."""

    @property
    def is_open(self) -> bool:
        """Return whether the run can still move."""
        return self.status in OPEN_STATUSES

    def advanced(self, state: bytes) -> None:
        """Take over the state of one more engine call."""
        self.state = state
        self.act_no += 1
        self.is_changed = True

    def end(self, status: str, outcome: str | None, at: datetime) -> None:
        """Mark the run as ended or cancelled; an ended run keeps its last state for replay."""
        self.status, self.outcome, self.ended_at = status, outcome, at
        self.is_changed = True


def read_run(unit: Unit, library: Library, run_id: str) -> LiveRun:
    """Read a run of the locked case. Raises NotFound, StateRefused."""
    row = _RUN.first(unit.conn, wanted=run_id)
    if row is None:
        raise NotFound("There is no such run.")
    state = open_state(unit, row.state, case_id=row.case_id, run_id=row.id, bundle=row.bundle)
    return LiveRun(
        row.id, row.case_id, row.process, library.published(unit.conn, row.bundle), row.parent_run_id,
        row.parent_wait_id, row.item, row.started_at, row.status, row.outcome, row.ended_at, row.act_no, state,
    )


def write_run(unit: Unit, run: LiveRun) -> None:
    """Write a run once, at the end of the act; a run that did not move is left alone."""
    if not (run.is_new or run.is_changed):
        return
    sealed = seal_state(unit, run.state, case_id=run.case_id, run_id=run.id, bundle=run.published.digest)
    moving = {
        "status": run.status, "outcome": run.outcome, "ended_at": run.ended_at, "act_no": run.act_no, "state": sealed,
    }
    if run.is_new:
        _NEW.run(unit.conn, {
            "id": run.id, "case_id": run.case_id, "process": run.process, "bundle": run.published.digest,
            "parent_run_id": run.parent_run_id, "parent_wait_id": run.parent_wait_id, "item": run.item,
            "started_at": run.started_at, "title": run.published.process.title, **moving,
        })
    else:
        _MOVED.run(unit.conn, {"wanted": run.id, **moving})

    run.is_new = run.is_changed = False
