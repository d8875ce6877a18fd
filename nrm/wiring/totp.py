"""Codes of authenticator apps (RFC 6238): six digits, thirty seconds, one step of drift to each side."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
import segno

STEP_S = 30
DRIFT = (0, -1, 1)
DIGITS = 6


def new_secret() -> str:
    """Return a new secret of 160 bits, as apps read it."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return which thirty-second step a code belongs to; None where it is of no step about now."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    app, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    fits = (step for step in (present + off for off in DRIFT) if hmac.compare_digest(app.generate_otp(step), digits))
    return next(fits, None)


def app_address(secret: str, *, login: str, product: str) -> str:
    """Return what an app reads from the picture: ``otpauth://…``."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=product)


def picture(address: str) -> str:
    """Return an address as a QR picture: SVG without styles or scripts, to stand in a page."""
    return segno.make(address, error="m").svg_inline(
        scale=1, border=4, omitsize=True, svgclass="nrm-qr", lineclass=None, dark="#000", light="#fff",
    )
