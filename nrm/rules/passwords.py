"""What a new password must be: long, and not made of what everybody tries first. Nothing leaves the house for it."""

from __future__ import annotations

from collections.abc import Sequence

from nrm.vocabulary.phrases import Phrase

LONGEST = 128
OWN_PART = 8
"""So many characters have to remain when everything common is taken out."""
FEWEST_SIGNS = 5
EASY = "This password is too easy to guess."

_SPELT = str.maketrans("01345$@", "oleassa")
"""How people write letters as signs; it changes nothing for who guesses."""
COMMON = (
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "1q2w3e4r5t", "1qaz2wsx3edc", "abcdefghijkl",
    "01234567890", "1234567890", "9876543210", "0987654321", "changeme", "administrator", "trustno1", "iloveyou",
    "passphrase", "password", "passwort", "motdepasse", "contrasena", "parola", "welcome", "letmein", "sunshine",
    "princess", "football", "baseball", "superman", "starwars", "michael", "charlie", "whatever", "freedom",
    "computer", "internet", "access", "secret", "dragon", "monkey", "master", "shadow", "summer", "winter", "spring",
    "autumn", "qwerty", "qwertz", "azerty", "asdfgh", "zxcvbn", "abcdef", "abc123", "123456", "654321", "112233",
    "111111", "000000", "123123", "121212", "login", "admin", "guest", "hello", "test", "user", "pass", "love", "1234",
    "4321", "2020", "2021", "2022", "2023", "2024", "2025", "2026", "2027", "abcd", "asdf", "qwer",
)
"""The pieces of which nearly all of the commonest passwords are made, the longest first."""


def password_problem(password: str, login: str, *, shortest: int, words: Sequence[str] = ()) -> str | None:
    """Return what is wrong with a new password, in a sentence, or None.

    ``words``, in small letters and the longest first, are no secret where it is used: they count for nothing in it.
    """
    if len(password) < shortest:
        return Phrase(
            "Use at least {count} characters. Several words are easier to remember than signs.", count=shortest
        )
    if len(password) > LONGEST:
        return Phrase("Use at most {count} characters.", count=LONGEST)
    if login.lower() in password.lower() or _is_common(password.lower(), words):
        return EASY
    return None


def _is_common(password: str, words: Sequence[str]) -> bool:
    """Whether little of a person's own is left without the common pieces, however they are spelt."""
    if len(set(password)) < FEWEST_SIGNS:
        return True
    return any(len(_own_part(text, words)) < OWN_PART for text in (password, password.translate(_SPELT)))


def _own_part(text: str, words: Sequence[str]) -> str:
    for piece in (*words, *sorted(COMMON, key=len, reverse=True)):
        text = text.replace(piece, "")
    return "".join(sign for sign in text if sign.isalnum())
