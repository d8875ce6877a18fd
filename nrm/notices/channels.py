"""Where letters go: the console, a file, or a mail server."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import TextIO

from nrm.notices.letters import Letter

Channel = Callable[[Letter], None]
"""Sends one letter; raises OSError or SMTPException where it could not."""


def to_console(stream: TextIO) -> Channel:
    """Show letters on a stream."""

    def send(letter: Letter) -> None:
        stream.write(f"mail to {letter.to}: {letter.subject}\n")

    return send


def to_file(path: Path) -> Channel:
    """Append letters to a file, one JSON object a line."""

    def send(letter: Letter) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({
                "to": letter.to, "subject": letter.subject, "body": letter.body, "message_id": letter.message_id,
            }, ensure_ascii=False) + "\n")

    return send


def to_server(host: str, port: int, user: str, password_file: Path | None, sender: str) -> Channel:
    """Hand letters to a mail server over TLS."""

    def send(letter: Letter) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
        message["Message-ID"] = f"<{letter.message_id}>" if letter.message_id else make_msgid()
        message.set_content(letter.body)
        with smtplib.SMTP(host, port, timeout=20) as server:
            server.starttls()
            if user and password_file is not None:
                server.login(user, password_file.read_text(encoding="utf-8").strip())
            server.send_message(message)

    return send
