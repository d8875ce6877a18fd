"""Batches: how far each is, what is done, what was left and why; seen by who may move tasks of that agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.engine import Row

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import not_kept, reaches_every_agency, require_having
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.task import Task
from nrm.records.tables.work import Batch, BatchLine
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

SEEING = (Permission.TASK_REASSIGN, Permission.USERS_MANAGE, Permission.AGENCIES_MANAGE)
UNDOABLE = ("move_tasks", "rehoming")
STATUSES = ("waiting", "done", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch and how far it is; lines of cases that the reader is kept from are not counted."""

    id: str
    kind: str
    by_name: str
    at: datetime
    status: str
    ended_at: datetime | None
    total: int
    waiting: int
    done: int
    skipped: int
    failed: int
    undoes: str | None
    may_undo: bool


@dataclass(frozen=True, slots=True)
class BatchLineView:
    """One line: what it is about, by code; ``why``: why it was left or failed."""

    id: str
    what: str
    label: str
    case_code: str
    status: str
    to_name: str
    why: str


def batches(
    system: System, actor: Actor, *, after: str | None = None, limit: int | None = None
) -> Page[BatchView]:
    """List the batches the actor may see, the newest first. Raises NotAllowed, InvalidInput."""
    visible = _visible(system, actor)
    place = read_cursor(after, datetime, str)
    query = _query().where(visible)
    if place is not None:
        query = query.where(following((Batch.at, Batch.id), place, descending=True))
    with system.database.reader(actor) as unit:
        rows: Any = unit.conn.execute(query.order_by(Batch.at.desc(), Batch.id.desc()).limit(take(limit))).all()
        shown, more = one_page(rows, page_size(limit))
        views = tuple(_view(unit, actor, row) for row in shown)
    return Page(views, cursor(shown[-1].at, shown[-1].id) if more else None)


def batch_view(system: System, actor: Actor, *, batch_id: str) -> BatchView:
    """Return one batch. Raises NotFound, NotAllowed."""
    with system.database.reader(actor) as unit:
        require_batch(system, unit, actor, batch_id)
        return _view(unit, actor, unit.conn.execute(_query().where(Batch.id == batch_id)).one())


def batch_lines(
    system: System, actor: Actor, *, batch_id: str, status: str | None = None, after: str | None = None,
    limit: int | None = None,
) -> Page[BatchLineView]:
    """List the lines of a batch, of one status where asked. Raises NotFound, NotAllowed, InvalidInput."""
    place = read_cursor(after, str)
    wanted = select(BatchLine, Case.code).join(Case, Case.id == BatchLine.case_id).where(
        BatchLine.batch_id == batch_id, not_kept(BatchLine.case_id, actor)
    )
    if status in STATUSES:
        wanted = wanted.where(BatchLine.status == status)
    if place is not None:
        wanted = wanted.where(following((BatchLine.id,), place))
    with system.database.reader(actor) as unit:
        require_batch(system, unit, actor, batch_id)
        rows: Any = unit.conn.execute(wanted.order_by(BatchLine.id).limit(take(limit))).all()
        shown, more = one_page(rows, page_size(limit))
        lines = _lines(unit, shown)
    return Page(lines, cursor(shown[-1].id) if more else None)


def require_batch(system: System, unit: Unit, actor: Actor, batch_id: str) -> Any:
    """Return a batch the actor may see. Raises NotFound, NotAllowed."""
    row = unit.conn.execute(select(Batch).where(Batch.id == batch_id, _visible(system, actor))).first()
    if row is None:
        raise NotFound
    return row


def _visible(system: System, actor: Actor) -> ColumnElement[bool]:
    policy = system.configuration.policy
    if actor.is_system or reaches_every_agency(actor, Permission.USERS_MANAGE, policy):
        return Batch.id.is_not(None)
    require_having(actor, policy, *SEEING)
    return Batch.by_id.in_(select(User.id).where(User.agency_id == actor.agency_id))


def _query() -> Select[*tuple[Any, ...]]:
    return select(Batch, User.name.label("by_name")).outerjoin(User, User.id == Batch.by_id)


def _view(unit: Unit, actor: Actor, row: Row[Any]) -> BatchView:
    counted = dict.fromkeys(STATUSES, 0)
    counted.update((one.status, one.n) for one in unit.conn.execute(
        select(BatchLine.status, func.count().label("n"))
        .where(BatchLine.batch_id == row.id, not_kept(BatchLine.case_id, actor)).group_by(BatchLine.status)
    ))
    return BatchView(
        row.id, row.kind, row.by_name or "", row.at, row.status, row.ended_at, sum(counted.values()),
        counted["waiting"], counted["done"], counted["skipped"], counted["failed"], row.undoes,
        row.kind in UNDOABLE and row.status == "done" and row.undoes is None and counted["done"] > 0,
    )


def _lines(unit: Unit, rows: Sequence[Row[Any]]) -> tuple[BatchLineView, ...]:
    titles = _by_id(unit, Task.id, Task.title, {str(row.params.get("id", "")) for row in rows})
    names = _by_id(unit, User.id, User.name, {str(_receiver(row) or "") for row in rows})
    return tuple(
        BatchLineView(
            row.id, str(row.params.get("what", "")), titles.get(str(row.params.get("id")), ""), row.code, row.status,
            names.get(str(_receiver(row)), ""), str(row.result.get("skipped") or row.result.get("failed") or ""),
        )
        for row in rows
    )


def _receiver(row: Row[Any]) -> object:
    """Who got it: what the line came to, else what it was to come to."""
    return row.result.get("to_user") or row.params.get("to_user")


def _by_id(unit: Unit, key: Any, value: Any, ids: set[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in unit.conn.execute(select(key, value).where(key.in_(sorted(ids))))}
