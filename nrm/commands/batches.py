"""Work on many cases that one act asked for: each line once, in a transaction of its own that locks its case."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.actions.registry import ACTIONS
from nrm.commands.batch_kinds import ENDINGS, KINDS
from nrm.commands.settling.settlement import Settlement
from nrm.records.refusals import DatabaseAway, TryAgain
from nrm.records.tables.case import Case
from nrm.records.tables.work import Batch, BatchLine
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NrmError
from nrm.wiring.system import System

FIRST_WAIT = timedelta(seconds=30)
MOST_TRIES = 8
"""A line that failed so often is given up, listed, and can be asked for again."""
UNFORESEEN = "Something in this case could not be handled; the worker's log names it."
log = logging.getLogger("nrm.batches")


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be done in one case; ``params`` as the batch's kind understands them."""

    case_id: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Drained:
    """What one round did: lines by how they ended, and batches that came to their end."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    ended: int = 0


def start_batch(
    system: System, unit: Unit, *, kind: str, lines: Iterable[Line], params: Mapping[str, object], by_id: str = "",
    undoes: str | None = None,
) -> str:
    """Write a batch with its lines in the caller's transaction; a worker carries it out. Returns its id."""
    if kind not in KINDS:
        raise ValueError(f"there is no batch of the kind {kind}")
    batch_id = system.new_id()
    rows = [
        {
            "id": system.new_id(), "batch_id": batch_id, "case_id": line.case_id, "params": dict(line.params),
            "status": "waiting", "next_at": unit.now, "tries": 0, "done_at": None, "result": {},
        }
        for line in lines
    ]
    unit.conn.execute(insert(Batch), [{
        "id": batch_id, "kind": kind, "by_id": by_id or unit.actor.user_id, "at": unit.now, "params": dict(params),
        "total": len(rows), "status": "running", "ended_at": None, "undoes": undoes,
    }])
    if rows:
        unit.conn.execute(insert(BatchLine), rows)
    return batch_id


def drain_batches(
    system: System, *, limit: int = 500, stopping: Callable[[], bool] = lambda: False
) -> Drained:
    """Carry out up to ``limit`` lines that wait, then what follows from batches without a waiting line."""
    counted = dict.fromkeys(("done", "skipped", "failed"), 0)
    while sum(counted.values()) < limit and not stopping():
        ended = _one(system)
        if not ended:
            break
        counted[ended] += 1
    return Drained(**counted, ended=_end_finished(system))


def _one(system: System) -> str:
    """Carry out the line that waits longest; return how it ended, empty where none waits."""
    line: Row[Any] | None = None
    try:
        with system.database.unit(SYSTEM) as unit:
            line = _take(unit)
            if line is None:
                return ""
            return _carry_out(system, unit, line)
    except Exception as error:
        # What is wrong in one case must not keep the others waiting; an absent database is no fault of it.
        if line is None or isinstance(error, DatabaseAway):
            raise
        log.warning("batch line %s: %s", line.id, type(error).__name__)
        _put_back(system, line, error)
        return "failed"


def _take(unit: Unit) -> Any:
    """Lock a line that waits together with its case; lines and cases that others hold are skipped."""
    return unit.conn.execute(
        select(BatchLine, Batch.kind, Batch.by_id, Batch.params.label("batch_params"))
        .join(Batch, Batch.id == BatchLine.batch_id).join(Case, Case.id == BatchLine.case_id)
        .where(BatchLine.status == "waiting", BatchLine.next_at <= unit.now)
        .order_by(BatchLine.next_at, BatchLine.id).limit(1)
        .with_for_update(skip_locked=True, key_share=True, of=[BatchLine, Case])
    ).first()


def _carry_out(system: System, unit: Unit, line: Row[Any]) -> str:
    case = unit.lock_case(line.case_id)
    settlement = Settlement(system, unit, case, actions=ACTIONS)
    result = dict(KINDS[line.kind](settlement, line))
    status = "skipped" if "skipped" in result else "done"
    if status == "done":
        settlement.settle()
        unit.conn.execute(
            update(Case).where(Case.id == case.id).values(version=case.version + 1, **settlement.case_values)
        )
    _write(unit, line.id, status=status, done_at=unit.now, result=result)
    return status


def _put_back(system: System, line: Row[Any], error: Exception) -> None:
    """Let a line wait longer after each failure; who was merely in the way costs no try."""
    tries = line.tries if isinstance(error, TryAgain) else line.tries + 1
    sentence = error.sentence if isinstance(error, NrmError) else UNFORESEEN
    with system.database.unit(SYSTEM) as unit:
        _write(
            unit, line.id, tries=tries, status="failed" if tries >= MOST_TRIES else "waiting",
            next_at=next_try(unit.now, tries), result={"failed": sentence},
        )


def next_try(now: datetime, tries: int) -> datetime:
    """Return when a line is tried again: after 30 seconds, then twice as long each time."""
    return now + FIRST_WAIT * (1 << max(0, tries - 1))


def _end_finished(system: System) -> int:
    """End the batches in which nothing waits any more; what follows from it is in the same transaction, once."""
    with system.database.reader(SYSTEM) as unit:
        waiting = select(BatchLine.id).where(BatchLine.batch_id == Batch.id, BatchLine.status == "waiting").exists()
        over = unit.conn.execute(select(Batch.id).where(Batch.status == "running", ~waiting)).scalars().all()
    return sum(_end(system, batch_id) for batch_id in over)


def _end(system: System, batch_id: str) -> bool:
    with system.database.unit(SYSTEM) as unit:
        ended = unit.conn.execute(
            update(Batch).where(Batch.id == batch_id, Batch.status == "running")
            .values(status="done", ended_at=unit.now)
        ).rowcount
        if not ended:
            return False
        batch = unit.conn.execute(select(Batch).where(Batch.id == batch_id)).one()
        if batch.kind in ENDINGS:
            ENDINGS[batch.kind](system, unit, batch)
        return True


def _write(unit: Unit, line_id: str, **values: object) -> None:
    unit.conn.execute(update(BatchLine).where(BatchLine.id == line_id).values(**values))
