"""Notices inside and letters to send: rows written with the act, carried out after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Select, and_, case, insert, literal_column, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from nrm.records.prepared import Write
from nrm.records.tables.notice import IS_WAITING, Notice, Outbox
from nrm.records.unit import Unit
from nrm.vocabulary.mail import Weight

# Built once: building a statement costs more than running it.
_NOTICES = Write(insert(Notice))
_LETTERS = Write(insert(Outbox))

LONGEST_WAIT = timedelta(hours=4)
"""Between two tries."""


def add_notice(
    unit: Unit, *, user_id: str, kind: str, text_key: str, task_id: str | None = None,
    case_code: str | None = None, params: Mapping[str, int] | None = None,
) -> str:
    """Write a notice for someone and return its id. ``params``: the numbers its wording has places for."""
    notice_id = str(uuid4())
    add_notices(unit, [{
        "id": notice_id, "user_id": user_id, "kind": kind, "task_id": task_id, "case_code": case_code,
        "text_key": text_key, "at": unit.now, "read_at": None, "params": dict(params) if params else None,
    }])
    return notice_id


def add_notices(unit: Unit, rows: Sequence[Mapping[str, object]]) -> None:
    """Write notices: every column of ``Notice``."""
    _NOTICES.run_all(unit.conn, rows)


def add_outgoing(
    unit: Unit, *, user_id: str, next_at: datetime, weight: Weight = Weight.ORDINARY,
    template: str = "something_to_see", case_id: str | None = None, task_id: str | None = None,
) -> str:
    """Put a letter into the outbox and return its id.

    ``case_id`` and ``task_id``: what it is about, looked at again before it is sent and never in it.
    """
    row_id = str(uuid4())
    _LETTERS.run(unit.conn, {
        "id": row_id, "channel": "mail", "user_id": user_id, "template": template, "params": {}, "at": unit.now,
        "status": "waiting", "attempts": 0, "next_at": next_at, "message_id": str(uuid4()), "weight": weight.value,
        "count": 1, "case_id": case_id, "task_id": task_id, "error": None, "sent_at": None,
    })
    return row_id


def take_outgoing(unit: Unit, *, safety: bool) -> Sequence[Row[Any]]:
    """Lock and return the rows of the next letter that is due; empty where none is.

    A letter about danger is one row. All others of one person that are due go in one letter, under the message id
    of the first of them: the first stays the first as long as it waits, so that another try has the same id.
    On PostgreSQL rows that somebody else holds are skipped; whoever holds a person's first row holds the letter.
    """
    first = unit.conn.execute(_first_due(unit.now, safety=safety)).first()
    if first is None or safety:
        return [] if first is None else [first]
    others = select(Outbox).where(
        IS_WAITING, Outbox.user_id == first.user_id, Outbox.weight != Weight.SAFETY, Outbox.next_at <= unit.now,
        Outbox.id != first.id,
    ).order_by(Outbox.at, Outbox.id).with_for_update(skip_locked=True)
    return [first, *unit.conn.execute(others)]


def _first_due(now: datetime, *, safety: bool) -> Select[Any]:
    wanted = (
        select(Outbox).where(IS_WAITING, Outbox.next_at <= now)
        .order_by(Outbox.next_at, Outbox.id).limit(1).with_for_update(skip_locked=True, of=Outbox)
    )
    if safety:
        return wanted.where(Outbox.weight == Weight.SAFETY)
    before = aliased(Outbox)
    return wanted.where(Outbox.weight != Weight.SAFETY, ~select(before.id).where(
        before.user_id == Outbox.user_id, before.status == literal_column("'waiting'"), before.weight != Weight.SAFETY,
        or_(before.attempts > Outbox.attempts, and_(
            before.attempts == Outbox.attempts,
            tuple_(before.at, before.id) < tuple_(Outbox.at, Outbox.id),
        )),
    ).exists())


def begin_try(unit: Unit, rows: Sequence[Row[Any]]) -> datetime:
    """Count a try before it is made, so that one that kills its sender is counted too; return when the next may be.

    The instant is the mark of this try: :func:`end_try` changes nothing where another one has begun since.
    """
    tries = max(row.attempts for row in rows) + 1
    again_at = unit.now + min(timedelta(minutes=2 ** tries), LONGEST_WAIT)
    unit.conn.execute(
        update(Outbox).where(_among(rows)).values(attempts=Outbox.attempts + 1, next_at=again_at)
    )
    return again_at


def postpone(unit: Unit, rows: Sequence[Row[Any]], until: datetime) -> None:
    """Let a letter wait, without counting a try."""
    unit.conn.execute(update(Outbox).where(_among(rows)).values(next_at=until))


def end_try(unit: Unit, rows: Sequence[Row[Any]], again_at: datetime) -> None:
    """Record that the letter went: the first row stands for all that were in it."""
    unit.conn.execute(
        update(Outbox).where(_among(rows), IS_WAITING, Outbox.next_at == again_at).values(
            status="sent", sent_at=unit.now, next_at=None, error=None,
            count=case((Outbox.id == rows[0].id, len(rows)), else_=0),
        )
    )


def fail_try(unit: Unit, rows: Sequence[Row[Any]], again_at: datetime, *, error: str, final: bool) -> None:
    """Record that the letter did not go: it waits for the next try, or is a dead letter. ``error``: a kind only."""
    over = {"status": "failed", "next_at": None} if final else {}
    unit.conn.execute(
        update(Outbox).where(_among(rows), IS_WAITING, Outbox.next_at == again_at).values(error=error, **over)
    )


def drop_outgoing(unit: Unit, rows: Sequence[Row[Any]]) -> None:
    """What these rows were to tell is over: nothing is sent."""
    unit.conn.execute(update(Outbox).where(_among(rows)).values(status="dropped", next_at=None))


def _among(rows: Sequence[Row[Any]]) -> ColumnElement[bool]:
    return Outbox.id.in_([row.id for row in rows])
