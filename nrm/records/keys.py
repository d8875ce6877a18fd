"""The keys outside the database: the key file, wrapping of data keys, and the keyed hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from nrm.vocabulary.errors import ConfigurationRefused, NotFound, StateRefused

KEY_BYTES = 32
NONCE_BYTES = 12
SEAL_VERSION = b"\x01"
ROOT = "root"
"""The id of the first search key of an installation: its second root."""


class SealBroken(StateRefused):
    """A sealed value does not open where it stands: altered, damaged, or moved from another row or case."""

    code = "seal_broken"
    title = "What is stored here was altered or is damaged"


class KeyGone(NotFound):
    """The key of these answers was destroyed: they are erased."""

    code = "erased"
    title = "These answers were erased"


def make_key_file(path: Path) -> None:
    """Write a new key file: a key-encryption key and a root for keyed hashes, readable by its owner only.

    FileExistsError when there is one already: a key file is never overwritten.
    """
    _write_key_file(path, [("kek", os.urandom(KEY_BYTES)), ("root", os.urandom(KEY_BYTES))])


def _write_key_file(path: Path, keys: Sequence[tuple[str, bytes]]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.writelines(f"{kind} {base64.b64encode(key).decode()}\n" for kind, key in keys)
        file.flush()
        os.fsync(file.fileno())


def seal_bytes(key: AESGCM, data: bytes, about: str) -> bytes:
    """Seal with AES-256-GCM under a random nonce.

    ``about`` says where the value stands and must fit on opening. At most 2**32 values per key,
    far above what one case and category will hold.
    """
    nonce = os.urandom(NONCE_BYTES)
    return SEAL_VERSION + nonce + key.encrypt(nonce, data, SEAL_VERSION + about.encode())


def open_bytes(key: AESGCM, sealed: bytes, about: str) -> bytes:
    """Open what :func:`seal_bytes` sealed. SealBroken when a bit or the place differs."""
    version, nonce, body = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if version != SEAL_VERSION or len(body) < 16:
        raise SealBroken
    try:
        return key.decrypt(nonce, body, SEAL_VERSION + about.encode())
    except InvalidTag:
        raise SealBroken from None


class KeyRing:
    """The key-encryption keys, the second root and the search keys. Holds secrets: never printed, never stored.

    ``keks`` are 32 bytes each, the first is the one that wraps, the others only unwrap (rotation). ``search`` are
    the keys of the index: the first writes, all are asked; without any the root is the only one.
    """

    def __init__(self, keks: Sequence[bytes], root: bytes | None = None, search: Sequence[bytes] = ()) -> None:
        if not keks or any(len(key) != KEY_BYTES for key in (*keks, *search)):
            raise ValueError("a key has 32 bytes")
        self._raw = tuple(keks)
        self._keks: Mapping[str, AESGCM] = {_kek_id(key): AESGCM(key) for key in keks}
        self.kek_id = _kek_id(keks[0])
        self._root = root if root is not None else _derive(keks[0], "root")
        self._search = tuple(search) or (self._root,)
        self._secrets: dict[tuple[bytes, str], bytes] = {}

    def __repr__(self) -> str:
        """Say which key wraps, not what it is."""
        return f"KeyRing({self.kek_id})"

    @classmethod
    def read(cls, path: Path, *, demo: bool = False) -> KeyRing:
        """Read a key file: lines ``kek KEY`` and ``search KEY`` (newest first), ``root KEY``; or one bare ``KEY``.

        Keys are 32 bytes in base64.

        ConfigurationRefused when it is missing, readable by others (unless ``demo``) or malformed.
        """
        name = str(path)
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise ConfigurationRefused("the key file cannot be read", file=name) from None
        if mode & 0o077 and not demo:
            raise ConfigurationRefused("the key file is readable by others; make it mode 0600", file=name)
        found: dict[str, list[bytes]] = {"kek": [], "root": [], "search": [], "": []}
        for number, line in enumerate(text.splitlines(), 1):
            kind, key = _read_line(line, name, number)
            found[kind].append(key)
        if not found["kek"]:
            raise ConfigurationRefused("the key file holds no key", file=name)
        return cls(found["kek"], found["root"][-1] if found["root"] else None, found["search"])

    @property
    def kek_ids(self) -> tuple[str, ...]:
        """The ids of the keys that unwrap; the first is the one that wraps."""
        return tuple(self._keks)

    @property
    def search_ids(self) -> tuple[str, ...]:
        """The ids of the keys of the index; the first is the one that writes. The root is called ``root``."""
        return tuple(ROOT if key == self._root else _kek_id(key) for key in self._search)

    def write_successor(self, path: Path) -> None:
        """Write a key file whose new first key wraps; what these keys wrapped opens with it too.

        The root is written down and stays the same: the index, sessions and kept answers do not change with it.
        FileExistsError when there is such a file.
        """
        self._write(path, (os.urandom(KEY_BYTES), *self._raw), self._search)

    def write_search_successor(self, path: Path) -> None:
        """Write a key file whose new search key writes the index; what these keys wrote is found with it too.

        FileExistsError when there is such a file.
        """
        self._write(path, self._raw, (os.urandom(KEY_BYTES), *self._search))

    def _write(self, path: Path, keks: Sequence[bytes], search: Sequence[bytes]) -> None:
        own = () if search == (self._root,) else search
        _write_key_file(path, [
            *(("kek", key) for key in keks), ("root", self._root), *(("search", key) for key in own),
        ])

    def wrap(self, case_id: str, category: str, key: bytes) -> bytes:
        """Return a data key sealed for one case and category under the present key-encryption key."""
        return seal_bytes(self._keks[self.kek_id], key, f"case_key:{case_id}:{category}:{self.kek_id}")

    def unwrap(self, case_id: str, category: str, wrapped: bytes, kek_id: str) -> bytes:
        """Return the data key. KeyGone when destroyed, SealBroken when altered or of an unknown key."""
        if not wrapped:
            raise KeyGone
        kek = self._keks.get(kek_id)
        if kek is None:
            raise SealBroken("This was sealed under a key that the key file does not hold")
        return open_bytes(kek, wrapped, f"case_key:{case_id}:{category}:{kek_id}")

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes derived from the second root for one purpose (``session``, ``idempotency`` ...)."""
        return self._derived(self._root, purpose)

    def mac(self, purpose: str, data: bytes | str) -> str:
        """Return the keyed hash (HMAC-SHA-256, hex) of a value for one purpose."""
        return _mac(self.secret(purpose), data)

    def search_macs(self, element: str, value: str) -> tuple[str, ...]:
        """Return the keyed hashes of a value of the index under each search key; the first is the one to write."""
        return tuple(_mac(self._derived(key, f"index {element}"), value) for key in self._search)

    def _derived(self, root: bytes, purpose: str) -> bytes:
        known = self._secrets.get((root, purpose))
        if known is None:
            known = self._secrets[root, purpose] = _derive(root, purpose)
        return known

    def seal(self, purpose: str, data: bytes, about: str) -> bytes:
        """Seal a value that belongs to no case (a remembered answer) under a derived key."""
        return seal_bytes(AESGCM(self.secret("seal " + purpose)), data, about)

    def open(self, purpose: str, sealed: bytes, about: str) -> bytes:
        """Open what :meth:`seal` sealed. SealBroken when altered or moved."""
        return open_bytes(AESGCM(self.secret("seal " + purpose)), sealed, about)


def _read_line(line: str, file: str, number: int) -> tuple[str, bytes]:
    words = line.split()
    if not words or words[0].startswith("#"):
        return "", b""
    kind, value = ("kek", words[0]) if len(words) == 1 else (words[0], words[1])
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error:
        key = b""
    if kind not in ("kek", "root", "search") or len(key) != KEY_BYTES or len(words) > 2:
        raise ConfigurationRefused("expected `kek`, `root` or `search` and 32 bytes in base64", file=file, line=number)
    return kind, key


def _derive(root: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=b"nrm", info=b"nrm 1 " + purpose.encode()).derive(root)


def _mac(key: bytes, data: bytes | str) -> str:
    return hmac.new(key, data.encode() if isinstance(data, str) else data, hashlib.sha256).hexdigest()


def _kek_id(kek: bytes) -> str:
    return _derive(kek, "kek id").hex()[:16]
