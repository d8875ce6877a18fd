"""A passkey alone signs in: unlocked, for this browser, once; who has none learns nothing (goal:S8, S9)."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

from nrm.commands.passkey_sign_in import STRETCH, passkey_asked, sign_in_with_passkey
from nrm.commands.sign_in import SignedIn, session_actor
from nrm.records.grants import ACCOUNT, FACTOR
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import NotSignedIn, TooManyTries
from nrm.wiring.passkeys import Site
from tests.support.driving import Drive
from tests.support.granting import grant

SITE = Site("localhost", "http://localhost:5000")
PRESENT, VERIFIED = 0x01, 0x04
HERE, BROWSER = "192.0.2.1", "a random value of a browser"


def text(raw: bytes) -> str:
    """Bytes as WebAuthn writes them."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Phone:
    """Signs what it is asked for, as an authenticator does."""

    def __init__(self, drive: Drive, owner: Actor) -> None:
        self.drive, self.owner, self.id = drive, owner, f"passkey of {owner.user_id}".encode()
        self.key, self.count = generate_private_key(SECP256R1()), 0
        numbers = self.key.public_key().public_numbers()
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        with drive.system.database.unit(SYSTEM) as unit:
            grant(unit, FACTOR, [{
                "id": f"f-{owner.user_id}", "user_id": owner.user_id, "kind": "passkey", "name": "Phone",
                "credential_id": self.id, "public_key": public, "sign_count": 0, "made_at": unit.now,
                "confirmed_at": unit.now,
            }])

    def answers(self, asked: str, *, flags: int = PRESENT | VERIFIED, origin: str = SITE.origin) -> str:
        """Answer a request, given as JSON."""
        self.count += 1
        client = json.dumps({
            "type": "webauthn.get", "challenge": json.loads(asked)["challenge"], "origin": origin,
        }).encode()
        about = hashlib.sha256(SITE.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)
        signed = self.key.sign(about + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        return json.dumps({
            "id": text(self.id), "rawId": text(self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(client), "authenticatorData": text(about), "signature": text(signed),
                "userHandle": text(self.owner.user_id.encode()),
            },
        })

    def asked(self, browser: str = BROWSER) -> str:
        """What a browser is asked for now."""
        return passkey_asked(self.drive.system, browser=browser, site=SITE)

    def signs_in(self, answer: str, browser: str = BROWSER) -> SignedIn:
        """Sign in with an answer."""
        return sign_in_with_passkey(self.drive.system, browser=browser, answer=answer, site=SITE, network=HERE)


@pytest.fixture
def phone(any_drive: Drive) -> Phone:
    """The phone of a case manager."""
    return Phone(any_drive, any_drive.person("CM", "sa_norvale"))


def test_a_passkey_names_the_account_and_is_both_factors(phone: Phone) -> None:
    signed = phone.signs_in(phone.answers(phone.asked()))
    assert signed.actor.user_id == phone.owner.user_id
    present = session_actor(phone.drive.system, signed.token)
    assert present is not None
    assert present.is_fresh(phone.drive.clock.now())
    assert phone.drive.acts(INSTALLATION)[-1] == "signed_in"


def test_what_is_asked_names_nobody_and_asks_for_the_lock(phone: Phone) -> None:
    asked = json.loads(phone.asked())
    assert (asked["allowCredentials"], asked["userVerification"]) == ([], "required")
    assert len(urlsafe_b64decode(asked["challenge"] + "==")) == 32
    assert phone.asked() == phone.asked() != phone.asked("another browser")


def not_unlocked(phone: Phone) -> str:
    return phone.answers(phone.asked(), flags=PRESENT)


def of_another_site(phone: Phone) -> str:
    return phone.answers(phone.asked(), origin="https://elsewhere.example")


def of_another_browser(phone: Phone) -> str:
    return phone.answers(phone.asked("another browser"))


def too_old(phone: Phone) -> str:
    answer = phone.answers(phone.asked())
    phone.drive.clock.advance(2 * STRETCH)
    return answer


def used_before(phone: Phone) -> str:
    answer = phone.answers(phone.asked())
    phone.signs_in(answer)
    return answer


def of_a_challenge_used_before(phone: Phone) -> str:
    phone.signs_in(phone.answers(phone.asked()))
    return phone.answers(phone.asked())


def of_a_closed_account(phone: Phone) -> str:
    with phone.drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == phone.owner.user_id, status="disabled")
    return phone.answers(phone.asked())


def of_an_unknown_passkey(phone: Phone) -> str:
    phone.id = b"another one"
    return phone.answers(phone.asked())


def signed_by_somebody_else(phone: Phone) -> str:
    phone.key = generate_private_key(SECP256R1())
    return phone.answers(phone.asked())


def nothing(_: Phone) -> str:
    return ""


def rubbish(_: Phone) -> str:
    return '{"id": 7}'


@pytest.mark.parametrize("answer", [
    not_unlocked, of_another_site, of_another_browser, too_old, used_before, of_a_challenge_used_before,
    of_a_closed_account, of_an_unknown_passkey, signed_by_somebody_else, nothing, rubbish,
])
def test_every_other_answer_is_refused_in_the_same_words(phone: Phone, answer: Callable[[Phone], str]) -> None:
    with pytest.raises(NotSignedIn, match=r"This passkey does not fit\. Try again, or sign in with your password\."):
        phone.signs_in(answer(phone))
    assert phone.drive.acts(INSTALLATION)[-1] == "factor.refused"


def test_a_page_that_lay_open_for_a_quarter_of_an_hour_still_signs_in(phone: Phone) -> None:
    answer = phone.answers(phone.asked())
    phone.drive.clock.advance(STRETCH)
    assert phone.signs_in(answer).actor.user_id == phone.owner.user_id


def test_answers_are_not_guessed(phone: Phone) -> None:
    for _ in range(100):
        with pytest.raises(NotSignedIn):
            phone.signs_in("")
    with pytest.raises(TooManyTries):
        phone.signs_in(phone.answers(phone.asked()))
    phone.drive.clock.advance(timedelta(minutes=15))
    phone.signs_in(phone.answers(phone.asked()))
