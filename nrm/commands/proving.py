"""The proof of a second factor: a code that is good once, or a passkey's answer to a challenge that is good once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Row

from nrm.records.grants import FACTOR
from nrm.records.tables.account import Session
from nrm.records.tables.factor import Factor, SignInStep
from nrm.records.unit import Unit
from nrm.wiring import passkeys, totp
from nrm.wiring.passkeys import Site
from nrm.wiring.secrets import token_hash
from nrm.wiring.system import System

SEAL = "second factor"
Holder = type[Session] | type[SignInStep]
"""What a challenge is bound to."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody proves a factor with: the code of an app, or a passkey's answer as the browser gives it."""

    code: str = ""
    passkey: str = ""
    site: Site | None = None


def factors_of(unit: Unit, user_id: str) -> Sequence[Row[Any]]:
    """Return the confirmed factors of somebody (columns of ``Factor``), the oldest first; none that was altered."""
    rows = unit.conn.execute(
        select(Factor).where(Factor.user_id == user_id, Factor.confirmed_at.is_not(None))
        .order_by(Factor.made_at, Factor.id)
    )
    return [row for row in rows if FACTOR.holds(unit.ring, row)]


def passkey_request(unit: Unit, holder: Holder, token: str, *, user_id: str, site: Site) -> str:
    """Return, as JSON, what the browser is to ask a passkey for; empty where there is none. Makes a new challenge."""
    known = [one.credential_id for one in factors_of(unit, user_id) if one.kind == "passkey"]
    if not known:
        return ""
    return passkeys.to_sign(site, challenge=set_challenge(unit, holder, token), known=known)


def set_challenge(unit: Unit, holder: Holder, token: str) -> bytes:
    """Make a new challenge for a session or a sign-in that is under way."""
    challenge = passkeys.new_challenge()
    unit.conn.execute(update(holder).where(holder.token_hash == token_hash(token)).values(challenge=challenge))
    return challenge


def take_challenge(unit: Unit, holder: Holder, token: str) -> bytes:
    """Take the challenge away, so that nothing answers it twice; empty where there is none."""
    here = holder.token_hash == token_hash(token)
    challenge = unit.conn.execute(select(holder.challenge).where(here).with_for_update()).scalar()
    unit.conn.execute(update(holder).where(here).values(challenge=None))
    return challenge or b""


def proven(system: System, unit: Unit, holder: Holder, token: str, *, user_id: str, proof: Proof) -> str | None:
    """Return the kind of factor that is proven (totp, passkey), or None. What was used is used up either way."""
    rows = factors_of(unit, user_id)
    if proof.passkey and proof.site is not None:
        challenge = take_challenge(unit, holder, token)
        is_right = challenge and signed_by(unit, rows, answer=proof.passkey, site=proof.site, challenge=challenge)
        return "passkey" if is_right else None
    return "totp" if any(use_code(system, unit, row, proof.code) for row in rows if row.kind == "totp") else None


def open_secret(system: System, row: Row[Any]) -> str:
    """Return the secret of an app (columns of ``Factor``)."""
    return system.keys.open(SEAL, row.secret_sealed, f"factor:{row.id}").decode()


def use_code(system: System, unit: Unit, row: Row[Any], code: str) -> bool:
    """Whether a code is an app's and newer than any that was used; it is used with this."""
    step = totp.step_of(open_secret(system, row), code, unit.now)
    if step is None:
        return False
    used = unit.conn.execute(
        update(Factor).where(Factor.id == row.id, or_(Factor.last_step.is_(None), Factor.last_step < step))
        .values(last_step=step, last_used_at=unit.now)
    ).rowcount
    return used == 1


def signed_by(
    unit: Unit, rows: Sequence[Row[Any]], *, answer: str, site: Site, challenge: bytes, unlocked: bool = False
) -> bool:
    """Whether one of some passkeys (columns of ``Factor``) has answered a challenge, and was unlocked for it."""
    named = passkeys.named_in(answer)
    row = next((one for one in rows if one.kind == "passkey" and one.credential_id == named), None)
    if row is None:
        return False
    count = passkeys.signed(
        site, challenge=challenge, answer=answer, public_key=row.public_key, sign_count=row.sign_count,
        unlocked=unlocked,
    )
    if count is None:
        return False
    unit.conn.execute(update(Factor).where(Factor.id == row.id).values(sign_count=count, last_used_at=unit.now))
    return True
