"""What a mail says: that there is something to look at. Never a name, a place, an agency or a kind of case."""

from __future__ import annotations

from dataclasses import dataclass

TEXTS = {
    "en": ("Something is waiting for you", "Hello,\n\nsomething is waiting for you. Please sign in when you can.\n"),
    "ro": ("Ceva vă așteaptă", "Bună ziua,\n\nceva vă așteaptă. Vă rugăm să vă conectați când puteți.\n"),
    "ar": ("هناك ما ينتظركم", "مرحباً،\n\nهناك ما ينتظركم. يرجى تسجيل الدخول عندما تستطيعون.\n"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, ready to be sent. ``message_id`` is the same at every try."""

    to: str
    subject: str
    body: str
    message_id: str


def letter(*, to: str, language: str, product: str, base_url: str, message_id: str) -> Letter:
    """Write the one letter there is."""
    subject, body = TEXTS.get(language, TEXTS["en"])
    address = f"\n{base_url}\n" if base_url else ""
    return Letter(to, f"{product}: {subject}", f"{body}{address}", message_id)
