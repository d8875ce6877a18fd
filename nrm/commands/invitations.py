"""Invitations: an account without a password, and a link that lets its owner choose one, once, within 72 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.accounts import require_managed
from nrm.commands.new_passwords import new_password_problem
from nrm.commands.sessions import SignedIn, begin_session, end_sessions, is_open
from nrm.commands.settling.ledger import Ledger
from nrm.commands.throttling import NOBODY, TRIES_PER_NETWORK, count_tries, remembered
from nrm.deployment.settings import Invitations
from nrm.queries.invitations import TEMPLATE, token_of
from nrm.records.grants import ACCOUNT
from nrm.records.outgoing import add_outgoing
from nrm.records.tables.account import User
from nrm.records.tables.factor import Invitation
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.mail import Weight
from nrm.wiring.secrets import token_hash
from nrm.wiring.system import System

VALID = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Invited:
    """Whose password a link lets choose."""

    login: str
    name: str


def invite(system: System, actor: Actor, *, user_id: str) -> str:
    """Make a link for an account that has no password yet; earlier links are void. Returns its token, shown once.

    Where the settings say so it is mailed to the account's address too. The token is in no letter that waits: the
    letter is written when it is sent.

    Raises NotAllowed (who has a password is recovered by two administrators), NotFound.
    """
    with system.database.unit(actor) as unit:
        user = require_managed(system, unit, actor, user_id)
        if user.password_hash is not None:
            raise NotAllowed("This account is in use. Two administrators recover it together.",
                             rule="two_persons:recovery")
        token = make_invitation(system, unit, user_id)
        if user.email and system.settings.invitations is Invitations.BY_MAIL:
            add_outgoing(unit, user_id=user_id, next_at=unit.now, weight=Weight.SAFETY, template=TEMPLATE)
        return token


def make_invitation(system: System, unit: Unit, user_id: str) -> str:
    """Make the one link that is good for an account; returns its token."""
    invitation_id = system.new_id()
    token = token_of(unit, invitation_id, user_id)
    unit.conn.execute(delete(Invitation).where(Invitation.user_id == user_id, Invitation.used_at.is_(None)))
    unit.conn.execute(insert(Invitation), [{
        "id": invitation_id, "user_id": user_id, "token_hash": token_hash(token), "made_by": unit.actor.user_id,
        "made_at": unit.now, "expires_at": unit.now + VALID, "used_at": None,
    }])
    Ledger(unit, INSTALLATION).enter("user.invited", f"user:{user_id}")
    return token


def invited(system: System, *, token: str, network: str) -> Invited:
    """Return whose link it is. Raises NotFound, the same for unknown, used and expired ones; TooManyTries."""
    _count(system, network)
    with system.database.reader(NOBODY) as unit:
        user = _open(unit, token)
        return Invited(user.login, user.name)


def accept_invitation(
    system: System, *, token: str, password: str, network: str, device: str = "", known: str = ""
) -> SignedIn:
    """Choose the password and sign in; the link is used up. Raises NotFound, InvalidInput, TooManyTries."""
    _count(system, network)
    with system.database.reader(NOBODY) as unit:
        invited_one = _open(unit, token)
    problem = new_password_problem(system, password, login=invited_one.login, name=invited_one.name)
    if problem is not None:
        raise InvalidInput(fields={"new": [problem]})
    hashed = system.passwords.hash(password)
    with system.database.unit(NOBODY) as unit:
        user = _open(unit, token)
        used = unit.conn.execute(
            update(Invitation).where(Invitation.token_hash == token_hash(token), Invitation.used_at.is_(None))
            .values(used_at=unit.now)
        ).rowcount
        if not used:
            raise NotFound
        ACCOUNT.change(unit, User.id == user.id, password_hash=hashed, must_change=False)
        end_sessions(unit, user.id)
        Ledger(unit, INSTALLATION).enter("invitation.accepted", f"user:{user.id}")
        changed = unit.conn.execute(select(User).where(User.id == user.id)).one()
        return begin_session(unit, changed, device=device, known=remembered(system, known, user.login))


def _count(system: System, network: str) -> None:
    count_tries(system, {f"invitation:{network}": TRIES_PER_NETWORK})


def _open(unit: Unit, token: str) -> Row[Any]:
    """The account (columns of ``User``) of a link that is still good."""
    row = unit.conn.execute(
        select(User, Invitation.id.label("invitation")).join(Invitation, Invitation.user_id == User.id).where(
            Invitation.token_hash == token_hash(token), Invitation.used_at.is_(None),
            Invitation.expires_at > unit.now,
        )
    ).first()
    # The token is made of a key: a link that somebody wrote into the database has none that fits.
    if not is_open(row, unit.ring) or token != token_of(unit, row.invitation, row.id):
        raise NotFound
    return row
