"""What a run waits for beside tasks: called processes, messages and limits, each with the element it stands at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm import engine
from nrm.records.run_states import open_state
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.run import Run
from nrm.records.unit import Unit
from nrm.vocabulary.errors import NotFound, StateRefused
from nrm.vocabulary.happenings import WaitKind, WaitOpened
from nrm.wiring.library import Published


@dataclass(frozen=True, slots=True)
class Awaited:
    """A message or a limit the run waits for. ``kind``: message, limit; ``name``: the message, the limit's key.

    ``attached_to``: the element it would interrupt or run beside; empty where the run itself stands there.
    """

    element: str
    title: str
    kind: str
    name: str
    attached_to: str | None
    due_at: datetime | None


def run_waits(unit: Unit, published: Published, case_id: str, run_id: str) -> tuple[WaitOpened, ...]:
    """Return what an open run waits for, tasks too; nothing where its state cannot be read (an erased case)."""
    sealed = unit.conn.execute(select(Run.state).where(Run.id == run_id)).scalar_one()
    if sealed is None:
        return ()
    try:
        state = open_state(unit, sealed, case_id=case_id, run_id=run_id, bundle=published.digest)
        return engine.open_waits(published.program, state)
    except (NotFound, StateRefused):
        return ()


def awaited(unit: Unit, published: Published, case_id: str, waits: tuple[WaitOpened, ...]) -> tuple[Awaited, ...]:
    """Return the messages and limits among the waits, with the due times of the limits."""
    due = _due_times(unit, case_id)
    return tuple(
        Awaited(
            wait.element, (element := published.elements[wait.element]).title, str(wait.kind), wait.name,
            element.attached_to, due.get(wait.wait_id),
        )
        for wait in waits if wait.kind in (WaitKind.MESSAGE, WaitKind.LIMIT)
    )


def _due_times(unit: Unit, case_id: str) -> Mapping[str, datetime]:
    """Return when the limits of a case that still run fall due, by wait id: two may have one limit."""
    rows = unit.conn.execute(
        select(Deadline.wait_id, Deadline.due_at).where(
            Deadline.case_id == case_id, Deadline.kind == "event", Deadline.status == "running",
        )
    )
    return {row.wait_id: row.due_at for row in rows}
