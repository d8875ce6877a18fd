"""Passkeys (WebAuthn): what the browser is asked to do, and whether what it answers is right."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

TIMEOUT_MS = 120_000
CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are good: ``host`` without port, and the whole ``origin`` that the browser names."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that was made: its id, its public key, and how often it has signed."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def new_challenge() -> bytes:
    """Return what a passkey is to sign: random, for one answer only."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def to_make(
    site: Site, *, challenge: bytes, product: str, user_id: str, login: str, name: str, known: Sequence[bytes]
) -> str:
    """Return, as JSON for the browser, the request to make a passkey; ``known``: those there are."""
    return options_to_json(generate_registration_options(
        rp_id=site.host, rp_name=product, user_id=user_id.encode(), user_name=login, user_display_name=name,
        challenge=challenge, timeout=TIMEOUT_MS, exclude_credentials=_named(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED,
        ),
    ))


def made(site: Site, *, challenge: bytes, answer: str) -> Made | None:
    """Return the passkey a browser says it made; None where the answer does not hold."""
    try:
        found = verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def to_sign(site: Site, *, challenge: bytes, known: Sequence[bytes] = (), unlocked: bool = False) -> str:
    """Return, as JSON for the browser, the request to sign with one of some passkeys; of none: any it has for here.

    ``unlocked``: its owner unlocks it, with a finger, a face or a number: having and being, two factors in one.
    """
    return options_to_json(generate_authentication_options(
        rp_id=site.host, challenge=challenge, timeout=TIMEOUT_MS, allow_credentials=_named(known),
        user_verification=(
            UserVerificationRequirement.REQUIRED if unlocked else UserVerificationRequirement.PREFERRED
        ),
    ))


def signed(
    site: Site, *, challenge: bytes, answer: str, public_key: bytes, sign_count: int, unlocked: bool = False
) -> int | None:
    """Return how often the passkey has signed now; None where the answer does not hold.

    ``unlocked``: nor where its owner has not unlocked it.
    """
    try:
        found = verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            credential_public_key=public_key, credential_current_sign_count=sign_count,
            require_user_verification=unlocked,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return found.new_sign_count


def named_in(answer: str) -> bytes | None:
    """Return the id of the passkey that an answer names; None where it names none."""
    try:
        return parse_authentication_credential_json(answer).raw_id
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None


def _named(known: Sequence[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one) for one in known]
