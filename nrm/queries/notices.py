"""Somebody's own notices: neutral words, by code, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.records.tables.account import User
from nrm.records.tables.notice import Notice
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice; ``text_key`` names the wording, ``task_title`` the task it is about."""

    id: str
    kind: str
    text_key: str
    task_id: str | None
    task_title: str
    case_code: str | None
    at: datetime
    read_at: datetime | None
    params: Mapping[str, int] = field(default_factory=dict, hash=False)
    """The numbers the wording has places for."""


def notices(
    system: System, actor: Actor, *, unread: bool = False, after: str | None = None, limit: int | None = None
) -> Page[NoticeLine]:
    """List the actor's notices. Raises InvalidInput for a damaged cursor."""
    place = read_cursor(after, datetime, str)
    query = (
        select(Notice, Task.title.label("task_title")).outerjoin(Task, Task.id == Notice.task_id)
        .where(Notice.user_id == actor.user_id)
    )
    if unread:
        query = query.where(Notice.read_at.is_(None))
    if place is not None:
        query = query.where(following((Notice.at, Notice.id), place, descending=True))
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(query.order_by(Notice.at.desc(), Notice.id.desc()).limit(take(limit))).all()
    shown, more = one_page(rows, page_size(limit))
    lines = tuple(
        NoticeLine(
            row.id, row.kind, row.text_key, row.task_id, row.task_title or "", row.case_code, row.at, row.read_at,
            row.params or {},
        )
        for row in shown
    )
    return Page(lines, cursor(shown[-1].at, shown[-1].id) if more else None)


def count_unread(system: System, actor: Actor) -> int:
    """Count the actor's unread notices."""
    with system.database.reader(actor) as unit:
        return unit.conn.execute(
            select(func.count()).select_from(Notice)
            .where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
        ).scalar_one()


def is_mail_muted(system: System, actor: Actor) -> bool:
    """Whether the actor wants no ordinary mail."""
    with system.database.reader(actor) as unit:
        return bool(unit.conn.execute(select(User.muted).where(User.id == actor.user_id)).scalar())
