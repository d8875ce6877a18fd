"""Sign in with a passkey alone: it names the account, and whoever unlocks it has shown two factors (goal:S8, S9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row

from nrm.commands.proving import factors_of, signed_by
from nrm.commands.sessions import SignedIn, is_open
from nrm.commands.settling.ledger import Ledger
from nrm.commands.sign_in import whole_session
from nrm.commands.throttling import NOBODY, TRIES_PER_NETWORK, count_tries
from nrm.records.tables.account import User
from nrm.records.tables.factor import Factor, SpentChallenge
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.errors import NotSignedIn
from nrm.wiring import passkeys
from nrm.wiring.passkeys import Site
from nrm.wiring.secrets import token_hash
from nrm.wiring.system import System

NOT_FITTING = "This passkey does not fit. Try again, or sign in with your password."
STRETCH = timedelta(minutes=15)
"""A challenge is good in the stretch of time in which it was made and in the next one."""


def passkey_asked(system: System, *, browser: str, site: Site) -> str:
    """Return, as JSON, what a browser asks any passkey of its owner for.

    ``browser``: the random value of a browser in which nobody is signed in. The challenge is made of it and of the
    time under a key, so that a page that anybody may look at writes nothing.
    """
    return passkeys.to_sign(site, challenge=_challenges(system, browser)[0], unlocked=True)


def sign_in_with_passkey(
    system: System, *, browser: str, answer: str, site: Site, network: str, device: str = "", known: str = ""
) -> SignedIn:
    """Sign in whose passkey has answered what was asked of this browser; each challenge lets in once.

    Raises:
        TooManyTries: too many wrong answers from this network.
        NotSignedIn: the answer does not hold; the same words for an unknown passkey and a closed account.
    """
    count_tries(system, {f"network:{network}": TRIES_PER_NETWORK})
    signed = None
    with system.database.unit(NOBODY) as unit:
        user = _owner(unit, answer)
        if user is not None and _has_answered(system, unit, user, browser=browser, answer=answer, site=site):
            signed = whole_session(system, unit, user, device=device, known=known, factor="passkey")
        else:
            Ledger(unit, INSTALLATION).enter(
                "factor.refused", "account:unknown" if user is None else f"user:{user.id}", outcome="refused",
            )
    if signed is None:
        raise NotSignedIn(NOT_FITTING, code="proof_refused")
    return signed


def _owner(unit: Unit, answer: str) -> Row[Any] | None:
    """The account (columns of ``User``) of the passkey that an answer names."""
    user = unit.conn.execute(
        select(User).join(Factor, Factor.user_id == User.id).where(
            Factor.credential_id == passkeys.named_in(answer), Factor.confirmed_at.is_not(None),
        )
    ).first()
    return user if is_open(user, unit.ring) else None


def _has_answered(
    system: System, unit: Unit, user: Row[Any], *, browser: str, answer: str, site: Site
) -> bool:
    rows = [row for row in factors_of(unit, user.id) if row.kind == "passkey"]
    return any(
        signed_by(unit, rows, answer=answer, site=site, challenge=challenge, unlocked=True)
        and _spend(unit, challenge)
        for challenge in _challenges(system, browser)
    )


def _challenges(system: System, browser: str) -> tuple[bytes, bytes]:
    """The challenge of a browser in this stretch of time, and the one before."""
    now = int(system.clock.now().timestamp() // STRETCH.total_seconds())
    this, before = (bytes.fromhex(system.keys.mac("passkey asked", f"{browser}\n{one}")) for one in (now, now - 1))
    return this, before


def _spend(unit: Unit, challenge: bytes) -> bool:
    """Use a challenge up; False where it was used before."""
    until: datetime = unit.now + 2 * STRETCH
    unit.conn.execute(delete(SpentChallenge).where(SpentChallenge.expires_at <= unit.now))
    return unit.conn.execute(
        upsert(SpentChallenge).on_conflict_do_nothing().returning(SpentChallenge.hash),
        {"hash": token_hash(challenge.hex()), "expires_at": until},
    ).first() is not None
