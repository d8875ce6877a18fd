"""What a mail says: that there is something to look at. Never a name, a place, an agency or a kind of case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nrm.vocabulary.mail import Weight


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one language. ``many`` has a place for the number and fits every number."""

    subject: str
    hello: str
    one: str
    many: str
    when: Mapping[Weight, str]
    test: str
    account: str
    welcome: str


WORDINGS: Mapping[str, Wording] = {
    "en": Wording(
        "Something is waiting for you", "Hello,", "something is waiting for you.", "waiting for you: {count}.",
        {Weight.SAFETY: "Please sign in now.", Weight.STATUTORY: "Please sign in today.",
         Weight.ORDINARY: "Please sign in when you can."},
        "this is a test. Nothing is waiting for you.",
        "An account for you",
        "there is an account for you. Choose your password here, once, within 72 hours of this letter:",
    ),
    "ro": Wording(
        "Ceva vă așteaptă", "Bună ziua,", "ceva vă așteaptă.", "vă așteaptă: {count}.",
        {Weight.SAFETY: "Vă rugăm să vă conectați acum.", Weight.STATUTORY: "Vă rugăm să vă conectați astăzi.",
         Weight.ORDINARY: "Vă rugăm să vă conectați când puteți."},
        "acesta este un test. Nu vă așteaptă nimic.",
        "Un cont pentru dumneavoastră",
        "există un cont pentru dumneavoastră. Alegeți-vă parola aici, o singură dată, în 72 de ore de la această "
        "scrisoare:",
    ),
    "ar": Wording(
        "هناك ما ينتظركم", "مرحباً،", "هناك ما ينتظركم.", "ما ينتظركم: {count}.",
        {Weight.SAFETY: "يرجى تسجيل الدخول الآن.", Weight.STATUTORY: "يرجى تسجيل الدخول اليوم.",
         Weight.ORDINARY: "يرجى تسجيل الدخول عندما تستطيعون."},
        "هذا اختبار. لا شيء ينتظركم.",
        "حساب لكم",
        "يوجد حساب لكم. اختاروا كلمة المرور هنا، مرة واحدة، خلال 72 ساعة من هذه الرسالة:",
    ),
}
"""By language; who reads another one gets English."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, ready to be sent. ``message_id`` is the same at every try; ``at``: when this try is made."""

    to: str
    subject: str
    body: str
    message_id: str
    at: datetime


def letter(
    *, to: str, language: str, product: str, weight: Weight, count: int, base_url: str, message_id: str, at: datetime
) -> Letter:
    """Write the letter that stands for ``count`` things to look at."""
    words = WORDINGS.get(language, WORDINGS["en"])
    what = words.one if count == 1 else words.many.format(count=count)
    return Letter(to, f"{product}: {words.subject}", _body(words, f"{what} {words.when[weight]}", base_url),
                  message_id, at)


def trial_letter(*, to: str, language: str, product: str, base_url: str, message_id: str, at: datetime) -> Letter:
    """Write a letter with which somebody tries whether letters arrive."""
    words = WORDINGS.get(language, WORDINGS["en"])
    return Letter(to, product, _body(words, words.test, base_url), message_id, at)


def invitation_letter(
    *, to: str, language: str, product: str, address: str, message_id: str, at: datetime
) -> Letter:
    """Write the letter with the link to a new account: nothing but that there is one."""
    words = WORDINGS.get(language, WORDINGS["en"])
    return Letter(to, f"{product}: {words.account}", _body(words, words.welcome, address), message_id, at)


def _body(words: Wording, sentence: str, base_url: str) -> str:
    address = f"\n{base_url}\n" if base_url else ""
    return f"{words.hello}\n\n{sentence}\n{address}"
