"""Keys of backups whose private half is never on the server: the age format (X25519), for several recipients."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from pyrage import DecryptError, EncryptError, IdentityError, RecipientError, decrypt_io, encrypt_io, x25519

from nrm.vocabulary.errors import ConfigurationRefused

BEGINNING = b"age-encryption.org/v1\n"
"""What a file of the format begins with: https://age-encryption.org/v1."""
PIECE = 1024 * 1024


class NotOpened(ValueError):
    """The file was altered or cut, or is sealed to other keys."""


def read_recipients(words: str) -> tuple[str, ...]:
    """Return the public keys that stand in a text, apart by spaces. ValueError, with a sentence, for what is none."""
    found = tuple(words.split())
    for one in found:
        try:
            x25519.Recipient.from_str(one)
        except RecipientError:
            raise ValueError("a recipient of backups is a public key: `age1` and 58 characters") from None
    return found


def make_key(path: Path) -> str:
    """Write a new private key for its owner only, and return its public half. FileExistsError where there is a file."""
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"# public key: {public}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    return public


def is_sealed(file: BinaryIO) -> bool:
    """Whether a file that is read from its beginning is of this format; it stands at its beginning afterwards."""
    found = file.read(len(BEGINNING)) == BEGINNING
    file.seek(0)
    return found


def seal(pieces: Iterable[bytes], file: BinaryIO, recipients: Sequence[str]) -> None:
    """Seal bytes of any length so that each private key opens them. What the pieces raise is raised."""
    reading = _Pieces(pieces)
    try:
        encrypt_io(reading, file, [x25519.Recipient.from_str(one) for one in recipients])
    except EncryptError:
        raise reading.failed or RuntimeError("sealing failed") from None


def open_sealed(file: BinaryIO, key: Path, folder: Path) -> Iterator[bytes]:
    """Yield what was sealed, after all of it was found whole. ``folder``: for what lies in between, without a name.

    Raises NotOpened, or ConfigurationRefused where the key's file holds no private key.
    """
    with tempfile.TemporaryFile(dir=folder) as between:
        try:
            decrypt_io(file, between, [_read_key(key)])
        except (DecryptError, OSError):
            raise NotOpened from None
        between.seek(0)
        while piece := between.read(PIECE):
            yield piece


def _read_key(path: Path) -> x25519.Identity:
    try:
        lines = path.read_text(encoding="ascii").split("\n")
        written = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        (one,) = written
        return x25519.Identity.from_str(one)
    except (OSError, ValueError, IdentityError):
        raise ConfigurationRefused("this file does not hold the private key of backups", file=str(path)) from None


class _Pieces(io.RawIOBase):
    """Pieces as a file to read; keeps what they raised, which the library would tell as words only."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")
        self.failed: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # any writable buffer; mypy cannot say so
        try:
            while not self._rest:
                self._rest = memoryview(next(self._pieces))
        except StopIteration:
            return 0
        except Exception as failed:
            self.failed = failed
            raise
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
