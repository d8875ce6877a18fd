"""Drafts: what someone typed and has not sent, sealed, one per task and person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.case_keys import DRAFT
from nrm.records.prepared import Write
from nrm.records.tables.task import Draft
from nrm.records.types import canonical_json
from nrm.records.unit import Unit

_OF_TASK = select(Draft).where(Draft.task_id == bindparam("task"), Draft.user_id == bindparam("user"))
_DROPPED = Write(delete(Draft).where(Draft.task_id == bindparam("task"), Draft.user_id == bindparam("user")))


@dataclass(frozen=True, slots=True)
class DraftRead:
    """A draft as it was left; ``seen_version`` is the task's version its writer had before them."""

    answers: dict[str, object]
    updated_at: datetime
    seen_version: int | None


def write_draft(
    unit: Unit, *, task_id: str, case_id: str, answers: Mapping[str, object], seen_version: int | None = None
) -> None:
    """Save the actor's draft of a task, over the one before."""
    user = unit.actor.user_id
    sealed = unit.seal(case_id, DRAFT, canonical_json(dict(answers)).encode(), _place(task_id, user))
    row = upsert(Draft).values(
        task_id=task_id, user_id=user, case_id=case_id, sealed=sealed, updated_at=unit.now,
        seen_version=seen_version,
    )
    unit.conn.execute(row.on_conflict_do_update(
        index_elements=["task_id", "user_id"],
        set_={"sealed": sealed, "updated_at": unit.now, "seen_version": seen_version},
    ))


def read_draft(unit: Unit, task_id: str, user_id: str | None = None) -> DraftRead | None:
    """Return the draft of a task by someone (default: the actor), or None. KeyGone when erased."""
    user = user_id or unit.actor.user_id
    row = unit.conn.execute(_OF_TASK, {"task": task_id, "user": user}).one_or_none()
    if row is None:
        return None
    data = unit.open_sealed(row.case_id, DRAFT, row.sealed, _place(task_id, user))
    return DraftRead(orjson.loads(data), row.updated_at, row.seen_version)


def drop_draft(unit: Unit, task_id: str, user_id: str | None = None) -> None:
    """Delete the draft of a task by someone (default: the actor); nothing happens when there is none."""
    user = user_id or unit.actor.user_id
    _DROPPED.run(unit.conn, {"task": task_id, "user": user})


def _place(task_id: str, user_id: str) -> str:
    return f"draft:{task_id}/{user_id}"
