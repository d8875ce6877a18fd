"""Where letters go: the console, a file, or a mail server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from nrm.notices.letters import Letter

Channel = Callable[[Letter], None]
"""Sends one letter; raises NotDelivered where it could not."""


class NotDelivered(Exception):
    """A letter did not go. ``kind`` says why in few words, never in the server's and never with an address.

    ``final``: no other try will do better. ``nobody_there``: it is so for every letter, not for this one.
    """

    def __init__(self, kind: str, *, final: bool = False, nobody_there: bool = False) -> None:
        super().__init__(kind)
        self.kind = kind
        self.final = final
        self.nobody_there = nobody_there


def to_console(stream: TextIO) -> Channel:
    """Show letters on a stream."""

    def send(letter: Letter) -> None:
        stream.write(f"mail to {letter.to}: {letter.subject}\n")

    return send


def to_file(path: Path) -> Channel:
    """Append letters to a file, one JSON object a line."""

    def send(letter: Letter) -> None:
        line = json.dumps({
            "to": letter.to, "subject": letter.subject, "body": letter.body, "message_id": letter.message_id,
        }, ensure_ascii=False)
        try:
            path.touch(mode=0o600)  # it holds addresses
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError:
            raise NotDelivered("file not written", nobody_there=True) from None

    return send
