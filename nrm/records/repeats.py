"""Repeated requests: the same idempotency key brings the same answer, once only, for 24 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError

from nrm.records.refusals import TryAgain, in_our_words
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
    """Claim a key in the act's own transaction: None to go on, or the first answer.

    Who goes on calls :func:`finish_once` or :func:`release` before the commit, so that nobody ever reads a claim
    without its answer. Who comes while the first is at work waits for its commit.

    InvalidInput ``idempotency_key_reused`` when the payload differs; Conflict ``in_flight`` where the first takes
    longer than one waits for a lock.
    """
    fingerprint = unit.ring.mac(_PURPOSE, payload)
    place = _row(unit, route, key)
    unit.conn.execute(delete(Idempotency).where(*place, Idempotency.at <= unit.now - REMEMBERED))
    if _claimed(unit, route, key, fingerprint):
        return None
    row = unit.conn.execute(select(Idempotency).where(*place)).one_or_none()
    if row is None or row.status is None or row.answer_sealed is None:
        raise TryAgain  # forgotten between the two statements
    if row.fingerprint != fingerprint:
        raise InvalidInput("This key was used for another request", code="idempotency_key_reused")
    return Replay(row.status, unit.ring.open(_PURPOSE, row.answer_sealed, _about(unit, route, key)))


def finish_once(unit: Unit, route: str, key: str, answer: Replay) -> None:
    """Remember the answer, sealed, in the act's own transaction."""
    sealed = unit.ring.seal(_PURPOSE, answer.body, _about(unit, route, key))
    unit.conn.execute(
        update(Idempotency).where(*_row(unit, route, key)).values(status=answer.status, answer_sealed=sealed)
    )


def release(unit: Unit, route: str, key: str) -> None:
    """Give a claimed key back: nothing was done, so it may be asked again."""
    unit.conn.execute(delete(Idempotency).where(*_row(unit, route, key)))


def forget_old(unit: Unit, now: datetime) -> int:
    """Delete what is older than 24 hours; returns how many."""
    return unit.conn.execute(delete(Idempotency).where(Idempotency.at <= now - REMEMBERED)).rowcount


def _claimed(unit: Unit, route: str, key: str, fingerprint: str) -> bool:
    row = upsert(Idempotency).values(
        user_id=unit.actor.user_id, route=route, key=key, fingerprint=fingerprint, at=unit.now
    )
    try:
        return unit.conn.execute(row.on_conflict_do_nothing().returning(Idempotency.at)).first() is not None
    except DBAPIError as error:
        if isinstance(in_our_words(error), TryAgain):
            raise Conflict("What you sent first is still being carried out. Wait a moment, then look.",
                           code="in_flight") from None
        raise


def _row(unit: Unit, route: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (Idempotency.user_id == unit.actor.user_id, Idempotency.route == route, Idempotency.key == key)


def _about(unit: Unit, route: str, key: str) -> str:
    return f"idempotency:{unit.actor.user_id}/{route}/{key}"
