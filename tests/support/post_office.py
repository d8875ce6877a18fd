"""A mail server that takes letters over the network, and does to them what its rules say."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum, auto
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from nrm.deployment.settings import Security, Smtp

HOST = "127.0.0.1"
SENDER = "office@mail.example"


class Fate(Enum):
    """What the server does with one letter."""

    TAKE = auto()
    TAKE_AND_SAY_TWICE = auto()
    """Acknowledges it twice: the second answer comes to a question nobody asked."""
    TAKE_LATE = auto()
    TAKE_AND_HANG_UP = auto()
    """It has the letter, and its sender never hears so."""
    TAKE_AND_REFUSE = auto()
    """It has the letter, and says that it has not."""
    REFUSE = auto()
    REFUSE_FOR_EVER = auto()
    HANG_UP = auto()


TAKEN = frozenset({Fate.TAKE, Fate.TAKE_AND_SAY_TWICE, Fate.TAKE_LATE})
TAKEN_UNHEARD = frozenset({Fate.TAKE_AND_HANG_UP, Fate.TAKE_AND_REFUSE})
"""Whatever comes of these, the sender cannot know that the letter arrived: it comes again."""


@dataclass(frozen=True)
class Arrived:
    """One letter that the server has, and whether its sender could know."""

    to: str
    message: EmailMessage
    fate: Fate

    @property
    def message_id(self) -> str:
        """The id without its brackets and domain."""
        return str(self.message["Message-ID"]).strip("<>").partition("@")[0]

    @property
    def text(self) -> str:
        """Everything that somebody could read: subject and body."""
        return f"{self.message['Subject']}\n{self.message.get_content()}"


@dataclass
class PostOffice:
    """Runs in a thread of its own; as a context it never outlives its block."""

    fate: Callable[[], Fate] = lambda: Fate.TAKE
    tls: ssl.SSLContext | None = None
    late_s: float = 0.05
    letters: list[Arrived] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._controller = _Controller(
            self, hostname=HOST, port=0, tls_context=self.tls, require_starttls=self.tls is not None,
        )
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._controller.port)

    def smtp(self, host: str = HOST, security: Security = Security.NONE, ca_file: Path | None = None) -> Smtp:
        """The settings of who sends here."""
        return Smtp(host, self.port, "", None, SENDER, security, ca_file)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a letter or not."""
        fate = self.fate()
        if fate in TAKEN | TAKEN_UNHEARD:
            message = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.letters.append(Arrived(envelope.rcpt_tos[0], message, fate))
        if fate is Fate.TAKE_LATE:
            await asyncio.sleep(self.late_s)  # the server's own slowness is what is tested
        if fate in (Fate.HANG_UP, Fate.TAKE_AND_HANG_UP):
            transport: Any = server.transport
            transport.abort()
        return ANSWERS.get(fate, "250 OK")


ANSWERS = {
    Fate.TAKE_AND_SAY_TWICE: "250 OK\r\n250 OK", Fate.TAKE_AND_REFUSE: "451 later", Fate.REFUSE: "451 later",
    Fate.REFUSE_FOR_EVER: "554 never",
}


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """The system has chosen the port: now it is known where to knock."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
