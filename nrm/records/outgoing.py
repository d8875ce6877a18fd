"""Notices inside and messages to send: rows written with the act, carried out after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, insert, or_, select, update

from nrm.records.tables.notice import IS_WAITING, Notice, Outbox
from nrm.records.unit import Unit


def add_notice(
    unit: Unit, *, user_id: str, kind: str, text_key: str, task_id: str | None = None,
    case_code: str | None = None, params: Mapping[str, int] | None = None,
) -> str:
    """Write a notice for someone and return its id. ``params``: the numbers its wording has places for."""
    notice_id = str(uuid4())
    unit.conn.execute(insert(Notice).values(
        id=notice_id, user_id=user_id, kind=kind, task_id=task_id, case_code=case_code, text_key=text_key,
        at=unit.now, params=dict(params) if params else None,
    ))
    return notice_id


def add_outgoing(
    unit: Unit, *, user_id: str, template: str, params: Mapping[str, object] | None = None,
    channel: str = "mail",
) -> str:
    """Put something into the outbox and return its id. ``params`` hold nothing about the person."""
    row_id = str(uuid4())
    unit.conn.execute(insert(Outbox).values(
        id=row_id, channel=channel, user_id=user_id, template=template, params=dict(params or {}),
        at=unit.now, next_at=unit.now, message_id=f"{uuid4()}@nrm.invalid",
    ))
    return row_id


def take_outgoing(unit: Unit, limit: int = 20) -> list[Row[Any]]:
    """Return rows of ``outbox`` that are due, locked for this unit and skipped by others."""
    wanted = (
        select(Outbox)
        .where(IS_WAITING, or_(Outbox.next_at.is_(None), Outbox.next_at <= unit.now))
        .order_by(Outbox.next_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(unit.conn.execute(wanted).all())


def outgoing_done(
    unit: Unit, row_id: str, *, status: str, attempts: int, next_at: datetime | None = None
) -> None:
    """Record a try: ``sent``, ``failed``, or ``waiting`` with the instant of the next."""
    unit.conn.execute(
        update(Outbox).where(Outbox.id == row_id).values(status=status, attempts=attempts, next_at=next_at)
    )
