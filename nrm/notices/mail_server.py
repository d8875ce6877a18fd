"""Handing a letter to a mail server: encrypted and verified, within bounds of time, failures told by their kind."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cached_property
from threading import Timer

from nrm.deployment.settings import Security, Smtp
from nrm.notices.channels import NotDelivered
from nrm.notices.letters import Letter

ANSWER_S = 10.0
"""So long one answer of the server is waited for."""
WHOLE_S = 45.0
"""So long handing over one letter takes at most: a server that answers in drops is hung up on."""
SEVEN_BITS = SMTP.clone(cte_type="7bit")
"""Any server on the way takes such a letter as it is."""
PERMANENT = 500
"""Answers from here on mean: never."""


class MailServer:
    """A channel to a mail server: one connection for each letter."""

    def __init__(self, smtp: Smtp, *, answer_s: float = ANSWER_S, whole_s: float = WHOLE_S) -> None:
        self._smtp = smtp
        self._answer_s = answer_s
        self._whole_s = whole_s
        self._domain = parseaddr(smtp.mail_from)[1].rpartition("@")[2] or "localhost"

    def __call__(self, letter: Letter) -> None:
        """Hand over one letter. Raises NotDelivered."""
        message = as_message(letter, self._smtp.mail_from, self._domain)
        with self._signed_in() as server:
            _hand_over(server, message)

    @contextmanager
    def _signed_in(self) -> Iterator[smtplib.SMTP]:
        """Give a connection on which letters are taken; what goes wrong before concerns every letter."""
        with _every_letter():
            server = self._connected()
        too_long = Timer(self._whole_s, _hang_up, [server])
        too_long.daemon = True
        too_long.start()
        try:
            with _every_letter():
                self._sign_in(server)
            yield server
        finally:
            # The letter is handed over or it is not: how the server takes its leave changes nothing.
            with suppress(OSError):
                server.quit()
            server.close()
            too_long.cancel()

    def _connected(self) -> smtplib.SMTP:
        smtp = self._smtp
        if smtp.security is Security.TLS:
            return smtplib.SMTP_SSL(smtp.host, smtp.port, self._domain, timeout=self._answer_s, context=self._context)
        return smtplib.SMTP(smtp.host, smtp.port, self._domain, timeout=self._answer_s)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        smtp = self._smtp
        if smtp.security is Security.STARTTLS:
            server.starttls(context=self._context)
        if smtp.user and smtp.password_file is not None:
            server.login(smtp.user, smtp.password_file.read_text(encoding="utf-8").strip())

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Certificates and host name are checked; ``smtp_ca_file`` names who is trusted besides nobody else."""
        return ssl.create_default_context(cafile=self._smtp.ca_file)


def as_message(letter: Letter, sender: str, domain: str) -> EmailMessage:
    """Return a letter as it goes over the wire. Raises NotDelivered for an address that is none."""
    message = EmailMessage(policy=SEVEN_BITS)
    try:
        message["To"] = Address(addr_spec=letter.to)
    except (ValueError, IndexError, MessageError):
        raise NotDelivered("address", final=True) from None
    message["From"], message["Subject"] = sender, letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.message_id}@{domain}>"
    # RFC 3834: written by a program, so that no other program answers.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.body)
    return message


@contextmanager
def _every_letter() -> Iterator[None]:
    """Tell failures that have nothing to do with the letter."""
    try:
        yield
    except (ssl.SSLError, smtplib.SMTPNotSupportedError):
        raise NotDelivered("not secure", nobody_there=True) from None
    except smtplib.SMTPResponseException as refused:
        raise NotDelivered(f"refused {refused.smtp_code}", nobody_there=True) from None
    except OSError as error:
        kind = "file not read" if getattr(error, "filename", None) else "no answer"
        raise NotDelivered(kind, nobody_there=True) from None


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        raise _refused(next(iter(refused.recipients.values()))[0]) from None
    except smtplib.SMTPSenderRefused as refused:
        raise NotDelivered(f"refused {refused.smtp_code}", nobody_there=True) from None
    except smtplib.SMTPResponseException as refused:
        raise _refused(refused.smtp_code) from None
    except smtplib.SMTPNotSupportedError:  # an address that is not ASCII, before a server that takes no other
        raise NotDelivered("address", final=True) from None
    except OSError:
        raise NotDelivered("no answer") from None


def _refused(code: int) -> NotDelivered:
    return NotDelivered(f"refused {code}", final=code >= PERMANENT)


def _hang_up(server: smtplib.SMTP) -> None:
    """End a conversation from outside: whoever waits for the server's answer hears that the line is gone."""
    line = server.sock
    if line is not None:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)
