"""Hashing passwords: argon2id with 64 MiB, two at once at most, the same way for accounts there are not (goal:S10)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from nrm.wiring.secrets import AT_ONCE, Passwords


@dataclass
class Watched(PasswordHasher):
    """argon2 with small numbers, which notes how many threads were in it together."""

    most: int = 0
    _inside: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        super().__init__(time_cost=20, memory_cost=1024, parallelism=1)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2 calls it so
        """Verify, and note who else does."""
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        try:
            return super().verify(hash, password)
        finally:
            with self._lock:
                self._inside -= 1


def test_a_flood_of_sign_ins_takes_two_turns_at_a_time() -> None:
    watched = Watched()
    passwords = Passwords(watched)
    stored = passwords.hash("four invented words here")
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: passwords.matches(stored, "four invented words here"), range(36)))
    assert all(found)
    assert 1 <= watched.most <= AT_ONCE == 2


@pytest.mark.parametrize("password", ["", "anything", "x" * 128])
def test_where_there_is_no_hash_nothing_is_right(password: str) -> None:
    assert Passwords(Watched()).matches(None, password) is False


def test_production_hashes_with_argon2id_of_64_mib() -> None:
    made = extract_parameters(Passwords().hash("four invented words here"))
    assert (made.type, made.memory_cost, made.time_cost) == (Type.ID, 64 * 1024, 3)
