"""The one link that is good for an account now; its token is made of a key outside the database and kept nowhere."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from sqlalchemy import select

from nrm.records.tables.factor import Invitation
from nrm.records.unit import Unit

TEMPLATE = "invitation"
"""The kind of letter that carries the link."""


def token_of(unit: Unit, invitation_id: str, user_id: str) -> str:
    """Return the token of an invitation: whoever has it chooses the password. It looks like every other token."""
    mac = unit.ring.mac("invitation", f"{invitation_id}:{user_id}")
    return urlsafe_b64encode(bytes.fromhex(mac)).decode().rstrip("=")


def good_token(unit: Unit, user_id: str) -> str | None:
    """Return the token of the link that is good for an account now; None where there is none."""
    found = unit.conn.execute(select(Invitation.id).where(
        Invitation.user_id == user_id, Invitation.used_at.is_(None), Invitation.expires_at > unit.now
    )).scalar()
    return None if found is None else token_of(unit, found, user_id)
