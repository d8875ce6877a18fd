"""Repeated requests: the same idempotency key brings the same answer, once only, for 24 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.tables.account import Idempotency
from nrm.records.unit import Unit
from nrm.vocabulary.errors import Conflict, InvalidInput

REMEMBERED = timedelta(hours=24)
_PURPOSE = "idempotency"


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer that was given the first time."""

    status: int
    body: bytes


def begin_once(unit: Unit, route: str, key: str, payload: bytes) -> Replay | None:
    """Claim a key for this act: None to go on (call :func:`finish_once` at the end), or the first answer.

    InvalidInput ``idempotency_key_reused`` when the payload differs; Conflict ``in_flight`` or TryAgain
    while the first is still being carried out.
    """
    fingerprint = unit.ring.mac(_PURPOSE, payload)
    place = _row(unit, route, key)
    fresh = upsert(Idempotency).values(
        user_id=unit.actor.user_id, route=route, key=key, fingerprint=fingerprint, at=unit.now
    ).on_conflict_do_nothing().returning(Idempotency.at)
    if unit.conn.execute(fresh).first() is not None:
        return None
    row = unit.conn.execute(select(Idempotency).where(*place)).one_or_none()
    if row is None or row.at <= unit.now - REMEMBERED:
        unit.conn.execute(delete(Idempotency).where(*place))
        unit.conn.execute(fresh)
        return None
    if row.fingerprint != fingerprint:
        raise InvalidInput("This key was used for another request", code="idempotency_key_reused")
    if row.status is None or row.answer_sealed is None:
        raise Conflict("The first request with this key is still being carried out", code="in_flight")
    return Replay(row.status, unit.ring.open(_PURPOSE, row.answer_sealed, _about(unit, route, key)))


def finish_once(unit: Unit, route: str, key: str, status: int, body: bytes) -> None:
    """Remember the answer, sealed, in the act's own transaction."""
    sealed = unit.ring.seal(_PURPOSE, body, _about(unit, route, key))
    unit.conn.execute(
        update(Idempotency).where(*_row(unit, route, key)).values(status=status, answer_sealed=sealed)
    )


def forget_old(unit: Unit, now: datetime) -> int:
    """Delete what is older than 24 hours; returns how many."""
    return unit.conn.execute(delete(Idempotency).where(Idempotency.at <= now - REMEMBERED)).rowcount


def _row(unit: Unit, route: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (Idempotency.user_id == unit.actor.user_id, Idempotency.route == route, Idempotency.key == key)


def _about(unit: Unit, route: str, key: str) -> str:
    return f"idempotency:{unit.actor.user_id}/{route}/{key}"
