"""How soon a password would be guessed: by lists of what is commonly used, its spellings, patterns and repetitions."""

from __future__ import annotations

from collections.abc import Sequence

from zxcvbn import zxcvbn

ENOUGH_GUESSES = 10**11
"""Ten times what the library calls very unguessable: none of the 3,000 commonest passwords gets there by repetition."""
LOOKED_AT = 72
"""What stands behind that makes nothing easier to guess, and the time it takes grows with the length."""


def guessed_soon(password: str, words: Sequence[str]) -> bool:
    """Whether few guesses find it, for somebody who knows these words and the 30,000 commonest passwords.

    Nothing leaves this machine.
    """
    return bool(zxcvbn(password[:LOOKED_AT], user_inputs=list(words), max_length=LOOKED_AT)["guesses"] < ENOUGH_GUESSES)
