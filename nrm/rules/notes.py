"""Checkpoints as signed notes: the text of C2SP tlog-checkpoint and signed-note, written and read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from nrm.rules.chain import instant

ED25519 = b"\x01"
"""The kind of signature, as C2SP numbers them."""
KEY_ID_BYTES, KEY_BYTES, SIGNATURE_BYTES, ROOT_BYTES = 4, 32, 64, 32
LARGEST = 4_000
"""Characters; a longer note is none of ours."""
BETWEEN = "---\n"
"""The line between two notes of one file."""
NAME = re.compile(r"nrm/[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""An origin: who signs, by the installation's id."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_TIME = re.compile(r"time (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z")
_SIGNED = re.compile("\u2014 ([^ +]+) ([A-Za-z0-9+/]+={0,2})")


class NoteUnreadable(ValueError):
    """A text is not a signed checkpoint of ours; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: the tree of ``size`` entries has the head ``root`` (32 bytes) at an aware instant."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        """The text that is signed, its last line end included."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\ntime {instant(self.at)}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature under a note: by whom, by which of their keys (4 bytes), and the 64 bytes."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it was read: what it says, the text its signatures are over, and these."""

    checkpoint: Checkpoint
    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 key (32 bytes) with the name of who signs with it."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, line end, 0x01, key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """Write it as signed-note does: ``NAME+key id in hex+base64 of kind and key``."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.key).decode()}"


def read_public_key(text: str) -> PublicKey:
    """Read what ``str(PublicKey)`` wrote. Raises NoteUnreadable."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _decoded(encoded, "the key")
    if raw[:1] != ED25519 or len(raw) != 1 + KEY_BYTES or not NAME.fullmatch(name):
        raise NoteUnreadable("it is not an Ed25519 key of an installation")
    found = PublicKey(name, raw[1:])
    if found.key_id.hex() != key_id:
        raise NoteUnreadable("the key and its id do not belong together")
    return found


def signed_note(checkpoint: Checkpoint, key: PublicKey, signature: bytes) -> str:
    """Put a signature over ``checkpoint.text()`` under it."""
    return signed_text(checkpoint.text(), key, signature)


def signed_text(text: str, key: PublicKey, signature: bytes) -> str:
    """Put a signature over any text that ends with a line end under it."""
    encoded = base64.b64encode(key.key_id + signature).decode()
    return f"{text}\n\u2014 {key.name} {encoded}\n"


def read_note(note: str) -> Note:
    """Read a note; whether its signatures are true is another question. Raises NoteUnreadable."""
    if len(note) > LARGEST:
        raise NoteUnreadable("it is too long")
    text, blank, below = note.partition("\n\n")
    if not blank or not below.endswith("\n"):
        raise NoteUnreadable("it has no signature")
    text += "\n"
    return Note(_checkpoint(text), text, tuple(_signature(line) for line in below[:-1].split("\n")))


def read_notes(text: str) -> tuple[Note, ...]:
    """Read the notes of a file, with a line ``---`` between them. Raises NoteUnreadable."""
    parts = text.replace("\r\n", "\n").split(BETWEEN)
    return tuple(read_note(part.strip("\n") + "\n") for part in parts if part.strip())


def _checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != 5:
        raise NoteUnreadable("it does not have four lines")
    origin, size, root, time, _ = lines
    at = _TIME.fullmatch(time)
    if not NAME.fullmatch(origin) or not _SIZE.fullmatch(size) or at is None:
        raise NoteUnreadable("its origin, size or time cannot be read")
    raw = _decoded(root, "the root")
    if len(raw) != ROOT_BYTES:
        raise NoteUnreadable("the root does not have 32 bytes")
    try:
        instant_of = datetime.fromisoformat(at[1]).replace(tzinfo=UTC)
    except ValueError:
        raise NoteUnreadable("there is no such time") from None
    return Checkpoint(origin, int(size), raw, instant_of)


def _signature(line: str) -> Signature:
    found = _SIGNED.fullmatch(line)
    if found is None:
        raise NoteUnreadable("a signature line cannot be read")
    raw = _decoded(found[2], "the signature")
    if len(raw) <= KEY_ID_BYTES:
        raise NoteUnreadable("a signature is too short")
    return Signature(found[1], raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def _decoded(text: str, what: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteUnreadable(f"{what} is not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise NoteUnreadable(f"{what} is written in two ways")
    return raw
