"""The key that signs checkpoints: a file outside the database, and beside it the public keys for everybody else."""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from nrm.rules.notes import (
    KEY_BYTES,
    Checkpoint,
    Note,
    NoteUnreadable,
    PublicKey,
    read_note,
    read_public_key,
    signed_note,
    signed_text,
)
from nrm.vocabulary.errors import ConfigurationRefused

KIND = "ed25519"


class Signer:
    """Signs in the name of one installation. Holds a secret: never printed, never stored."""

    def __init__(self, origin: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(origin, self._key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        """Say whose key it is, not what it is."""
        return f"Signer({self.public})"

    @classmethod
    def read(cls, path: Path, origin: str) -> Signer:
        """Read a key file: one line, ``ed25519`` and 32 bytes in base64. Raises ConfigurationRefused."""
        try:
            kind, encoded = path.read_text(encoding="ascii").split()
            seed = base64.b64decode(encoded, validate=True)
        except OSError:
            raise ConfigurationRefused("the signing key cannot be read", file=path.name) from None
        except (ValueError, binascii.Error):
            kind, seed = "", b""
        if kind != KIND or len(seed) != KEY_BYTES:
            raise ConfigurationRefused("expected `ed25519` and 32 bytes in base64", file=path.name)
        return cls(origin, seed)

    def sign(self, checkpoint: Checkpoint) -> str:
        """Return the checkpoint as a signed note."""
        return signed_note(checkpoint, self.public, self._key.sign(checkpoint.text().encode()))

    def sign_text(self, text: str) -> str:
        """Return a text that ends with a line end, and is no checkpoint, as a signed note."""
        return signed_text(text, self.public, self._key.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The keys an installation's checkpoints may be signed with, the newest first."""

    keys: tuple[PublicKey, ...]

    @classmethod
    def read(cls, path: Path) -> PublicKeys:
        """Read the file beside a signing key: a verifier key a line, the newest first. Raises ConfigurationRefused."""
        try:
            lines = path.read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError):
            raise ConfigurationRefused("the public signing keys cannot be read", file=path.name) from None
        try:
            return cls(tuple(read_public_key(line) for line in lines))
        except NoteUnreadable as wrong:
            raise ConfigurationRefused(f"this is no public signing key: {wrong}", file=path.name) from None

    def open(self, note: str) -> Checkpoint:
        """Return what a note says. Raises NoteUnreadable where none of these keys has signed it."""
        read = read_note(note)
        self.require(read)
        return read.checkpoint

    def require(self, note: Note) -> None:
        """Refuse a note that none of these keys has signed. Raises NoteUnreadable."""
        if not any(_has_signed(key, note) for key in self.keys):
            raise NoteUnreadable("it is not signed by this installation")


def public_file(path: Path) -> Path:
    """Return where the public keys of a signing key stand: beside it."""
    return path.with_name(f"{path.name}.pub")


def make_signing_key(path: Path, origin: str) -> PublicKey:
    """Make a signing key, readable by its owner only, put its public half first into the file beside it; return that.

    FileExistsError where there is a key: it is never overwritten. To change it, move the old key file away and make
    a new one: what the old one signed is recognised by its public half, which stays.
    """
    seed = os.urandom(KEY_BYTES)
    public = Signer(origin, seed).public
    _write(path, f"{KIND} {base64.b64encode(seed).decode()}\n", 0o400)
    beside = public_file(path)
    older = beside.read_text(encoding="ascii") if beside.exists() else ""
    beside.write_text(f"{public}\n{older}", encoding="ascii")
    return public


def _write(path: Path, text: str, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _has_signed(key: PublicKey, note: Note) -> bool:
    if key.name != note.checkpoint.origin:
        return False
    for signature in note.signatures:
        if (signature.name, signature.key_id) == (key.name, key.key_id):
            try:
                Ed25519PublicKey.from_public_bytes(key.key).verify(signature.value, note.text.encode())
            except InvalidSignature:
                return False
            return True
    return False
