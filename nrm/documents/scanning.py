"""Asking a virus scanner on this machine (ClamAV's clamd, its INSTREAM command) before a file is kept."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from nrm.vocabulary.errors import InvalidInput, NotReady

PIECE = 256 * 1024
LONGEST_WAIT_S = 30.0
LONGEST_ANSWER = 4096
INFECTED = "A virus scanner found something harmful in this file, so it is not kept. Tell who gave it to you."
SILENT = "The virus scanner does not answer, so no file is kept just now. Try again in some minutes."


def require_harmless(scanner: Path | None, data: bytes) -> None:
    """Ask the scanner behind a socket about the content of a file; without a scanner nothing is asked.

    Raises InvalidInput where it finds something, NotReady where it does not answer, or not in its words.
    """
    if scanner is None:
        return
    try:
        answer = _ask(scanner, data)
    except OSError:
        raise NotReady(SILENT) from None
    if answer.endswith(b" FOUND"):
        raise InvalidInput(fields={"file": [INFECTED]})
    if answer != b"stream: OK":
        raise NotReady(SILENT)


def _ask(scanner: Path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(LONGEST_WAIT_S)
        line.connect(str(scanner))
        line.sendall(b"zINSTREAM\0")
        for begin in range(0, len(data), PIECE):
            piece = data[begin : begin + PIECE]
            line.sendall(struct.pack(">I", len(piece)) + piece)
        line.sendall(struct.pack(">I", 0))
        answer = b""
        while b"\0" not in answer and len(answer) < LONGEST_ANSWER and (more := line.recv(LONGEST_ANSWER)):
            answer += more
        return answer.split(b"\0")[0].strip()
