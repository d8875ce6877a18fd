"""Passwords and random tokens: argon2id for what people know, SHA-256 for what machines carry."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

AT_ONCE = 2
"""Hashes one process works on: each takes 64 MiB, and a flood of sign-ins must not take them all (goal:S10)."""


@dataclass(frozen=True)
class Passwords:
    """Hashes and checks passwords; a check of an unknown account takes as long as of a known one."""

    hasher: PasswordHasher = field(
        default_factory=lambda: PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
    )
    turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))

    def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        with self.turns:
            return self.hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Return whether the password is the stored one; None takes the same way and is never right."""
        with self.turns:
            try:
                self.hasher.verify(self._nobodys if stored is None else stored, password)
            except (VerifyMismatchError, InvalidHashError):
                return False
        return stored is not None

    @cached_property
    def _nobodys(self) -> str:
        """A hash that is compared with where there is none."""
        return self.hasher.hash(new_token())


CHEAP_PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
"""For tests and the demo, where every account's password is printed on the screen anyway."""


def new_token() -> str:
    """Return a new 256-bit token, as text that fits a header or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is stored of a token: it cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def readable_password() -> str:
    """Return a first password that can be read out on the phone: four groups without look-alikes."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))
