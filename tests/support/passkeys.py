"""A passkey as an authenticator makes one: it answers what a browser is asked for."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from webauthn.helpers import encode_cbor

from nrm.wiring.passkeys import Site

PRESENT_VERIFIED_NEW = 0x45


def made_passkey(asked: str, site: Site) -> str:
    """Answer a request to make a passkey; both are JSON."""
    numbers = generate_private_key(SECP256R1()).public_key().public_numbers()
    public = encode_cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
    name = b"an invented passkey"
    about = hashlib.sha256(site.host.encode()).digest() + bytes([PRESENT_VERIFIED_NEW]) + bytes(4 + 16)
    about += len(name).to_bytes(2) + name + public
    client = {"type": "webauthn.create", "challenge": json.loads(asked)["challenge"], "origin": site.origin}
    return json.dumps({
        "id": _text(name), "rawId": _text(name), "type": "public-key", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": _text(json.dumps(client).encode()),
            "attestationObject": _text(encode_cbor({"fmt": "none", "attStmt": {}, "authData": about})),
        },
    })


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
