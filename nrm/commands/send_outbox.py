"""Send what the outbox holds: at least once, always with the same message id, never before the act's commit.

A try is counted and committed before it is made, and what came of it is recorded after: no transaction is open while
a mail server thinks. Who dies in between repeats one letter, under its old message id.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.mail_times import not_before
from nrm.deployment.settings import Sink
from nrm.notices.channels import Channel, NotDelivered, to_console, to_file
from nrm.notices.letters import Letter, invitation_letter, letter, trial_letter
from nrm.notices.mail_server import MailServer
from nrm.queries.invitations import TEMPLATE as INVITATION
from nrm.queries.invitations import good_token
from nrm.queries.still_wanted import still_wanted
from nrm.records.outgoing import begin_try, drop_outgoing, end_try, fail_try, postpone, take_outgoing
from nrm.records.tables.account import User
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.mail import Weight
from nrm.wiring.system import System

MOST_TRIES = 12
"""About a day: 2, 4, 8 ... minutes, then four hours between two."""


class Came(Enum):
    """What came of one letter."""

    NOTHING_DUE = auto()
    SENT = auto()
    NOT_SENT = auto()
    """It waits, is a dead letter, or was not wanted any more."""
    NOBODY_THERE = auto()
    """The mail server is away: it would be so for every other letter."""


@dataclass(frozen=True, slots=True)
class _Try:
    """One letter, the rows it stands for, those that are over, and the mark of the try."""

    letter: Letter
    rows: Sequence[Row[Any]]
    over: Sequence[Row[Any]]
    again_at: datetime


def channel_of(system: System) -> Channel:
    """Return where this installation's letters go."""
    settings = system.settings
    if settings.outbox is Sink.SMTP and settings.smtp is not None:
        return MailServer(settings.smtp)
    if settings.outbox is Sink.CONSOLE:
        return to_console(sys.stderr)
    return to_file(settings.dir / "outbox.jsonl")


def send_outbox(
    system: System, *, channel: Channel | None = None, limit: int = 50, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Send up to ``limit`` letters, those about danger first; returns how many went.

    A failure is tried again, later each time. Where the mail server is away, one letter finds that out for all.
    """
    send = channel or channel_of(system)
    sent = tried = 0
    for safety in (True, False):
        while tried < limit and not stopping():
            came = _one(system, send, safety=safety)
            if came is Came.NOBODY_THERE:
                return sent
            if came is Came.NOTHING_DUE:
                break
            tried += 1
            sent += came is Came.SENT
    return sent


def _one(system: System, send: Channel, *, safety: bool) -> Came:
    with system.database.unit(SYSTEM) as unit:
        rows = take_outgoing(unit, safety=safety)
        if not rows:
            return Came.NOTHING_DUE
        begun = _begin(system, unit, rows)
    if begun is None:
        return Came.NOT_SENT
    try:
        send(begun.letter)
    except NotDelivered as failure:
        _failed(system, begun, failure)
        return Came.NOBODY_THERE if failure.nobody_there else Came.NOT_SENT
    with system.database.unit(SYSTEM) as unit:
        if begun.over:
            drop_outgoing(unit, begun.over)
        end_try(unit, begun.rows, begun.again_at)
    return Came.SENT


def _begin(system: System, unit: Unit, taken: Sequence[Row[Any]]) -> _Try | None:
    """Look again at what a letter is about and begin a try; None where it is not wanted, or not at this hour."""
    first = taken[0]
    user = unit.conn.execute(select(User).where(User.id == first.user_id)).first()
    rows = [row for row in taken if still_wanted(system, unit, user, row)]
    if user is None or not rows:
        drop_outgoing(unit, taken)
        return None
    weight = heaviest(rows)
    if weight is not Weight.SAFETY:
        at = not_before(system, unit, user.agency_id)
        if at > unit.now:
            postpone(unit, taken, at)
            return None
    again_at = begin_try(unit, taken)
    if not user.email:
        fail_try(unit, taken, again_at, error="no address", final=True)
        return None
    written = _written(system, unit, user, rows, weight)
    # What is over is dropped only when the letter went: its first row lends the message id to another try.
    return _Try(written, rows, [row for row in taken if row not in rows], again_at)


def _written(system: System, unit: Unit, user: Row[Any], rows: Sequence[Row[Any]], weight: Weight) -> Letter:
    first, base = rows[0], system.settings.base_url
    product = system.configuration.product.name
    if first.template == INVITATION:
        return invitation_letter(
            to=user.email, language=user.language, product=product,
            address=f"{base}/welcome/{good_token(unit, user.id)}", message_id=first.message_id, at=unit.now,
        )
    return letter(
        to=user.email, language=user.language, product=product, weight=weight, count=len(rows), base_url=base,
        message_id=first.message_id, at=unit.now,
    )


def _failed(system: System, begun: _Try, failure: NotDelivered) -> None:
    taken = [*begun.rows, *begun.over]
    final = failure.final or max(row.attempts for row in taken) + 1 >= MOST_TRIES
    with system.database.unit(SYSTEM) as unit:
        fail_try(unit, taken, begun.again_at, error=failure.kind, final=final)


def heaviest(rows: Sequence[Row[Any]]) -> Weight:
    """Return the weight of a letter that gathers several."""
    found = {row.weight for row in rows}
    return next(weight for weight in Weight if weight in found)


def try_channel(system: System, *, login: str) -> str:
    """Send a letter to an account at once; returns why it could not be sent, in few words, or an empty text.

    Raises NotFound where there is no active account of this name.
    """
    with system.database.reader(SYSTEM) as unit:
        user = unit.conn.execute(
            select(User).where(User.login == login.strip().lower(), User.status == "active")
        ).first()
        at = unit.now
    if user is None:
        raise NotFound("There is no active account of this name.")
    if not user.email:
        return "no address"
    written = trial_letter(
        to=user.email, language=user.language, product=system.configuration.product.name,
        base_url=system.settings.base_url, message_id=system.new_id(), at=at,
    )
    try:
        channel_of(system)(written)
    except NotDelivered as failure:
        return failure.kind
    return ""
