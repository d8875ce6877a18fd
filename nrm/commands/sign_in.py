"""Sign in, stay signed in, sign out: server-side sessions, throttled by account and by network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from nrm.commands.settling.ledger import Ledger
from nrm.records.tables.account import ApiToken, Session, Throttle, User
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotSignedIn, TooManyTries
from nrm.wiring.secrets import new_token, token_hash
from nrm.wiring.system import System

WINDOW_S = 900
TRIES_PER_ACCOUNT = 10
TRIES_PER_NETWORK = 100
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
NOBODY = Actor("nobody", "nobody", frozenset())


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has just begun: the token goes into the cookie, the csrf value into every form."""

    token: str
    csrf: str
    actor: Actor
    must_change: bool


@dataclass(frozen=True, slots=True)
class Present:
    """Who is behind a session or a token now."""

    actor: Actor
    name: str
    csrf: str
    must_change: bool


def sign_in(system: System, *, login: str, password: str, network: str) -> SignedIn:
    """Sign a person in.

    Raises:
        TooManyTries: too many wrong passwords for this account or from this network.
        NotSignedIn: the account and the password do not fit; the same words for an unknown account.
    """
    login = login.strip().lower()
    _throttle(system, login, network)
    with system.database.unit(NOBODY) as unit:
        user = unit.conn.execute(select(User).where(User.login == login)).first()
        known = user is not None and user.status == "active"
        if not system.passwords.matches(user.password_hash if known and user else None, password) or user is None:
            _enter(unit, "sign_in.refused", "account:unknown" if user is None else f"user:{user.id}", "refused")
            signed = None
        else:
            signed = _begin(unit, user.id, _actor(user), user.must_change)
            unit.conn.execute(delete(Throttle).where(Throttle.key == f"account:{login}"))
            _enter(unit, "signed_in", f"user:{user.id}", "ok", actor=signed.actor)
    if signed is None:
        raise NotSignedIn("The name and the password do not fit. Check both and try again.", code="sign_in_refused")
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
    """Return who a session cookie stands for, or None where it has ended; notes that they are still there."""
    now = system.clock.now()
    with system.database.reader(NOBODY) as unit:
        row = unit.conn.execute(
            select(User, Session.csrf, Session.last_seen_at, Session.expires_at)
            .join(Session, Session.user_id == User.id).where(Session.token_hash == token_hash(token))
        ).first()
    if row is None or row.status != "active" or row.expires_at <= now or row.last_seen_at + IDLE <= now:
        return None
    if row.last_seen_at + TOUCH_EVERY <= now:
        with system.database.unit(NOBODY) as unit:
            unit.conn.execute(
                update(Session).where(Session.token_hash == token_hash(token)).values(last_seen_at=now)
            )
    return Present(_actor(row), row.name, row.csrf, row.must_change)


def token_actor(system: System, token: str) -> Present | None:
    """Return who a program's token stands for, or None where it is revoked, expired or unknown."""
    now = system.clock.now()
    with system.database.reader(NOBODY) as unit:
        row = unit.conn.execute(
            select(User, ApiToken.expires_at).join(ApiToken, ApiToken.user_id == User.id)
            .where(ApiToken.token_hash == token_hash(token), ApiToken.revoked_at.is_(None))
        ).first()
    if row is None or row.status != "active" or (row.expires_at is not None and row.expires_at <= now):
        return None
    return Present(_actor(row), row.name, "", False)


def end_sessions(unit: Unit, user_id: str) -> None:
    """End every session of a person: password changed, roles changed, account disabled."""
    unit.conn.execute(delete(Session).where(Session.user_id == user_id))


def _begin(unit: Unit, user_id: str, actor: Actor, must_change: bool) -> SignedIn:
    token, csrf = new_token(), new_token()
    unit.conn.execute(delete(Session).where(Session.expires_at <= unit.now))
    unit.conn.execute(insert(Session), [{
        "token_hash": token_hash(token), "user_id": user_id, "created_at": unit.now, "last_seen_at": unit.now,
        "expires_at": unit.now + ABSOLUTE, "csrf": csrf,
    }])
    return SignedIn(token, csrf, actor, must_change)


def _actor(user: object) -> Actor:
    return Actor(
        user.id, user.agency_id, frozenset(user.roles), user.unit, user.language,  # type: ignore[attr-defined]
    )


def _enter(unit: Unit, act: str, obj: str, outcome: str, *, actor: Actor | None = None) -> None:
    ledger = Ledger(unit, INSTALLATION)
    ledger.enter(act, obj, outcome=outcome, payload={} if actor is None else {"user": actor.user_id})


def _throttle(system: System, login: str, network: str) -> None:
    """Count the try, in a transaction of its own, and refuse when the window is used up."""
    now = system.clock.now()
    window = int(now.timestamp()) // WINDOW_S
    with system.database.unit(NOBODY) as unit:
        unit.conn.execute(delete(Throttle).where(Throttle.window < window - 1))
        for key, most in ((f"account:{login}", TRIES_PER_ACCOUNT), (f"network:{network}", TRIES_PER_NETWORK)):
            count = _count(unit, key, window)
            if count > most:
                wait = WINDOW_S - int(now.timestamp()) % WINDOW_S
                raise TooManyTries(
                    "There were too many tries. Wait some minutes, or ask your administrator for a new password.",
                    retry_after=wait,
                )


def _count(unit: Unit, key: str, window: int) -> int:
    dialect = pg_insert if unit.conn.dialect.name == "postgresql" else sqlite_insert
    statement = dialect(Throttle).values(key=key, window=window, count=1)
    counted: int = unit.conn.execute(
        statement.on_conflict_do_update(
            index_elements=[Throttle.key, Throttle.window], set_={"count": Throttle.count + 1}
        ).returning(Throttle.count)
    ).scalar_one()
    return counted


__all__ = ["Present", "SignedIn", "end_sessions", "session_actor", "sign_in", "sign_out", "token_actor"]
