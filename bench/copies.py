"""Many cases from one: a real case is opened once, and its rows are written again under new ids and new keys."""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, insert, select

from bench.installation import DISTRICT, Bench
from nrm.commands.open_case import open_case
from nrm.records.case_keys import HISTORY, STATE
from nrm.records.keys import KEY_BYTES
from nrm.records.run_states import open_state, seal_state
from nrm.records.tables.case import Case, TeamMember
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.history import ChainHead
from nrm.records.tables.key import CaseKey
from nrm.records.tables.run import Run
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM

CHUNK = 500
OF_CASE: Sequence[tuple[Any, Any]] = (
    (Case, Case.id), (TeamMember, TeamMember.case_id), (Run, Run.case_id), (Task, Task.case_id),
    (Deadline, Deadline.case_id), (ChainHead, ChainHead.chain),
)
"""The tables a copy has rows in, and the column that names the case. Keys and states are made anew."""
OWN_IDS = ("run", "task", "deadline", "team_member")
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Original:
    """A case as it was opened: its rows, and the state of its run in the clear."""

    case_id: str
    rows: Mapping[str, Sequence[Mapping[str, object]]]
    state: bytes


def original(bench: Bench, model: str) -> Original:
    """Open a case with the real act and read its rows."""
    opened = open_case(bench.system, bench.actor, process=model, district=DISTRICT, answers={"heard": "A call."})
    with bench.system.database.reader(SYSTEM) as unit:
        rows = {table.__tablename__: _rows(unit, table.__table__, column == opened.case_id)
                for table, column in OF_CASE}
        run = rows["run"][0]
        state = open_state(unit, bytes(run["state"]), case_id=opened.case_id, run_id=str(run["id"]),  # type: ignore[call-overload]
                           bundle=str(run["bundle"]))
    return Original(opened.case_id, rows, state)


def copies(bench: Bench, of: Original, count: int, *, due_at: datetime) -> None:
    """Write so many more cases whose task missed its limit at ``due_at``: one rung of each, the breach, is due."""
    for begin in range(0, count, CHUNK):
        with bench.system.database.unit(SYSTEM) as unit:
            made: dict[str, list[dict[str, object]]] = {}
            for _ in range(min(CHUNK, count - begin)):
                for table, rows in _copy(of, due_at).items():
                    made.setdefault(table, []).extend(rows)
            unit.conn.execute(insert(CaseKey), [
                _key(unit, str(row["id"]), category) for row in made["case"] for category in (HISTORY, STATE)
            ])
            for run in made["run"]:
                run["state"] = seal_state(
                    unit, of.state, case_id=str(run["case_id"]), run_id=str(run["id"]), bundle=str(run["bundle"]),
                )
            for table, _ in OF_CASE:
                unit.conn.execute(insert(table), made[table.__tablename__])


def _copy(of: Original, due_at: datetime) -> dict[str, list[dict[str, object]]]:
    """One more case: every id of a row of ours is another one, wherever it stands."""
    ids = {of.case_id, *(row["id"] for table in OWN_IDS for row in of.rows[table])}
    names = {old: str(uuid.uuid4()) for old in ids}
    made = {
        table: [{name: names.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
                for row in rows]
        for table, rows in of.rows.items()
    }
    number = next(_NUMBERS)
    made["case"][0]["code"] = made["task"][0]["case_code"] = f"B{number // 10**6:02}-{number % 10**6:06}"
    armed = due_at - timedelta(days=2)
    for row in made["deadline"]:
        if row["kind"] == "task":
            row.update(armed_at=armed, started_at=armed, due_at=due_at, next_rung=2, next_rung_at=due_at)
    return made


def _key(unit: Unit, case_id: str, category: str) -> dict[str, object]:
    wrapped = unit.ring.wrap(case_id, category, os.urandom(KEY_BYTES))
    return {"case_id": case_id, "category": category, "kek_id": unit.ring.kek_id, "made_at": unit.now,
            "wrapped": wrapped}


def _rows(unit: Unit, table: Table, condition: ColumnElement[bool]) -> list[dict[str, object]]:
    return [dict(row) for row in unit.conn.execute(select(table).where(condition)).mappings()]
