"""Passwords and random tokens: argon2id for what people know, SHA-256 for what machines carry."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 128
COMMON = frozenset({"password1234", "123456789012", "qwertyuiopas", "passwordpassword"})


@dataclass(frozen=True)
class Passwords:
    """Hashes and checks passwords; a check of an unknown account takes as long as of a known one."""

    hasher: PasswordHasher = field(
        default_factory=lambda: PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
    )

    def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        return self.hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Return whether the password is the stored one; None costs the same and is never right."""
        if stored is None:
            self.hasher.hash(password)
            return False
        try:
            return self.hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


CHEAP_PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
"""For tests and the demo, where every account's password is printed on the screen anyway."""


def password_problem(password: str, login: str) -> str | None:
    """Return what is wrong with a new password, in a sentence, or None."""
    if len(password) < MINIMUM_LENGTH:
        return f"Use at least {MINIMUM_LENGTH} characters. Several words are easier to remember than signs."
    if len(password) > MAXIMUM_LENGTH:
        return f"Use at most {MAXIMUM_LENGTH} characters."
    if password.lower() in COMMON or login.lower() in password.lower():
        return "This password is too easy to guess."
    return None


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
