"""Sessions: begun after a sign-in, renewed when more is proven, ended one by one or all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from sqlalchemy import delete, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ColumnElement

from nrm.commands.settling.ledger import Ledger
from nrm.queries.own_security import ID_SIGNS
from nrm.records.grants import ACCOUNT, SESSION
from nrm.records.keys import KeyRing
from nrm.records.tables.account import Session, User
from nrm.records.tables.factor import SignInStep
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound, NotSignedIn
from nrm.wiring.secrets import new_token, token_hash
from nrm.wiring.system import System

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
FRESH = timedelta(minutes=5)
"""So long after a proof acts that ask for a fresh one go on without asking again."""
MOST_AT_ONCE = 10
"""Sessions of one account; whoever begins one more ends the one that has been quiet for longest."""
PAGES, API = "pages", "api"
"""Where a session's token is good."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has just begun: the token goes into the cookie, the csrf value into every form.

    ``known`` goes into the device's own cookie.
    """

    token: str
    csrf: str
    actor: Actor
    must_change: bool
    known: str = ""


def actor_of(user: Any) -> Actor:
    """Return who an account (columns of ``User``) is."""
    return Actor(user.id, user.agency_id, frozenset(user.roles), user.unit, user.language)


def is_open(user: Any, ring: KeyRing) -> TypeGuard[Row[Any]]:
    """Whether an account (columns of ``User``) may be used: it is active, and says what the system wrote."""
    return user is not None and user.status == "active" and ACCOUNT.holds(ring, user)


def begin_session(
    unit: Unit, user: Row[Any], *, device: str, factor: str | None = None, known: str = "",
    expires_at: datetime | None = None,
) -> SignedIn:
    """Begin a browser's session of an account (columns of ``User``); signing in is a fresh proof.

    Raises NotSignedIn where the account was altered.
    """
    if not is_open(user, unit.ring):
        raise NotSignedIn
    token, csrf = new_token(), new_token()
    unit.conn.execute(delete(Session).where(Session.expires_at <= unit.now))
    SESSION.add(unit, [{
        "token_hash": token_hash(token), "user_id": user.id, "created_at": unit.now, "last_seen_at": unit.now,
        "expires_at": expires_at or unit.now + ABSOLUTE, "csrf": csrf, "device": device or None, "factor": factor,
        "fresh_until": unit.now + FRESH, "challenge": None, "surface": PAGES,
    }])
    _end_quietest(unit, user.id)
    return SignedIn(token, csrf, actor_of(user), user.must_change, known)


def renew_session(unit: Unit, token: str, *, factor: str) -> SignedIn:
    """Replace a session by one that has proven a factor, with a new token; all others of the person end.

    Raises NotSignedIn where it has ended meanwhile.
    """
    old = unit.conn.execute(select(Session).where(Session.token_hash == token_hash(token))).first()
    if old is None or not SESSION.holds(unit.ring, old):
        raise NotSignedIn
    user = unit.conn.execute(select(User).where(User.id == old.user_id)).one()
    end_sessions(unit, old.user_id)
    return begin_session(unit, user, device=old.device or "", factor=factor, expires_at=old.expires_at)


def begin_tool_session(system: System, actor: Actor, *, token: str) -> str:
    """Begin a session for a tool of one's own, from the one of ``token``; returns its token, shown once.

    It is a session like any other, but good for the API alone, with no fresh proof, and never longer than the one
    it comes from. Raises NotSignedIn where that has ended meanwhile.
    """
    made = new_token()
    with system.database.unit(actor) as unit:
        own = unit.conn.execute(
            select(Session).where(Session.token_hash == token_hash(token), Session.user_id == actor.user_id)
        ).first()
        if own is None or not SESSION.holds(unit.ring, own):
            raise NotSignedIn
        SESSION.add(unit, [{
            "token_hash": token_hash(made), "user_id": actor.user_id, "created_at": unit.now,
            "last_seen_at": unit.now, "expires_at": own.expires_at, "csrf": "", "device": None, "factor": own.factor,
            "fresh_until": None, "challenge": None, "surface": API,
        }])
        _end_quietest(unit, actor.user_id)
        Ledger(unit, INSTALLATION).enter("session.begun", f"user:{actor.user_id}", payload={"surface": API})
    return made


def _end_quietest(unit: Unit, user_id: str) -> None:
    kept = (
        select(Session.token_hash).where(Session.user_id == user_id)
        .order_by(Session.last_seen_at.desc(), Session.created_at.desc()).limit(MOST_AT_ONCE)
    )
    unit.conn.execute(delete(Session).where(Session.user_id == user_id, Session.token_hash.not_in(kept)))


def make_fresh(unit: Unit, token: str) -> datetime:
    """Note that who is behind a session has just proven it; return until when that holds."""
    until = unit.now + FRESH
    SESSION.change(unit, Session.token_hash == token_hash(token), fresh_until=until)
    return until


def renew_token(system: System, actor: Actor, *, token: str) -> str:
    """Give a session another token: who had seen the old one has no part in what was proven since.

    Raises NotSignedIn where it has ended meanwhile.
    """
    made = new_token()
    with system.database.unit(actor) as unit:
        if not SESSION.change(unit, Session.token_hash == token_hash(token), token_hash=token_hash(made)):
            raise NotSignedIn
    return made


def end_sessions(unit: Unit, user_id: str) -> None:
    """End every session of a person, half begun ones too: password or roles changed, account disabled."""
    unit.conn.execute(delete(Session).where(Session.user_id == user_id))
    unit.conn.execute(delete(SignInStep).where(SignInStep.user_id == user_id))


def end_session(system: System, actor: Actor, *, session_id: str) -> None:
    """End one of one's own sessions. Raises NotFound."""
    with system.database.unit(actor) as unit:
        named = len(session_id) == ID_SIGNS and session_id.isalnum()
        ended = unit.conn.execute(
            delete(Session).where(Session.user_id == actor.user_id, Session.token_hash.startswith(session_id))
        ).rowcount if named else 0
        if not ended:
            raise NotFound
        Ledger(unit, INSTALLATION).enter("session.ended", f"user:{actor.user_id}")


def end_other_sessions(system: System, actor: Actor, *, token: str) -> int:
    """End all of one's own sessions but the one of a token (all, without a token); return how many."""
    with system.database.unit(actor) as unit:
        ended = unit.conn.execute(
            delete(Session).where(Session.user_id == actor.user_id, Session.token_hash != token_hash(token))
        ).rowcount
        Ledger(unit, INSTALLATION).enter("sessions.ended", f"user:{actor.user_id}", payload={"count": ended})
        return ended


def close_sessions(system: System, actor: Actor, *, user_id: str | None = None) -> int:
    """End every session of an account, or of everybody, half begun ones too; return how many there were."""
    with system.database.unit(actor) as unit:
        ended = unit.conn.execute(delete(Session).where(*_of(Session.user_id, user_id))).rowcount
        unit.conn.execute(delete(SignInStep).where(*_of(SignInStep.user_id, user_id)))
        obj = "installation" if user_id is None else f"user:{user_id}"
        Ledger(unit, INSTALLATION).enter("sessions.closed", obj, payload={"count": ended})
        return ended


def _of(column: InstrumentedAttribute[str], user_id: str | None) -> tuple[ColumnElement[bool], ...]:
    return () if user_id is None else (column == user_id,)
