"""Sign in, with a second factor where there is one, stay signed in, sign out: server-side sessions, throttled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.proving import Proof, factors_of, passkey_request, proven
from nrm.commands.sessions import API, IDLE, PAGES, SignedIn, actor_of, begin_session, is_open
from nrm.commands.settling.ledger import Ledger
from nrm.commands.signalling import watch_account
from nrm.commands.throttling import (
    NOBODY,
    TRIES_PER_ACCOUNT,
    TRIES_PER_NETWORK,
    account_key,
    count_tries,
    remembered,
)
from nrm.records import proofs
from nrm.records.grants import ACCOUNT, SESSION, TOKEN
from nrm.records.tables.account import ApiToken, Session, Throttle, User
from nrm.records.tables.factor import SignInStep
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotSignedIn
from nrm.wiring.passkeys import Site
from nrm.wiring.secrets import new_token, token_hash
from nrm.wiring.system import System

TOUCH_EVERY = timedelta(minutes=1)
STEP_FOR = timedelta(minutes=5)
"""So long a sign-in waits for the second factor."""
REFUSED = "The name and the password do not fit. Check both and try again."
NOT_PROVEN = "This does not fit. Wait for the next code, or try again."
STEP_ENDED = "This sign-in took too long. Please begin again."


@dataclass(frozen=True, slots=True)
class Halfway:
    """A sign-in whose password was right: the token goes into the cookie of the second step."""

    token: str
    has_app: bool
    has_passkey: bool


@dataclass(frozen=True, slots=True)
class Present:
    """Who is behind a session or a token now. ``must_enrol``: a second factor comes before anything else.

    ``is_program``: nobody sits there who could prove anything.
    """

    actor: Actor
    name: str
    csrf: str
    must_change: bool
    must_enrol: bool = False
    fresh_until: datetime | None = None
    is_program: bool = False

    def is_fresh(self, now: datetime) -> bool:
        """Whether it was shown within minutes that it is still the same person."""
        return self.fresh_until is not None and now < self.fresh_until


def sign_in(
    system: System, *, login: str, password: str, network: str, device: str = "", known: str = ""
) -> SignedIn | Halfway:
    """Sign a person in, or half of it where they have a second factor.

    ``device``: the family of the browser; ``known``: the cookie of a device on which somebody signed in before.

    Raises:
        TooManyTries: too many wrong passwords for this account or from this network.
        NotSignedIn: the account and the password do not fit; the same words for an unknown account.
    """
    login = login.strip().lower()
    tries = account_key(system, "account", login, known)
    count_tries(system, {tries: TRIES_PER_ACCOUNT, f"network:{network}": TRIES_PER_NETWORK})
    found = _account(system, login)
    fits = system.passwords.matches(_hash_of(system, found), password)
    with system.database.unit(NOBODY) as unit:
        # The password took its time outside of the transaction: it may have been changed, or the account closed.
        user = unit.conn.execute(select(User).where(User.login == login)).first()
        if not fits or user is None or _hash_of(system, user) != _hash_of(system, found):
            _watch(system, unit, user)
            _enter(unit, "sign_in.refused", "account:unknown" if user is None else f"user:{user.id}", "refused")
            signed = None
        else:
            unit.conn.execute(delete(Throttle).where(Throttle.key == tries))
            signed = _half(unit, user) or whole_session(system, unit, user, device=device, known=known)
    if signed is None:
        raise NotSignedIn(REFUSED, code="sign_in_refused")
    return signed


def sign_in_halfway(system: System, *, token: str, site: Site) -> tuple[Halfway, str]:
    """Return a sign-in that waits for its second factor, and what the browser asks a passkey for (JSON, or empty).

    Raises NotSignedIn where it has ended.
    """
    with system.database.unit(NOBODY) as unit:
        user = _waiting(unit, token)
        if user is None:
            raise NotSignedIn(STEP_ENDED, code="step_ended")
        return _ways(unit, user.id, token), passkey_request(unit, SignInStep, token, user_id=user.id, site=site)


def finish_sign_in(
    system: System, *, token: str, proof: Proof, network: str, device: str = "", known: str = ""
) -> SignedIn:
    """Finish a sign-in with a second factor: a session begins, under a token of its own.

    Raises:
        TooManyTries: too many wrong proofs for this account or from this network.
        NotSignedIn: it has ended (``step_ended``), or the proof does not hold (``proof_refused``).
    """
    with system.database.reader(NOBODY) as unit:
        user = _waiting(unit, token)
    if user is None:
        raise NotSignedIn(STEP_ENDED, code="step_ended")
    tries = account_key(system, "factor", user.login, known)
    count_tries(system, {tries: TRIES_PER_ACCOUNT, f"network:{network}": TRIES_PER_NETWORK})
    with system.database.unit(NOBODY) as unit:
        user = _waiting(unit, token)
        factor = None if user is None else proven(system, unit, SignInStep, token, user_id=user.id, proof=proof)
        if user is None or factor is None:
            _enter(unit, "factor.refused", "account:unknown" if user is None else f"user:{user.id}", "refused")
            signed = None
        else:
            unit.conn.execute(delete(SignInStep).where(SignInStep.user_id == user.id))
            unit.conn.execute(delete(Throttle).where(Throttle.key == tries))
            signed = whole_session(system, unit, user, device=device, known=known, factor=factor)
    if signed is None:
        raise NotSignedIn(NOT_PROVEN, code="proof_refused")
    return signed


def sign_out(system: System, token: str) -> None:
    """End a session; a second sign-out does nothing."""
    present = session_actor(system, token)
    if present is None:
        return
    with system.database.unit(present.actor) as unit:
        unit.conn.execute(delete(Session).where(Session.token_hash == token_hash(token)))
        _enter(unit, "signed_out", f"user:{present.actor.user_id}", "ok")


def session_actor(system: System, token: str) -> Present | None:
    """Return who is behind a browser's session, or None where it has ended; notes that they are still there."""
    return _present(system, token, PAGES)


def token_actor(system: System, token: str) -> Present | None:
    """Return whom a token of the API stands for, or None where it is revoked, expired or unknown.

    A program's token, or one of a person's own session for a tool; the latter only once nothing is due before it.
    """
    now = system.clock.now()
    with system.database.reader(NOBODY) as unit:
        row = unit.conn.execute(
            select(User, *_beside(TOKEN)).join(ApiToken, ApiToken.user_id == User.id)
            .where(ApiToken.token_hash == token_hash(token), ApiToken.revoked_at.is_(None))
        ).first()
    if row is None:
        person = _present(system, token, API)
        return None if person is None or person.must_change or person.must_enrol else person
    if row.status != "active" or (row.expires_at is not None and row.expires_at <= now):
        return None
    if not _is_ours(system, row, TOKEN):
        return None
    return Present(actor_of(row), row.name, "", must_change=False, is_program=True)


def _present(system: System, token: str, surface: str) -> Present | None:
    now = system.clock.now()
    with system.database.reader(NOBODY) as unit:
        row = unit.conn.execute(
            select(User, Session.csrf, Session.last_seen_at, *_beside(SESSION))
            .join(Session, Session.user_id == User.id)
            .where(Session.token_hash == token_hash(token), Session.surface == surface)
        ).first()
    if row is None or row.status != "active" or row.expires_at <= now or row.last_seen_at + IDLE <= now:
        return None
    if not _is_ours(system, row, SESSION):
        return None
    if row.last_seen_at + TOUCH_EVERY <= now:
        with system.database.unit(NOBODY) as unit:
            unit.conn.execute(
                update(Session).where(Session.token_hash == token_hash(token)).values(last_seen_at=now)
            )
    must_enrol = system.settings.needs_factor and row.factor is None
    return Present(actor_of(row), row.name, row.csrf, row.must_change, must_enrol, row.fresh_until)


def _account(system: System, login: str) -> Row[Any] | None:
    with system.database.reader(NOBODY) as unit:
        return unit.conn.execute(select(User).where(User.login == login)).first()


def _beside(proof: proofs.Proof) -> list[ColumnElement[Any]]:
    """Return what is read of a session or a token together with its account (columns of ``User``)."""
    return [
        column.label(f"its_{column.key}") if column.key in ("id", "mac") else column for column in proof.columns
    ]


def _is_ours(system: System, row: Any, proof: proofs.Proof) -> bool:
    """Whether account and session (or token) say what the system wrote; where not, it is told of."""
    its = {**row._asdict(), "id": getattr(row, "its_id", None)}
    if not ACCOUNT.holds(system.keys, row):
        altered = ACCOUNT.purpose
    elif not proof.fits(system.keys, its, row.its_mac):
        altered = proof.purpose
    else:
        return True
    with system.database.unit(NOBODY) as unit:
        watch_account(system, unit, row, altered)
    return False


def _watch(system: System, unit: Unit, user: Row[Any] | None) -> None:
    """Tell of an account that was altered."""
    if user is not None and not ACCOUNT.holds(system.keys, user):
        watch_account(system, unit, user, ACCOUNT.purpose)


def _hash_of(system: System, user: Row[Any] | None) -> str | None:
    return user.password_hash if is_open(user, system.keys) else None


def _half(unit: Unit, user: Row[Any]) -> Halfway | None:
    """Begin the second step; None for who has no second factor."""
    token = new_token()
    ways = _ways(unit, user.id, token)
    if not (ways.has_app or ways.has_passkey):
        return None
    unit.conn.execute(delete(SignInStep).where(SignInStep.expires_at <= unit.now))
    unit.conn.execute(insert(SignInStep), [{
        "token_hash": token_hash(token), "user_id": user.id, "made_at": unit.now, "expires_at": unit.now + STEP_FOR,
        "challenge": None,
    }])
    return ways


def _ways(unit: Unit, user_id: str, token: str) -> Halfway:
    kinds = {one.kind for one in factors_of(unit, user_id)}
    return Halfway(token, "totp" in kinds, "passkey" in kinds)


def _waiting(unit: Unit, token: str) -> Row[Any] | None:
    """The account (columns of ``User``) whose second factor is awaited."""
    user = unit.conn.execute(
        select(User).join(SignInStep, SignInStep.user_id == User.id).where(
            SignInStep.token_hash == token_hash(token), SignInStep.expires_at > unit.now
        )
    ).first()
    return user if is_open(user, unit.ring) else None


def whole_session(
    system: System, unit: Unit, user: Row[Any], *, device: str, known: str, factor: str | None = None
) -> SignedIn:
    """Begin the session of an account (columns of ``User``) that has proven everything, and enter that it did."""
    signed = begin_session(
        unit, user, device=device, factor=factor, known=remembered(system, known, user.login),
    )
    _enter(unit, "signed_in", f"user:{user.id}", "ok", {"user": user.id, "factor": factor or "none"})
    return signed


def _enter(unit: Unit, act: str, obj: str, outcome: str, payload: dict[str, object] | None = None) -> None:
    Ledger(unit, INSTALLATION).enter(act, obj, outcome=outcome, payload=payload or {})


__all__ = [
    "Halfway", "Present", "SignedIn", "finish_sign_in", "session_actor", "sign_in",
    "sign_in_halfway", "sign_out", "token_actor",
]
