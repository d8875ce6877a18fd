"""Send what the outbox holds: at least once, always with the same message id, never before the act's commit."""

from __future__ import annotations

import sys
from datetime import timedelta
from smtplib import SMTPException

from sqlalchemy import select

from nrm.deployment.settings import Sink
from nrm.notices.channels import Channel, to_console, to_file, to_server
from nrm.notices.letters import letter
from nrm.records.outgoing import outgoing_done, take_outgoing
from nrm.records.tables.account import User
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System

MOST_TRIES = 8


def channel_of(system: System) -> Channel:
    """Return where this installation's letters go."""
    settings = system.settings
    if settings.outbox is Sink.SMTP and settings.smtp is not None:
        smtp = settings.smtp
        return to_server(smtp.host, smtp.port, smtp.user, smtp.password_file, smtp.mail_from)
    if settings.outbox is Sink.CONSOLE:
        return to_console(sys.stderr)
    return to_file(settings.dir / "outbox.jsonl")


def send_outbox(system: System, *, channel: Channel | None = None, limit: int = 50) -> int:
    """Send up to ``limit`` letters; returns how many went. A failure is tried again, later each time."""
    send = channel or channel_of(system)
    product = system.configuration.product.name
    sent = 0
    with system.database.unit(SYSTEM) as unit:
        for row in take_outgoing(unit, limit):
            user = unit.conn.execute(
                select(User.email, User.language, User.status).where(User.id == row.user_id)
            ).first()
            if user is None or user.status != "active" or not user.email:
                outgoing_done(unit, row.id, status="failed", attempts=row.attempts)
                continue
            try:
                send(letter(to=user.email, language=user.language, product=product,
                            base_url=system.settings.base_url, message_id=row.message_id))
            except (OSError, SMTPException):
                tries = row.attempts + 1
                outgoing_done(
                    unit, row.id, status="failed" if tries >= MOST_TRIES else "waiting", attempts=tries,
                    next_at=unit.now + timedelta(minutes=2 ** tries),
                )
            else:
                outgoing_done(unit, row.id, status="sent", attempts=row.attempts + 1)
                sent += 1
    return sent
