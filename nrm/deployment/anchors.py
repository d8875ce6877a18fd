"""The places outside that keep signed checkpoints, as settings name them, and what is wrong with a choice of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
ENOUGH = 2
"""Places under different control: one alone could be changed together with the history."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_URL_SIGNS = re.compile(r"[\x21-\x7e]{1,300}")


class AnchorKind(StrEnum):
    """How a checkpoint gets there."""

    FILE = "file"
    """Appended to a file, on a disk that somebody else controls."""
    MAIL = "mail"
    HTTP = "http"
    """POST of the note."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One place: ``place`` as written in the settings; ``target`` the path, address or URL."""

    kind: AnchorKind
    place: str
    target: str

    @property
    def pace(self) -> timedelta:
        """How long a place is left alone after it has confirmed: nobody reads a mail a minute."""
        return timedelta(hours=1) if self.kind is AnchorKind.MAIL else timedelta()

    @property
    def controller(self) -> str:
        """Who is taken to control the place: another machine, or whoever holds this one."""
        if self.kind is AnchorKind.HTTP:
            return urlsplit(self.target).hostname or ""
        return self.target.rpartition("@")[2] if self.kind is AnchorKind.MAIL else "this machine"


def read_anchor(written: str, folder: Path) -> Anchor:
    """Read ``file:PATH`` (relative to ``folder``), ``mail:ADDRESS`` or ``https://HOST/PATH``. ValueError else."""
    kind, _, rest = written.partition(":")
    if kind == AnchorKind.FILE and rest:
        return Anchor(AnchorKind.FILE, written, str(folder / rest))
    if kind == AnchorKind.MAIL and _ADDRESS.fullmatch(rest):
        return Anchor(AnchorKind.MAIL, written, rest)
    if kind in ("https", "http"):
        return _read_url(written)
    raise ValueError("an anchor is file:PATH, mail:ADDRESS or https://HOST/PATH")


def read_anchors(written: str, folder: Path) -> tuple[Anchor, ...]:
    """Read several, with spaces between them. ValueError also where one is named twice."""
    found = tuple(read_anchor(word, folder) for word in written.split())
    if len({anchor.target for anchor in found}) < len(found):
        raise ValueError("an anchor is named twice")
    return found


def _read_url(written: str) -> Anchor:
    try:
        url = urlsplit(written)
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if not host or not _URL_SIGNS.fullmatch(written):
        raise ValueError("the address of an anchor cannot be read")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("the address of an anchor is shown to auditors: without user, password and question mark")
    if url.scheme != "https" and host not in THIS_MACHINE:
        raise ValueError("checkpoints go unencrypted only to this machine")
    return Anchor(AnchorKind.HTTP, written, written)


def too_few(anchors: Sequence[Anchor]) -> str:
    """Return in a sentence why these places do not do, or an empty text where they do."""
    if not anchors:
        return "No place outside keeps the signed checkpoints: name two under anchors."
    if len({anchor.controller for anchor in anchors}) < ENOUGH:
        return "The signed checkpoints go to one place only: name a second one that somebody else controls."
    return ""
