"""Giving a signed checkpoint to a place outside: a file, a mailbox, a web address; and what the place said to it."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Timer
from urllib.parse import urlsplit

from nrm.notices.channels import Channel, NotDelivered
from nrm.notices.letters import Letter
from nrm.rules.notes import BETWEEN, Note, NoteUnreadable, read_note

Receipt = Mapping[str, object]
"""What a place said, as plain values; kept for ever."""
ANSWER_S = 5.0
"""So long one answer of a server is waited for."""
WHOLE_S = 15.0
"""So long giving one checkpoint to a server takes at most."""
MOST_READ = 65_536
"""Bytes of a server's answer that are looked at."""


class NotAnchored(Exception):
    """A place did not take a checkpoint. ``kind`` says why in few words of ours."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def give_to_file(path: Path, note: str) -> Receipt:
    """Append a note to a file, unless it is the last one there already. Raises NotAnchored.

    A file whose last note speaks of more entries, or of other ones, refuses: then the history was set back.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError:
        raise NotAnchored("file not written") from None
    with os.fdopen(handle, "r+", encoding="utf-8") as file:
        try:
            _append(file.fileno(), _last_note(path), note)
        except OSError:
            raise NotAnchored("file not written") from None
    return {"sha256": hashlib.sha256(note.encode()).hexdigest()}


def give_by_mail(channel: Channel, *, to: str, subject: str, note: str, message_id: str, at: datetime) -> Receipt:
    """Send a note as a letter; every try has the same message id. Raises NotAnchored."""
    try:
        channel(Letter(to, subject, note, message_id, at))
    except NotDelivered as failure:
        raise NotAnchored(failure.kind) from None
    return {"message_id": message_id}


def give_to_server(
    url: str, note: str, *, trusted: ssl.SSLContext | None = None, answer_s: float = ANSWER_S, whole_s: float = WHOLE_S
) -> Receipt:
    """POST a note; an answer from 200 to 299 is a receipt. Follows no redirect, uses no proxy. Raises NotAnchored."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        context = trusted or ssl.create_default_context()
        line = http.client.HTTPSConnection(host, parts.port, timeout=answer_s, context=context)
    else:
        line = http.client.HTTPConnection(host, parts.port, timeout=answer_s)
    too_long = Timer(whole_s, _hang_up, [line])
    too_long.daemon = True
    too_long.start()
    try:
        line.request("POST", parts.path or "/", note.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        answer = line.getresponse()
        body = answer.read(MOST_READ)
        if answer.length and len(body) < MOST_READ:
            raise NotAnchored("no answer")
    except ssl.SSLError:
        raise NotAnchored("not secure") from None
    except (OSError, http.client.HTTPException):
        raise NotAnchored("no answer") from None
    finally:
        too_long.cancel()
        line.close()
    if not 200 <= answer.status < 300:
        raise NotAnchored(f"refused {answer.status}")
    return {"status": answer.status, "sha256": hashlib.sha256(body).hexdigest()}


def _append(handle: int, last: Note | None, note: str) -> None:
    ours = read_note(note).checkpoint
    if last is not None:
        theirs = last.checkpoint
        if theirs.origin != ours.origin:
            raise NotAnchored("holds something else")
        if theirs.size > ours.size or (theirs.size == ours.size and theirs.root != ours.root):
            raise NotAnchored("holds another history")
        if theirs == ours:
            return
    os.write(handle, (note if last is None else BETWEEN + note).encode())
    os.fsync(handle)


def _last_note(path: Path) -> Note | None:
    """The last note of a file; None where it is empty. A file that holds anything else is not written to."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 2 * MOST_READ))
        text = file.read().decode(errors="replace")  # it may begin in the middle of a sign
    if not text:
        return None
    try:
        return read_note(text.rpartition(BETWEEN)[2])
    except NoteUnreadable:
        raise NotAnchored("holds something else") from None


def _hang_up(line: http.client.HTTPConnection) -> None:
    """End a conversation from outside: whoever waits for the server's answer hears that the line is gone."""
    sock = line.sock
    if sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
