"""A file sealed piece by piece, of any length: what was cut, moved, added or altered is noticed before its end."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nrm.records.keys import SealBroken, open_bytes, seal_bytes

MAGIC = b"nrm-sealed-1\n"
SALT_BYTES = 16
PIECE_BYTES = 1024 * 1024
LARGEST_FRAME = PIECE_BYTES + 64
_LENGTH = struct.Struct(">I")


class SealedWriter:
    """Seals what is written, under a key of this file alone; nothing is whole before :meth:`end`.

    ``key_of`` derives a key of 32 bytes from a salt.
    """

    def __init__(self, file: BinaryIO, key_for_salt: bytes, salt: bytes) -> None:
        self._file = file
        self._key = AESGCM(key_for_salt)
        self._waiting = bytearray()
        self._count = 0
        file.write(MAGIC + salt)

    def write(self, data: bytes) -> None:
        """Take some bytes."""
        self._waiting += data
        while len(self._waiting) > PIECE_BYTES:
            self._piece(bytes(self._waiting[:PIECE_BYTES]), last=False)
            del self._waiting[:PIECE_BYTES]

    def end(self) -> None:
        """Seal the last piece."""
        self._piece(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _piece(self, data: bytes, *, last: bool) -> None:
        sealed = seal_bytes(self._key, data, _place(self._count, last=last))
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._count += 1


def new_salt() -> bytes:
    """Return the salt of a new file."""
    return os.urandom(SALT_BYTES)


def read_salt(file: BinaryIO) -> bytes:
    """Return the salt of a sealed file, from its beginning. SealBroken where it is none."""
    if file.read(len(MAGIC)) != MAGIC:
        raise SealBroken("This is no sealed file of ours")
    salt = file.read(SALT_BYTES)
    if len(salt) != SALT_BYTES:
        raise SealBroken
    return salt


def read_sealed(file: BinaryIO, key_for_salt: bytes) -> Iterator[bytes]:
    """Yield the pieces after the salt. SealBroken, possibly only at the end, where the file is not whole."""
    key = AESGCM(key_for_salt)
    count, frame = 0, _frame(file)
    while frame is not None:
        after = _frame(file)
        yield open_bytes(key, frame, _place(count, last=after is None))
        count, frame = count + 1, after
    if not count:
        raise SealBroken


def _frame(file: BinaryIO) -> bytes | None:
    header = file.read(_LENGTH.size)
    if not header:
        return None
    if len(header) < _LENGTH.size:
        raise SealBroken
    (length,) = _LENGTH.unpack(header)
    sealed = file.read(length) if length <= LARGEST_FRAME else b""
    if len(sealed) != length:
        raise SealBroken
    return sealed


def _place(count: int, *, last: bool) -> str:
    return f"sealed_file:{count}:{'end' if last else 'more'}"
